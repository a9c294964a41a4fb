"""Who may move a case from where to where, what must be carried, and what follows: one pure table.

    draft → submitted → in_review → published(v1) → … revision → in_review → published(v2)     (v1 stays public meanwhile)
                           ├→ changes_requested → submitted        published → archived → published
                           ├→ kept                                 published, archived → removed
                           ├→ rejected   └→ duplicate

A state belongs to one version of a case: a revision is a new version that starts as a draft while the old one stays public.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from casebase.domain.case import CaseId, State
from casebase.errors import WorkflowError

if TYPE_CHECKING:
    from collections.abc import Mapping

CLAIM_WORKING_DAYS = 5


class Role(StrEnum):
    """What a person may do. SYSTEM is the program itself: the clock, the importer on the command line."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Transition(StrEnum):
    """A step on the way of a case."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    CLAIM = "claim"
    RELEASE = "release"
    ADVISE = "advise"
    REQUEST_CHANGES = "request_changes"
    PUBLISH = "publish"
    KEEP = "keep"
    REJECT = "reject"
    MARK_DUPLICATE = "mark_duplicate"
    REVISE = "revise"
    ARCHIVE = "archive"
    RESTORE = "restore"
    REMOVE = "remove"
    IMPORT = "import"


class ReasonCode(StrEnum):
    """Why a case was returned, kept, rejected or removed; the text says it in words."""

    INCOMPLETE = "incomplete"
    UNCLEAR = "unclear"
    NO_EVIDENCE = "no-evidence"
    PERSONAL_DATA = "personal-data"
    PROMOTIONAL = "promotional"
    OUT_OF_SCOPE = "out-of-scope"
    NOT_ACCURATE = "not-accurate"
    RIGHTS = "rights"
    REQUESTED_BY_AGENCY = "requested-by-agency"
    OUTDATED = "outdated"


class Effect(StrEnum):
    """What follows a transition."""

    CHANGES_PUBLIC_TEXT = "changes-public-text"
    TAKES_CLAIM = "takes-claim"
    ENDS_CLAIM = "ends-claim"
    TELLS_AUTHOR = "tells-author"
    TELLS_MODERATORS = "tells-moderators"
    STARTS_VERSION = "starts-version"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    sources: frozenset[State]
    target: State | None
    """None where the state stays as it is."""
    roles: frozenset[Role]
    needs_reason: bool = False
    needs_survivor: bool = False
    needs_all_sections: bool = False
    own_agency: bool = False
    """Only a person of the case's own agency may."""
    not_own_agency: bool = False
    """Never the author, nor anybody of the author's agency; the program itself belongs to none."""
    needs_claim: bool = False
    """Only the person who has claimed the case may."""
    needs_second_person: bool = False
    """Under four eyes, somebody other than the person who reviewed it."""
    effects: frozenset[Effect] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts."""

    id: str
    role: Role
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one version of a case stands: all that the rules look at."""

    state: State
    author: str
    agency: str
    sections_missing: int = 0
    claimed_by: str | None = None
    reviewed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """What comes with a transition."""

    reason: ReasonCode | None = None
    text: str = ""
    survivor: CaseId | None = None


_DECIDERS = frozenset({Role.MODERATOR, Role.ADMINISTRATOR})
_AUTHORS = frozenset({Role.AUTHOR})


def _decision(target: State, *, reason: bool = True, survivor: bool = False) -> Rule:
    return Rule(
        sources=frozenset({State.IN_REVIEW}),
        target=target,
        roles=_DECIDERS,
        needs_reason=reason,
        needs_survivor=survivor,
        not_own_agency=True,
        needs_claim=True,
        effects=frozenset({Effect.ENDS_CLAIM, Effect.TELLS_AUTHOR}),
    )


