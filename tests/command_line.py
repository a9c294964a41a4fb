"""The command line as tests use it: what a command did, and a way to run one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Run:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Casebase(Protocol):
    """Runs `casebase` with arguments, in this process."""

    def __call__(self, *arguments: object) -> Run: ...
