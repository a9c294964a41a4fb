"""What publishing changes, decided without storage: every store asks here and then writes what it is told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from casebase.domain.case import CaseId, State
from casebase.domain.passage import PassageId
from casebase.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from casebase.domain.case import CaseStudy, StoredCase
    from casebase.domain.passage import Passage

_NEW = PassageId(0)
_Content: TypeAlias = tuple[str, str, int, str, str]

PUBLIC_STATES = frozenset({State.PUBLISHED, State.ARCHIVED})
"""An archived case is still public: it is read by its link and found by filter."""


class Action(StrEnum):
    """What publishing a case does, as the audit log names it."""

    PUBLISH = "publish"
    """The text is new: a new version with its passages."""
    REPASSAGE = "repassage"
    """The text is public already, but is cut into other passages or sentences than before."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write: nothing where `action` is None.

    `passages` are the case's passages from now on, in order; one with id 0 is new. `resentenced` are those that stay while their
    sentences change.
    """

    action: Action | None
    passages: tuple[Passage, ...]
    deleted: frozenset[PassageId]
    resentenced: frozenset[PassageId]


def plan(case: CaseStudy, passages: Sequence[Passage], *, standing: StoredCase | None, old: Sequence[Passage]) -> Plan:
    """Return what publishing the case means, given its public or removed version and its passages with their sentences so far.

    Raises ConflictError when the case was removed. O(passages).
    """
    if standing and standing.state is State.REMOVED:
        raise ConflictError(id=case.id, state=standing.state.value)
    kept = _with_ids(passages, old, case_id=CaseId(case.id))
    before = {passage.id: passage for passage in old}
    staying = [passage for passage in kept if passage.id]
    deleted = frozenset(before.keys() - {passage.id for passage in staying})
    resentenced = frozenset(passage.id for passage in staying if passage.sentences != before[passage.id].sentences)
    action: Action | None = None
    if standing is None or standing.content_hash != case.content_hash:
        action = Action.PUBLISH
    elif deleted or resentenced or len(staying) < len(kept):
        action = Action.REPASSAGE
    return Plan(action, kept, deleted, resentenced)


def _with_ids(passages: Iterable[Passage], old: Iterable[Passage], *, case_id: CaseId) -> tuple[Passage, ...]:
    """Return the passages with the id of the old passage that says the same in the same place, or 0.

    Equal passages, should a case have them, take the old ids in order, so that no id is taken twice.
    """
    free: dict[_Content, list[PassageId]] = defaultdict(list)
    for passage in sorted(old, key=lambda passage: passage.id, reverse=True):
        free[_content(passage)].append(passage.id)
    return tuple(
        replace(passage, case_id=case_id, id=ids.pop() if (ids := free[_content(passage)]) else _NEW) for passage in passages
    )


def _content(passage: Passage) -> _Content:
    return passage.lang, passage.section.value, passage.position, passage.text, passage.context
