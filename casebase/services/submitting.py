"""What an agency does with its stories: begin, write, hand in, take back, revise."""

from __future__ import annotations

import secrets
from types import MappingProxyType
from typing import TYPE_CHECKING

from casebase.domain.case import State
from casebase.domain.submission import Submission, SubmissionId
from casebase.domain.workflow import Role, Transition
from casebase.errors import CaseNotFoundError, WorkflowError
from casebase.services.moving import move, read_submission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from casebase.domain.case import CaseId
    from casebase.domain.submission import Fields
    from casebase.domain.workflow import Actor
    from casebase.services.moving import Desk

_EMPTY: Mapping[str, object] = MappingProxyType({})
_NOT_THE_AUTHORS = ("id", "provenance", "evidence_level", "translations")
"""Fields of a public case that a revision does not carry: they are set anew when it is decided."""


def _new_id() -> SubmissionId:
    return SubmissionId(secrets.token_urlsafe(16))


def _author(actor: Actor) -> str:
    """Return the agency that the person writes for; WorkflowError for anybody who is no author."""
    if actor.role is not Role.AUTHOR or actor.agency is None:
        raise WorkflowError(transition="start", state="none", why="role")
    return actor.agency


def start_draft(actor: Actor, *, desk: Desk, fields: Fields = _EMPTY) -> Submission:
    """Begin a story for the person's own agency."""
    now = desk.clock()
    draft = Submission(_new_id(), actor.id, _author(actor), created_at=now, updated_at=now, fields=fields)
    desk.submissions.add(draft, actor=actor.id)
    return draft


def start_revision(actor: Actor, case_id: CaseId, *, desk: Desk) -> Submission:
    """Begin a new version of a public case of the person's own agency; the old one stays public until the new one is decided.

    CaseNotFoundError for a case that is not public or that another agency told.
    """
    agency, now = _author(actor), desk.clock()
    stored = desk.cases.get(case_id)
    told_by = [one for one in desk.submissions.in_states([State.PUBLISHED], agency=agency) if one.case_id == case_id]
    if stored is None or not told_by:
        raise CaseNotFoundError(id=case_id)
    fields = stored.case.model_dump(mode="json", exclude_defaults=True, exclude=set(_NOT_THE_AUTHORS))
    draft = Submission(_new_id(), actor.id, agency, created_at=now, updated_at=now, fields=fields, case_id=case_id)
    desk.submissions.add(draft, actor=actor.id)
    return draft


def save_draft(submission_id: SubmissionId, fields: Fields, actor: Actor, *, revision: int, desk: Desk) -> Submission:
    """Keep what has been written. ConflictError where a colleague has saved since `revision`: then both texts are there to compare.

    Any author of the agency may go on with its draft.
    """
    draft = read_submission(submission_id, actor, desk=desk)
    if _author(actor) != draft.agency:
        raise CaseNotFoundError(id=submission_id)
    return desk.submissions.save(submission_id, fields, revision=revision, now=desk.clock())


def submit(submission_id: SubmissionId, actor: Actor, *, desk: Desk) -> Submission:
    """Hand a story in. CaseFileError with every fault while it is no case yet."""
    return move(Transition.SUBMIT, submission_id, actor, desk=desk)


def withdraw(submission_id: SubmissionId, actor: Actor, *, desk: Desk) -> Submission:
    """Take a story back before it is decided."""
    return move(Transition.WITHDRAW, submission_id, actor, desk=desk)


def own_stories(actor: Actor, *, desk: Desk) -> list[Submission]:
    """Return the stories of the person's agency, whatever their state."""
    return desk.submissions.in_states(list(State), agency=_author(actor))
