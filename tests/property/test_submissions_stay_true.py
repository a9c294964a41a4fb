"""Whatever people do with stories, in any order: the rules hold, the trail grows, and only what was published can be found."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from factories import make_case
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from library import NOON

from casebase.domain.case import CaseId, State
from casebase.domain.workflow import Actor, Carried, ReasonCode, Role, Transition
from casebase.errors import CaseFileError, CaseNotFoundError, ConflictError, WorkflowError
from casebase.services import moderating, moving, submitting
from casebase.services.moving import Desk
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate
from casebase.storage.submissions import SqliteSubmissionStore

if TYPE_CHECKING:
    from casebase.domain.submission import SubmissionId

REFUSED = (WorkflowError, CaseNotFoundError, ConflictError, CaseFileError)
PEOPLE = (
    Actor("lan", Role.AUTHOR, "phuong"),
    Actor("minh", Role.AUTHOR, "phuong"),
    Actor("hoa", Role.AUTHOR, "so"),
    Actor("tuan", Role.REVIEWER),
    Actor("mai", Role.MODERATOR),
    Actor("nam", Role.MODERATOR, "phuong"),
    Actor("quan-tri", Role.ADMINISTRATOR),
)
FIELDS = make_case().model_dump(mode="json", exclude={"id", "provenance", "evidence_level"}, exclude_defaults=True)
people, places = st.sampled_from(PEOPLE), st.integers(0, 5)
STEPS = (
    Transition.SUBMIT,
    Transition.WITHDRAW,
    Transition.CLAIM,
    Transition.RELEASE,
    Transition.ADVISE,
    Transition.REQUEST_CHANGES,
    Transition.PUBLISH,
    Transition.KEEP,
    Transition.REJECT,
    Transition.MARK_DUPLICATE,
)


class Stories(RuleBasedStateMachine):
    """People who may and people who may not, doing what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        connections = Connections(Path(self.folder.name) / "casebase.db")
        migrate(connections)
        self.cases, self.submissions = SqliteCaseStore(connections), SqliteSubmissionStore(connections)
        self.now = NOON
        self.desk = Desk(self.submissions, self.cases, lambda: self.now)
        self.ids: list[SubmissionId] = []
        self.entries = 0

    def teardown(self) -> None:
        self.folder.cleanup()

    def one(self, place: int) -> SubmissionId:
        return self.ids[place % len(self.ids)]

    def public_ids(self) -> list[CaseId]:
        return sorted({one.case_id for one in self.submissions.in_states([State.PUBLISHED]) if one.case_id})

    @rule(actor=people, whole=st.booleans())
    def start(self, actor: Actor, *, whole: bool) -> None:
        with suppress(*REFUSED):
            self.ids.append(submitting.start_draft(actor, desk=self.desk, fields=FIELDS if whole else {}).id)

    @precondition(lambda self: self.ids)
    @rule(actor=people, place=places, title=st.sampled_from(["Một cửa", "Hai cửa", ""]), stale=st.booleans())
    def save(self, actor: Actor, place: int, title: str, *, stale: bool) -> None:
        current = self.submissions.get(self.one(place))
        assert current is not None
        revision = current.revision - stale
        with suppress(*REFUSED):
            submitting.save_draft(current.id, {**current.fields, "title": title}, actor, revision=revision, desk=self.desk)
            assert not stale
            assert actor.agency == current.agency

    @precondition(lambda self: self.ids)
    @rule(actor=people, place=places, transition=st.sampled_from(STEPS), days=st.integers(0, 2))
    def step(self, actor: Actor, place: int, transition: Transition, days: int) -> None:
        self.now += timedelta(days=days)
        carried = Carried(ReasonCode.UNCLEAR, "Chưa rõ.", CaseId("another"))
        before = self.submissions.get(self.one(place))
        assert before is not None
        try:
            after = moving.move(transition, before.id, actor, desk=self.desk, carried=carried)
        except REFUSED:
            assert self.submissions.get(before.id) == before
            return
        assert self.submissions.get(before.id) == after
        if transition is Transition.PUBLISH:
            assert actor.agency != before.agency
            assert before.claimed_by == actor.id

    @rule()
    def let_claims_lapse(self) -> None:
        moderating.release_lapsed(desk=self.desk)

    @precondition(lambda self: self.public_ids())
    @rule(actor=people, place=places)
    def revise(self, actor: Actor, place: int) -> None:
        ids = self.public_ids()
        with suppress(*REFUSED):
            self.ids.append(submitting.start_revision(actor, ids[place % len(ids)], desk=self.desk).id)

    @precondition(lambda self: self.public_ids())
    @rule(actor=people, place=places, transition=st.sampled_from([Transition.ARCHIVE, Transition.RESTORE, Transition.REMOVE]))
    def decide_about_public(self, actor: Actor, place: int, transition: Transition) -> None:
        ids = self.public_ids()
        carried = Carried(ReasonCode.OUTDATED, "Đã cũ.")
        with suppress(*REFUSED):
            moderating.decide_about_public(transition, ids[place % len(ids)], actor, carried, desk=self.desk)
            assert actor.role in (Role.MODERATOR, Role.ADMINISTRATOR)

    @invariant()
    def the_trail_only_grows_and_stays_whole(self) -> None:
        assert self.cases.check() == []
        entries = len(self.cases.history())
        assert entries >= self.entries
        self.entries = entries

    @invariant()
    def only_what_was_published_can_be_found(self) -> None:
        public = {stored.case.id for stored in self.cases.public()}
        assert {passage.case_id for passage in self.cases.passages()} == public
        published = {entry.case_id for entry in self.cases.history() if entry.action == "publish"}
        assert public <= published

    @invariant()
    def a_public_text_was_read_by_somebody_beside_its_agency(self) -> None:
        agencies = {actor.id: actor.agency for actor in PEOPLE}
        tellers = {one.case_id: one.agency for one in self.submissions.in_states([State.PUBLISHED])}
        for entry in self.cases.history():
            if entry.action == "publish":
                assert agencies[entry.actor] != tellers[entry.case_id]


Stories.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestStories = Stories.TestCase