RULES: Mapping[Transition, Rule] = MappingProxyType(
    {
        Transition.SUBMIT: Rule(
            frozenset({State.DRAFT, State.CHANGES_REQUESTED}),
            State.SUBMITTED,
            _AUTHORS,
            needs_all_sections=True,
            own_agency=True,
            effects=frozenset({Effect.TELLS_MODERATORS}),
        ),
        Transition.WITHDRAW: Rule(
            frozenset({State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.CHANGES_REQUESTED}),
            State.WITHDRAWN,
            _AUTHORS,
            own_agency=True,
            effects=frozenset({Effect.ENDS_CLAIM}),
        ),
        Transition.CLAIM: Rule(
            frozenset({State.SUBMITTED}),
            State.IN_REVIEW,
            _DECIDERS,
            not_own_agency=True,
            effects=frozenset({Effect.TAKES_CLAIM}),
        ),
        Transition.RELEASE: Rule(
            frozenset({State.IN_REVIEW}),
            State.SUBMITTED,
            _DECIDERS | {Role.SYSTEM},
            needs_claim=True,
            effects=frozenset({Effect.ENDS_CLAIM}),
        ),
        Transition.ADVISE: Rule(
            frozenset({State.SUBMITTED, State.IN_REVIEW}),
            None,
            _DECIDERS | {Role.REVIEWER},
            not_own_agency=True,
        ),
        Transition.REQUEST_CHANGES: _decision(State.CHANGES_REQUESTED),
        Transition.PUBLISH: Rule(
            frozenset({State.IN_REVIEW}),
            State.PUBLISHED,
            _DECIDERS,
            needs_all_sections=True,
            not_own_agency=True,
            needs_claim=True,
            needs_second_person=True,
            effects=frozenset({Effect.CHANGES_PUBLIC_TEXT, Effect.ENDS_CLAIM, Effect.TELLS_AUTHOR}),
        ),
        Transition.KEEP: _decision(State.KEPT),
        Transition.REJECT: _decision(State.REJECTED),
        Transition.MARK_DUPLICATE: _decision(State.DUPLICATE, reason=False, survivor=True),
        Transition.REVISE: Rule(
            frozenset({State.PUBLISHED}),
            State.DRAFT,
            _AUTHORS | _DECIDERS,
            own_agency=True,
            effects=frozenset({Effect.STARTS_VERSION}),
        ),
        Transition.ARCHIVE: Rule(
            frozenset({State.PUBLISHED}),
            State.ARCHIVED,
            _DECIDERS,
            needs_reason=True,
            effects=frozenset({Effect.CHANGES_PUBLIC_TEXT, Effect.TELLS_AUTHOR}),
        ),
        Transition.RESTORE: Rule(
            frozenset({State.ARCHIVED}),
            State.PUBLISHED,
            _DECIDERS,
            not_own_agency=True,
            effects=frozenset({Effect.CHANGES_PUBLIC_TEXT, Effect.TELLS_AUTHOR}),
        ),
        Transition.REMOVE: Rule(
            frozenset({State.PUBLISHED, State.ARCHIVED}),
            State.REMOVED,
            _DECIDERS,
            needs_reason=True,
            effects=frozenset({Effect.CHANGES_PUBLIC_TEXT, Effect.TELLS_AUTHOR}),
        ),
        Transition.IMPORT: Rule(
            frozenset({State.DRAFT, State.PUBLISHED, State.ARCHIVED}),
            State.PUBLISHED,
            frozenset({Role.SYSTEM, Role.ADMINISTRATOR}),
            not_own_agency=True,
            effects=frozenset({Effect.CHANGES_PUBLIC_TEXT}),
        ),
    }
)


def refusals(
    transition: Transition, standing: Standing, actor: Actor, carried: Carried, *, four_eyes: bool = False
) -> tuple[str, ...]:
    """Return why the transition is not allowed, as message keys `refusal.<key>`; nothing when it is.

    The order is from who, over where, to what is missing, so that a stranger never learns what an insider would have to add.
    """
    rule = RULES[transition]
    own = actor.agency is not None and actor.agency == standing.agency
    checks = {
        "role": actor.role in rule.roles,
        "other_agency": not rule.own_agency or own or actor.role in _DECIDERS,
        "own_case": not rule.not_own_agency or actor.role is Role.SYSTEM or not (own or actor.id == standing.author),
        "state": standing.state in rule.sources,
        "claim": not rule.needs_claim or actor.role is Role.SYSTEM or standing.claimed_by == actor.id,
        "four_eyes": not (rule.needs_second_person and four_eyes) or standing.reviewed_by not in (None, actor.id),
        "reason": not rule.needs_reason or bool(carried.reason and carried.text.strip()),
        "survivor": not rule.needs_survivor or carried.survivor is not None,
        "sections": not rule.needs_all_sections or standing.sections_missing == 0,
    }
    return tuple(key for key, holds in checks.items() if not holds)


def target(transition: Transition, standing: Standing, actor: Actor, carried: Carried, *, four_eyes: bool = False) -> State:
    """Return the state after the transition; raise WorkflowError with the first refusal when it is not allowed."""
    if why := refusals(transition, standing, actor, carried, four_eyes=four_eyes):
        raise WorkflowError(transition=transition.value, state=standing.state.value, why=why[0])
    return RULES[transition].target or standing.state


def claim_expires(claimed_on: date) -> date:
    """Return the day after which a claim lapses: five working days (Monday to Friday) after it was made."""
    day, left = claimed_on, CLAIM_WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5  # noqa: PLR2004 - Saturday is 5
    return day
