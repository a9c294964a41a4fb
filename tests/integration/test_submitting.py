"""From a draft to the public and back out of it, through the services, over the real database."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from factories import make_case
from library import NOON

from casebase.domain.case import CaseId, Section, State
from casebase.domain.submission import Submission, SubmissionId
from casebase.domain.workflow import Actor, Carried, ReasonCode, Role, Standing, Transition, refusals
from casebase.errors import CaseFileError, CaseNotFoundError, ConflictError, WorkflowError
from casebase.services import moderating, moving, submitting
from casebase.services.moving import Desk
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate
from casebase.storage.submissions import SqliteSubmissionStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AUTHOR = Actor("lan", Role.AUTHOR, "phuong-ba-dinh")
COLLEAGUE = Actor("minh", Role.AUTHOR, "phuong-ba-dinh")
STRANGER = Actor("hoa", Role.AUTHOR, "so-y-te")
REVIEWER = Actor("tuan", Role.REVIEWER)
MODERATOR = Actor("mai", Role.MODERATOR)
SECOND = Actor("nam", Role.MODERATOR)
WHY = Carried(ReasonCode.INCOMPLETE, "Chưa có số liệu ở mục Kết quả.")
FIELDS = make_case().model_dump(mode="json", exclude={"id", "provenance", "evidence_level"}, exclude_defaults=True)
Hand = dict[str, object]
_ZEROS = np.zeros(4, np.float32)


class Office:
    """The services with the stores they need, at a time that the test moves."""

    def __init__(self, path: Path, *, four_eyes: bool = False) -> None:
        connections = Connections(path)
        migrate(connections)
        self.cases, self.submissions = SqliteCaseStore(connections), SqliteSubmissionStore(connections)
        self.now = NOON
        self.desk = Desk(self.submissions, self.cases, lambda: self.now, four_eyes=four_eyes)

    def draft(self, actor: Actor = AUTHOR, fields: Hand = FIELDS) -> Submission:
        return submitting.start_draft(actor, desk=self.desk, fields=fields)

    def save(self, draft: Submission, actor: Actor, **changes: object) -> Submission:
        return submitting.save_draft(draft.id, {**draft.fields, **changes}, actor, revision=draft.revision, desk=self.desk)

    def go(self, transition: Transition, one: Submission, actor: Actor, carried: Carried | None = None) -> Submission:
        return moving.move(transition, one.id, actor, desk=self.desk, carried=carried)

    def claimed(self, actor: Actor = MODERATOR) -> Submission:
        return self.go(Transition.CLAIM, self.go(Transition.SUBMIT, self.draft(), AUTHOR), actor)

    def published(self) -> Submission:
        return self.go(Transition.PUBLISH, self.claimed(), MODERATOR)

    def about_public(self, transition: Transition, case_id: CaseId | None, actor: Actor, carried: Carried) -> State:
        assert case_id
        return moderating.decide_about_public(transition, case_id, actor, carried, desk=self.desk).state


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "casebase.db")


# --- drafts ---------------------------------------------------------------------------------------------------------------------


def test_a_draft_may_be_empty_and_a_colleague_goes_on_with_it(office: Office) -> None:
    draft = office.draft(fields={})
    saved = office.save(draft, COLLEAGUE, title="Một cửa")
    assert (saved.revision, dict(saved.fields)) == (2, {"title": "Một cửa"})
    assert office.submissions.get(draft.id) == saved


def test_a_save_on_an_older_text_is_refused_and_nothing_is_lost(office: Office) -> None:
    draft = office.draft()
    mine = office.save(draft, AUTHOR, title="Của Lan")
    with pytest.raises(ConflictError):
        office.save(draft, COLLEAGUE, title="Của Minh")
    assert office.submissions.get(draft.id) == mine


@pytest.mark.parametrize("actor", [STRANGER, REVIEWER, MODERATOR], ids=lambda actor: actor.id)
def test_s02_a_strangers_draft_answers_like_one_that_does_not_exist(office: Office, actor: Actor) -> None:
    draft = office.draft()
    errors = []
    for submission_id in (draft.id, SubmissionId("no-such-draft")):
        with pytest.raises(CaseNotFoundError) as caught:
            moving.read_submission(submission_id, actor, desk=office.desk)
        errors.append((type(caught.value), caught.value.code))
    assert errors[0] == errors[1]
    with pytest.raises(CaseNotFoundError):
        office.go(Transition.SUBMIT, draft, actor)


def test_a_story_that_is_no_case_yet_cannot_be_handed_in_and_every_fault_is_told(office: Office) -> None:
    draft = office.draft(fields={**FIELDS, "title": "", "sectors": ["no-such-sector"]})
    with pytest.raises(CaseFileError) as caught:
        office.go(Transition.SUBMIT, draft, AUTHOR)
    assert {fault.where.split(".")[0] for fault in caught.value.faults} == {"title", "sectors"}
    kept = office.submissions.get(draft.id)
    assert kept == draft


# --- review ---------------------------------------------------------------------------------------------------------------------


def test_a_story_comes_back_with_remarks_is_answered_and_becomes_public(office: Office) -> None:
    one = office.claimed()
    office.now += timedelta(hours=1)
    returned = moderating.decide(
        Transition.REQUEST_CHANGES,
        one.id,
        MODERATOR,
        WHY,
        desk=office.desk,
        remarks=[(Section.RESULTS, "Đo bằng gì?"), (None, "  ")],
    )
    assert (returned.state, returned.claimed_by) == (State.CHANGES_REQUESTED, None)
    assert [(remark.section, remark.text, remark.by) for remark in returned.remarks] == [(Section.RESULTS, "Đo bằng gì?", "mai")]
    assert returned.reviewed == returned.fields
    answered = office.save(returned, AUTHOR, summary="Số liệu đo bằng hệ thống một cửa. " * 4)
    assert answered.reviewed != answered.fields
    again = office.go(Transition.CLAIM, office.go(Transition.SUBMIT, answered, AUTHOR), SECOND)
    public = office.go(Transition.PUBLISH, again, SECOND)
    assert public.case_id == "mot-cua-dien-tu-o-phuong-ba-dinh"
    stored = office.cases.get(public.case_id)
    assert stored is not None
    assert (stored.state, stored.case.provenance) == (State.PUBLISHED, "agency-submitted")
    assert [entry.action for entry in office.cases.history()] == [
        "start",
        "submit",
        "claim",
        "request_changes",
        "submit",
        "claim",
        "publish",
    ]
    assert office.cases.check() == []


def test_two_stories_of_one_title_get_ids_of_their_own(office: Office) -> None:
    assert [office.published().case_id, office.published().case_id] == [
        "mot-cua-dien-tu-o-phuong-ba-dinh",
        "mot-cua-dien-tu-o-phuong-ba-dinh-2",
    ]


def test_r14_a_revision_leaves_the_old_version_public_until_it_is_decided(office: Office) -> None:
    first = office.published()
    assert first.case_id
    revision = submitting.start_revision(AUTHOR, first.case_id, desk=office.desk)
    revision = office.save(revision, AUTHOR, title="Một cửa điện tử, lần hai")
    waiting = office.go(Transition.CLAIM, office.go(Transition.SUBMIT, revision, AUTHOR), MODERATOR)
    before = office.cases.get(first.case_id)
    assert before is not None
    assert before.version == 1
    office.go(Transition.PUBLISH, waiting, MODERATOR)
    after = office.cases.get(first.case_id)
    assert after is not None
    assert (after.version, after.case.title) == (2, "Một cửa điện tử, lần hai")


@pytest.mark.parametrize("actor", [STRANGER, MODERATOR], ids=lambda actor: actor.id)
def test_nobody_else_revises_the_case_of_an_agency(office: Office, actor: Actor) -> None:
    case_id = office.published().case_id
    assert case_id
    with pytest.raises((CaseNotFoundError, WorkflowError)):
        submitting.start_revision(actor, case_id, desk=office.desk)


def test_a_claim_lapses_after_five_working_days_and_the_story_waits_again(office: Office) -> None:
    one = office.claimed()

    def lapsed() -> list[SubmissionId]:
        return [freed.id for freed in moderating.release_lapsed(desk=office.desk)]

    office.now += timedelta(days=7)
    assert lapsed() == []
    office.now += timedelta(days=1)
    assert lapsed() == [one.id]
    [waiting] = moderating.queue(MODERATOR, desk=office.desk)
    assert (waiting.submission.state, waiting.submission.claimed_by) == (State.SUBMITTED, None)


def test_the_queue_shows_who_waited_longest_first_and_until_when(office: Office) -> None:
    first = office.go(Transition.SUBMIT, office.draft(), AUTHOR)
    office.now += timedelta(hours=1)
    second = office.claimed()
    waiting = moderating.queue(REVIEWER, desk=office.desk)
    assert [one.submission.id for one in waiting] == [first.id, second.id]
    assert [str(one.due) for one in waiting] == ["2026-12-01", "2026-12-01"]
    with pytest.raises(WorkflowError):
        moderating.queue(AUTHOR, desk=office.desk)


# --- out of the public ----------------------------------------------------------------------------------------------------------


def test_r13_a_removed_case_is_gone_with_passages_and_vectors_and_its_trail_stays(office: Office) -> None:
    case_id = office.published().case_id
    assert case_id
    vectors = dict.fromkeys(office.cases.unembedded(model="m"), _ZEROS)
    office.cases.add_vectors(vectors, model="m")
    generation = office.cases.generation()
    carried = Carried(ReasonCode.REQUESTED_BY_AGENCY, "Đơn vị đề nghị.")
    assert office.about_public(Transition.REMOVE, case_id, MODERATOR, carried) is State.REMOVED
    assert (office.cases.get(case_id), office.cases.public(), office.cases.passages()) == (None, [], [])
    assert office.cases.vectors(vectors, model="m") == {}
    assert office.cases.generation() == generation + 1
    assert [entry.action for entry in office.cases.history(case_id)] == ["publish", "remove"]
    assert office.cases.check() == []
    with pytest.raises(WorkflowError):
        office.about_public(Transition.RESTORE, case_id, MODERATOR, carried)


def test_an_archived_case_is_still_read_and_comes_back(office: Office) -> None:
    case_id = office.published().case_id
    assert case_id
    outdated = Carried(ReasonCode.OUTDATED, "Đã có bản mới.")
    assert office.about_public(Transition.ARCHIVE, case_id, SECOND, outdated) is State.ARCHIVED
    assert office.cases.get(case_id) is not None
    assert office.about_public(Transition.RESTORE, case_id, SECOND, Carried()) is State.PUBLISHED


# --- who may --------------------------------------------------------------------------------------------------------------------

_ABOUT_SUBMISSIONS = tuple(
    one
    for one in Transition
    if one not in (Transition.REVISE, Transition.ARCHIVE, Transition.RESTORE, Transition.REMOVE, Transition.IMPORT)
)
_ACTORS = (AUTHOR, STRANGER, REVIEWER, MODERATOR, replace(MODERATOR, agency=AUTHOR.agency), Actor("quan-tri", Role.ADMINISTRATOR))
_STATES = (State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.CHANGES_REQUESTED, State.PUBLISHED, State.KEPT, State.WITHDRAWN)


@pytest.mark.parametrize("transition", _ABOUT_SUBMISSIONS)
def test_s01_no_service_takes_a_step_that_the_table_does_not_allow(office: Office, transition: Transition) -> None:
    carried = Carried(ReasonCode.UNCLEAR, "Vì sao?", CaseId("another-case"))
    for state in _STATES:
        for actor in _ACTORS:
            for claimed_by in (None, actor.id):
                number = f"{transition}-{state}-{actor.id}-{actor.agency}-{claimed_by}"
                one = Submission(
                    SubmissionId(number), AUTHOR.id, "phuong-ba-dinh", NOON, NOON, state, FIELDS, claimed_by=claimed_by
                )
                office.submissions.add(one, actor=AUTHOR.id)
                standing = Standing(state, AUTHOR.id, "phuong-ba-dinh", claimed_by=claimed_by)
                allowed = not refusals(transition, standing, actor, carried) and moving.may_read(one, actor)
                try:
                    office.go(transition, one, actor, carried)
                except (WorkflowError, CaseNotFoundError):
                    assert not allowed, number
                    assert office.submissions.get(one.id) == one
                else:
                    assert allowed, number


def test_r05_of_two_moderators_who_decide_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    for _ in range(200):
        one = office.claimed()
        before = len(office.cases.history())
        outcomes = _at_once(
            lambda one=one: office.go(Transition.PUBLISH, one, MODERATOR),
            lambda one=one: office.go(Transition.REJECT, one, MODERATOR, WHY),
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Submission", "WorkflowError"]
        assert len(office.cases.history()) == before + 1
    assert office.cases.check() == []


def _at_once(*calls: Callable[[], Submission]) -> list[Submission | Exception]:
    barrier, outcomes = threading.Barrier(len(calls)), list[Submission | Exception]()

    def run(call: Callable[[], Submission]) -> None:
        barrier.wait()
        try:
            outcomes.append(call())
        except WorkflowError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_under_four_eyes_somebody_else_must_have_reviewed(tmp_path: Path) -> None:
    office = Office(tmp_path / "casebase.db", four_eyes=True)
    one = office.claimed()
    with pytest.raises(WorkflowError) as caught:
        office.go(Transition.PUBLISH, one, MODERATOR)
    assert caught.value.context["why"] == "four_eyes"
    moderating.advise(one.id, REVIEWER, [(Section.LESSONS, "Rõ ràng, nên đăng.")], desk=office.desk)
    assert office.go(Transition.PUBLISH, one, MODERATOR).state is State.PUBLISHED
