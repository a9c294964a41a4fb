"""Who may move a case from where to where: the table of the code against one written down here, independently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.case import CaseId, State
from casebase.domain.workflow import (
    CLAIM_WORKING_DAYS,
    RULES,
    Actor,
    Carried,
    Effect,
    ReasonCode,
    Role,
    Standing,
    Transition,
    claim_expires,
    refusals,
    target,
)
from casebase.errors import WorkflowError
from casebase.i18n import LANGUAGES, catalogue

OWN, OTHER = "UBND phường Ba Đình", "Sở Nội vụ"
EVERYTHING = Carried(ReasonCode.UNCLEAR, "Xin nói rõ hơn.", CaseId("the-survivor"))


@dataclass(frozen=True, slots=True)
class Expected:
    """`who` is `role@agency`; `target` None where the state stays."""

    who: str
    states: str
    target: str | None


DECIDERS_ELSEWHERE = "moderator@other administrator@other"
DECIDERS_ANYWHERE = f"{DECIDERS_ELSEWHERE} moderator@own administrator@own"
DECISION = "in_review"
EXPECTED = {
    "submit": Expected("author@own", "draft changes_requested", "submitted"),
    "withdraw": Expected("author@own", "draft submitted in_review changes_requested", "withdrawn"),
    "claim": Expected(DECIDERS_ELSEWHERE, "submitted", "in_review"),
    "release": Expected(f"{DECIDERS_ANYWHERE} system@own system@other", "in_review", "submitted"),
    "advise": Expected(f"{DECIDERS_ELSEWHERE} reviewer@other", "submitted in_review", None),
    "request_changes": Expected(DECIDERS_ELSEWHERE, DECISION, "changes_requested"),
    "publish": Expected(DECIDERS_ELSEWHERE, DECISION, "published"),
    "keep": Expected(DECIDERS_ELSEWHERE, DECISION, "kept"),
    "reject": Expected(DECIDERS_ELSEWHERE, DECISION, "rejected"),
    "mark_duplicate": Expected(DECIDERS_ELSEWHERE, DECISION, "duplicate"),
    "revise": Expected(f"{DECIDERS_ANYWHERE} author@own", "published", "draft"),
    "archive": Expected(DECIDERS_ANYWHERE, "published", "archived"),
    "restore": Expected(DECIDERS_ELSEWHERE, "archived", "published"),
    "remove": Expected(DECIDERS_ANYWHERE, "published archived", "removed"),
    "import": Expected("administrator@other system@own system@other", "draft published archived", "published"),
}
NEEDS_REASON = {"request_changes", "keep", "reject", "archive", "remove"}
NEEDS_SURVIVOR = {"mark_duplicate"}
NEEDS_SECTIONS = {"submit", "publish"}
NEEDS_CLAIM = {"release", "request_changes", "publish", "keep", "reject", "mark_duplicate"}
EACH_TRANSITION = pytest.mark.parametrize("transition", Transition)


def actor(role: str, agency: str = "other") -> Actor:
    return Actor("the-actor", Role(role), OWN if agency == "own" else OTHER)


def standing(state: State, **more: object) -> Standing:
    return replace(Standing(state, author="the-author", agency=OWN, claimed_by="the-actor"), **more)  # type: ignore[arg-type]


def allowed_case(transition: Transition) -> tuple[Standing, Actor]:
    """Return a standing and an actor to whom the transition is allowed, if all that it needs is carried."""
    expected = EXPECTED[transition.value]
    return standing(State(expected.states.split()[0])), actor(*expected.who.split()[0].split("@"))


def test_the_expectation_names_every_transition() -> None:
    assert set(EXPECTED) == {transition.value for transition in Transition} == {transition.value for transition in RULES}


@EACH_TRANSITION
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("agency", ["own", "other"])
def test_a_transition_is_open_to_its_people_in_its_states_and_to_nobody_else(
    transition: Transition, role: Role, agency: str
) -> None:
    expected = EXPECTED[transition.value]
    person = actor(role.value, agency)
    open_in = {state.value for state in State if not refusals(transition, standing(state), person, EVERYTHING)}
    assert open_in == (set(expected.states.split()) if f"{role.value}@{agency}" in expected.who.split() else set())


@EACH_TRANSITION
def test_a_transition_leads_where_it_should(transition: Transition) -> None:
    expected = EXPECTED[transition.value]
    for state in map(State, expected.states.split()):
        person = allowed_case(transition)[1]
        assert target(transition, standing(state), person, EVERYTHING) == State(expected.target or state.value)


@EACH_TRANSITION
def test_a_person_without_an_agency_is_never_of_the_authors(transition: Transition) -> None:
    where, person = allowed_case(transition)
    refused = refusals(transition, where, replace(person, agency=None), EVERYTHING)
    assert refused == (("other_agency",) if person.role is Role.AUTHOR else ())


@pytest.mark.parametrize(
    "transition", [Transition(name) for name, expected in EXPECTED.items() if "moderator@own" not in expected.who]
)
@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMINISTRATOR, Role.REVIEWER])
def test_the_author_never_decides_not_even_from_another_agency(transition: Transition, role: Role) -> None:
    where, _ = allowed_case(transition)
    author = Actor("the-author", role, OTHER)
    assert refusals(transition, replace(where, claimed_by="the-author"), author, EVERYTHING)


@EACH_TRANSITION
@pytest.mark.parametrize(
    "carried",
    [Carried(), Carried(text="Xin nói rõ hơn."), Carried(reason=ReasonCode.UNCLEAR), Carried(ReasonCode.UNCLEAR, " \n ")],
    ids=["nothing", "text only", "code only", "blank text"],
)
def test_who_returns_or_takes_away_says_why_in_code_and_words(transition: Transition, carried: Carried) -> None:
    where, person = allowed_case(transition)
    refused = refusals(transition, where, person, replace(carried, survivor=EVERYTHING.survivor))
    assert refused == (("reason",) if transition.value in NEEDS_REASON else ())


@EACH_TRANSITION
def test_a_duplicate_points_at_the_survivor(transition: Transition) -> None:
    where, person = allowed_case(transition)
    refused = refusals(transition, where, person, replace(EVERYTHING, survivor=None))
    assert refused == (("survivor",) if transition.value in NEEDS_SURVIVOR else ())


@EACH_TRANSITION
def test_a_story_with_a_missing_section_is_neither_submitted_nor_published(transition: Transition) -> None:
    where, person = allowed_case(transition)
    refused = refusals(transition, replace(where, sections_missing=1), person, EVERYTHING)
    assert refused == (("sections",) if transition.value in NEEDS_SECTIONS else ())


@EACH_TRANSITION
@pytest.mark.parametrize("claimed_by", [None, "somebody-else"])
def test_only_who_has_claimed_a_case_decides_it(transition: Transition, claimed_by: str | None) -> None:
    where, person = allowed_case(transition)
    refused = refusals(transition, replace(where, claimed_by=claimed_by), person, EVERYTHING)
    assert refused == (("claim",) if transition.value in NEEDS_CLAIM else ())


def test_the_program_releases_a_claim_that_is_not_its_own() -> None:
    assert refusals(Transition.RELEASE, standing(State.IN_REVIEW, claimed_by="somebody"), actor("system"), Carried()) == ()


@EACH_TRANSITION
@pytest.mark.parametrize(("reviewed_by", "second"), [(None, False), ("the-actor", False), ("somebody-else", True)])
def test_under_four_eyes_somebody_else_has_reviewed_what_is_published(
    transition: Transition, reviewed_by: str | None, *, second: bool
) -> None:
    where, person = allowed_case(transition)
    refused = refusals(transition, replace(where, reviewed_by=reviewed_by), person, EVERYTHING, four_eyes=True)
    assert refused == (("four_eyes",) if transition is Transition.PUBLISH and not second else ())


def test_a_stranger_learns_first_that_the_role_does_not_fit() -> None:
    where = standing(State.DRAFT, sections_missing=5, claimed_by=None)
    refused = refusals(Transition.PUBLISH, where, actor("author", "own"), Carried())
    assert refused == ("role", "own_case", "state", "claim", "sections")


def test_a_refused_transition_raises_with_the_first_reason() -> None:
    with pytest.raises(WorkflowError) as caught:
        target(Transition.PUBLISH, standing(State.DRAFT), actor("author"), Carried())
    assert caught.value.context == {"transition": "publish", "state": "draft", "why": "role"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "key", ["role", "other_agency", "own_case", "state", "claim", "four_eyes", "reason", "survivor", "sections"]
)
def test_every_refusal_is_said_in_words(lang: str, key: str) -> None:
    assert catalogue(lang)[f"refusal.{key}"].endswith(".")


def test_what_changes_the_public_text_says_so() -> None:
    public = {State.PUBLISHED, State.ARCHIVED}
    touches = {name for name, rule in RULES.items() if rule.target in {*public, State.REMOVED}}
    assert touches == {name for name, rule in RULES.items() if Effect.CHANGES_PUBLIC_TEXT in rule.effects}


def test_whatever_leaves_the_review_ends_the_claim() -> None:
    leaves = {name for name, rule in RULES.items() if rule.sources == {State.IN_REVIEW}}
    assert leaves <= {name for name, rule in RULES.items() if Effect.ENDS_CLAIM in rule.effects}


def test_advice_leaves_a_submitted_case_to_be_claimed() -> None:
    where = standing(State.SUBMITTED, claimed_by=None)
    after = target(Transition.ADVISE, where, actor("reviewer"), Carried())
    assert refusals(Transition.CLAIM, replace(where, state=after), actor("moderator"), Carried()) == ()


@pytest.mark.parametrize(
    ("claimed", "expires"),
    [
        ("2026-11-23", "2026-11-30"),
        ("2026-11-24", "2026-12-01"),
        ("2026-11-27", "2026-12-04"),
        ("2026-11-28", "2026-12-04"),
        ("2026-11-29", "2026-12-04"),
        ("2026-12-31", "2027-01-07"),
    ],
    ids=["Monday", "Tuesday", "Friday", "Saturday", "Sunday", "over the new year"],
)
def test_a_claim_lapses_after_five_working_days(claimed: str, expires: str) -> None:
    assert claim_expires(date.fromisoformat(claimed)) == date.fromisoformat(expires)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_claim_lapses_on_a_working_day_with_five_of_them_since(claimed: date) -> None:
    expires = claim_expires(claimed)
    days = [claimed + timedelta(days=number) for number in range(1, (expires - claimed).days + 1)]
    assert sum(day.weekday() < 5 for day in days) == CLAIM_WORKING_DAYS
    assert expires.weekday() < 5


PEOPLE = [
    Actor("the-author", Role.AUTHOR, OWN),
    Actor("the-author", Role.MODERATOR, OTHER),
    Actor("a-colleague", Role.MODERATOR, OWN),
    Actor("the-boss", Role.ADMINISTRATOR, OWN),
    Actor("a-reviewer", Role.REVIEWER, OTHER),
    Actor("a-moderator", Role.MODERATOR, OTHER),
    Actor("another-moderator", Role.MODERATOR, None),
    Actor("the-administrator", Role.ADMINISTRATOR, OTHER),
    Actor("the-program", Role.SYSTEM),
]


def move(where: Standing, transition: Transition, person: Actor) -> Standing:
    """Return the standing after an allowed transition, the way a service would keep it."""
    effects = RULES[transition].effects
    claimed = person.id if Effect.TAKES_CLAIM in effects else None if Effect.ENDS_CLAIM in effects else where.claimed_by
    reviewed = person.id if transition in (Transition.CLAIM, Transition.ADVISE) else where.reviewed_by
    return replace(where, state=target(transition, where, person, EVERYTHING), claimed_by=claimed, reviewed_by=reviewed)


@given(st.data(), st.booleans())
def test_nothing_becomes_public_without_an_outsider_who_decides(data: st.DataObject, four_eyes: bool) -> None:  # noqa: FBT001 - drawn
    where = Standing(State.DRAFT, author="the-author", agency=OWN)
    for _ in range(12):
        steps = [
            (transition, person)
            for transition in Transition
            for person in PEOPLE
            if not refusals(transition, where, person, EVERYTHING, four_eyes=four_eyes)
        ]
        if not steps:
            break
        transition, person = data.draw(st.sampled_from(steps))
        where = move(where, transition, person)
        if where.state is State.PUBLISHED and (transition, person.role) != (Transition.IMPORT, Role.SYSTEM):
            assert person.role in (Role.MODERATOR, Role.ADMINISTRATOR)
            assert person.id != where.author
            assert person.agency != where.agency


@given(st.data())
def test_a_story_is_in_review_exactly_while_somebody_has_claimed_it(data: st.DataObject) -> None:
    where = Standing(State.DRAFT, author="the-author", agency=OWN)
    for _ in range(12):
        steps = [(step, person) for step in Transition for person in PEOPLE if not refusals(step, where, person, EVERYTHING)]
        if not steps:
            break
        where = move(where, *data.draw(st.sampled_from(steps)))
        assert (where.state is State.IN_REVIEW) == (where.claimed_by is not None)
