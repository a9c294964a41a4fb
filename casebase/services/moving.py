"""Carries out a step of the workflow: who may, what follows, one transaction. Pages and commands never decide by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from casebase.domain.case import CaseId, State
from casebase.domain.ports import Move
from casebase.domain.submission import Decision, Remark, complete, slug
from casebase.domain.workflow import RULES, Carried, Effect, Role, Transition, target
from casebase.errors import CaseFileError, CaseNotFoundError
from casebase.ingest.passages import cut_passages

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from casebase.domain.case import CaseStudy
    from casebase.domain.ports import CaseStore, Clock, SubmissionStore
    from casebase.domain.submission import Submission, SubmissionId
    from casebase.domain.workflow import Actor

_READERS = frozenset({Role.REVIEWER, Role.MODERATOR, Role.ADMINISTRATOR, Role.SYSTEM})
_NEVER_READ_BY_OTHERS = frozenset({State.DRAFT, State.WITHDRAWN})
_DECISIONS = frozenset(
    {Transition.REQUEST_CHANGES, Transition.KEEP, Transition.REJECT, Transition.MARK_DUPLICATE, Transition.PUBLISH}
)
_MOST_IDS = 1000


@dataclass(frozen=True, slots=True)
class Desk:
    """What stories are worked on with. Under `four_eyes` somebody other than the publisher must have reviewed a story."""

    submissions: SubmissionStore
    cases: CaseStore
    clock: Clock
    four_eyes: bool = False


def may_read(submission: Submission, actor: Actor) -> bool:
    """Tell whether somebody may see a submission: its agency always, those who review it once it was submitted."""
    if actor.agency is not None and actor.agency == submission.agency:
        return True
    return actor.role in _READERS and submission.state not in _NEVER_READ_BY_OTHERS


def read_submission(submission_id: SubmissionId, actor: Actor, *, desk: Desk) -> Submission:
    """Return a submission; CaseNotFoundError alike for one that does not exist and one that this person may not see."""
    found = desk.submissions.get(submission_id)
    if found is None or not may_read(found, actor):
        raise CaseNotFoundError(id=submission_id)
    return found


def move(
    transition: Transition,
    submission_id: SubmissionId,
    actor: Actor,
    *,
    desk: Desk,
    carried: Carried | None = None,
    remarks: tuple[Remark, ...] = (),
) -> Submission:
    """Take one step with a submission.

    CaseNotFoundError where this person may not see it, WorkflowError where the rules do not allow the step, CaseFileError with
    every fault where the text is no case yet. Two who act at once act one after the other: the second is judged by what the first
    did.
    """
    with_it, now = carried or Carried(), desk.clock()

    def decide(current: Submission) -> Move:
        if not may_read(current, actor):
            raise CaseNotFoundError(id=submission_id)
        state = target(transition, current.standing, actor, with_it, four_eyes=desk.four_eyes)
        after = _STEPS.get(transition, _only_state)(current, actor, now)
        after = replace(after, state=state, updated_at=now, remarks=(*current.remarks, *remarks))
        if transition in _DECISIONS:
            after = replace(
                after,
                decision=Decision(with_it.reason, with_it.text, with_it.survivor),
                reviewed=current.fields,
                reviewed_by=actor.id,
            )
        if Effect.ENDS_CLAIM in RULES[transition].effects:
            after = replace(after, claimed_by=None, claimed_at=None)
        moved = Move(after, transition.value, actor.id, note=with_it.text)
        if transition is Transition.SUBMIT:
            _case_of(after, desk.cases)
        return _published(moved, desk.cases) if transition is Transition.PUBLISH else moved

    return desk.submissions.move(submission_id, decide, now=now)


def _only_state(current: Submission, _actor: Actor, _now: datetime) -> Submission:
    return current


def _submitted(current: Submission, _actor: Actor, now: datetime) -> Submission:
    return replace(current, submitted_at=now)


def _claimed(current: Submission, actor: Actor, now: datetime) -> Submission:
    return replace(current, claimed_by=actor.id, claimed_at=now)


def _advised(current: Submission, actor: Actor, _now: datetime) -> Submission:
    return replace(current, reviewed_by=actor.id)


_STEPS: dict[Transition, Callable[[Submission, Actor, datetime], Submission]] = {
    Transition.SUBMIT: _submitted,
    Transition.CLAIM: _claimed,
    Transition.ADVISE: _advised,
}


def _case_of(submission: Submission, cases: CaseStore) -> CaseStudy:
    """Return the case that the fields make; CaseFileError with every fault that keeps them from being one."""
    case, faults = complete(submission.fields, case_id=_case_id(submission, cases))
    if case is None:
        raise CaseFileError(faults)
    return case


def _published(moved: Move, cases: CaseStore) -> Move:
    """Return the move with the case that it makes public."""
    case = _case_of(moved.submission, cases)
    submission = replace(moved.submission, case_id=CaseId(case.id))
    return replace(moved, submission=submission, publication=(case, tuple(cut_passages(case))))


def _case_id(submission: Submission, cases: CaseStore) -> CaseId:
    """Return the id of the case it revises or was published as, or a new one made from the title. An id is never used twice."""
    if submission.case_id:
        return submission.case_id
    name = slug(str(submission.fields.get("title") or ""))
    tried = (CaseId(name if number == 1 else f"{name}-{number}") for number in range(1, _MOST_IDS))
    return next(case_id for case_id in tried if cases.version(case_id, 1) is None)
