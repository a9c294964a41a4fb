"""A fault: something wrong with a text that its author can mend. Data, not an exception."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong (`code`, a message key `fault.<code>`), where (`path`, `where`, `line`), and what fills the message.

    `line` counts from 1 and is None where the fault belongs to no line. `where` is the dotted path of a field, such as
    `metrics.2.source`.
    """

    code: str
    path: str = ""
    where: str = ""
    line: int | None = None
    context: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
