"""What reviewers and moderators do: look at the queue, take a story, advise, decide; archive, bring back, remove what is public."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from casebase.domain.case import State
from casebase.domain.submission import Remark
from casebase.domain.workflow import Actor, Carried, Role, Standing, Transition, claim_expires, target
from casebase.errors import WorkflowError
from casebase.services.moving import move

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from casebase.domain.case import CaseId, Section, StoredCase
    from casebase.domain.submission import Submission, SubmissionId
    from casebase.services.moving import Desk

_REVIEWERS = frozenset({Role.REVIEWER, Role.MODERATOR, Role.ADMINISTRATOR})
_WAITING = (State.SUBMITTED, State.IN_REVIEW)
THE_PROGRAM = Actor("system", Role.SYSTEM)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission in the queue, and the day until which it should be decided: five working days after it was handed in."""

    submission: Submission
    due: date | None


def queue(actor: Actor, *, desk: Desk) -> list[Waiting]:
    """Return what waits for a decision, longest first. WorkflowError for anybody who does not review."""
    if actor.role not in _REVIEWERS:
        raise WorkflowError(transition="queue", state="none", why="role")
    waiting = desk.submissions.in_states(_WAITING)
    return [Waiting(one, claim_expires(one.submitted_at.date()) if one.submitted_at else None) for one in waiting]


def claim(submission_id: SubmissionId, actor: Actor, *, desk: Desk) -> Submission:
    """Take a story, so that others see who looks at it. WorkflowError where somebody else has it."""
    return move(Transition.CLAIM, submission_id, actor, desk=desk)


def release(submission_id: SubmissionId, actor: Actor, *, desk: Desk) -> Submission:
    """Put a claimed story back into the queue."""
    return move(Transition.RELEASE, submission_id, actor, desk=desk)


def release_lapsed(*, desk: Desk) -> list[Submission]:
    """Put every story back whose claim has lapsed, five working days after it was made; return those."""
    today = desk.clock().astimezone(UTC).date()
    lapsed = [
        one
        for one in desk.submissions.in_states([State.IN_REVIEW])
        if one.claimed_at and claim_expires(one.claimed_at.date()) < today
    ]
    released = []
    for one in lapsed:
        with suppress(WorkflowError):  # decided or put back by somebody in this very moment
            released.append(move(Transition.RELEASE, one.id, THE_PROGRAM, desk=desk))
    return released


def advise(
    submission_id: SubmissionId,
    actor: Actor,
    remarks: Sequence[tuple[Section | None, str]],
    *,
    desk: Desk,
) -> Submission:
    """Say something about a story, section by section; a reviewer can do no more."""
    return move(Transition.ADVISE, submission_id, actor, desk=desk, remarks=_said(remarks, actor, desk.clock()))


def decide(
    transition: Transition,
    submission_id: SubmissionId,
    actor: Actor,
    carried: Carried,
    *,
    desk: Desk,
    remarks: Sequence[tuple[Section | None, str]] = (),
) -> Submission:
    """Decide about a claimed story: ask for changes, publish, keep, reject, duplicate of another."""
    return move(
        transition,
        submission_id,
        actor,
        desk=desk,
        carried=carried,
        remarks=_said(remarks, actor, desk.clock()),
    )


def decide_about_public(
    transition: Transition,
    case_id: CaseId,
    actor: Actor,
    carried: Carried,
    *,
    desk: Desk,
) -> StoredCase:
    """Archive a public case, bring it back, or remove it: then it is gone from every search, page and export.

    CaseNotFoundError for a case that never was public, WorkflowError where the rules do not allow the step.
    """
    told_by = next((one for one in desk.submissions.in_states([State.PUBLISHED]) if one.case_id == case_id), None)

    def state_after(stored: StoredCase) -> State:
        standing = Standing(stored.state, author=told_by.author if told_by else "", agency=told_by.agency if told_by else "")
        return target(transition, standing, actor, carried)

    return desk.cases.move(case_id, state_after, actor=actor.id, action=transition.value, now=desk.clock(), note=carried.text)


def _said(remarks: Sequence[tuple[Section | None, str]], actor: Actor, now: datetime) -> tuple[Remark, ...]:
    return tuple(Remark(section, text.strip(), actor.id, now) for section, text in remarks if text.strip())
