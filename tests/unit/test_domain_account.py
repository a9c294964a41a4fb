"""Who may have an account, and what an account may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import WARD, make_account

from casebase.domain.account import EVERYTHING, Scope, tidy_email
from casebase.domain.workflow import Actor, Role
from casebase.errors import AgencyMissingError, EmailMalformedError, NameMissingError, ScopeMisplacedError


@pytest.mark.parametrize("typed", ["An@BaDinh.VN", "  an@badinh.vn ", "AN@BADINH.VN\n"])
def test_an_address_is_one_however_it_is_typed(typed: str) -> None:
    assert tidy_email(typed) == "an@badinh.vn"


@pytest.mark.parametrize(
    "typed", ["", "an", "@", "an@", "@badinh.vn", "an@b@c", "a n@badinh.vn", "an\x00@badinh.vn", f"{'a' * 250}@b.vn"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(EmailMalformedError):
        tidy_email(typed)


@given(st.text())
def test_a_tidy_address_stays_as_it_is_and_nothing_else_is_raised(typed: str) -> None:
    try:
        tidy = tidy_email(typed)
    except EmailMalformedError:
        return
    assert tidy_email(tidy) == tidy


def test_an_account_is_kept_under_a_tidy_address_only() -> None:
    with pytest.raises(EmailMalformedError):
        make_account(email="An@badinh.vn")


def test_an_account_says_whose_it_is() -> None:
    with pytest.raises(NameMissingError):
        make_account(name="")


def test_an_author_is_bound_to_an_agency() -> None:
    with pytest.raises(AgencyMissingError):
        make_account(Role.AUTHOR, agency=None)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.MODERATOR, Role.ADMINISTRATOR])
def test_others_may_be_of_an_agency_or_of_none(role: Role) -> None:
    assert make_account(role).actor.agency is None
    assert make_account(role, agency=WARD).actor.agency == WARD.id


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.REVIEWER, Role.ADMINISTRATOR])
@pytest.mark.parametrize("scope", [Scope(sectors=("health",)), Scope(places=("Hà Nội",))])
def test_only_a_moderator_has_a_scope(role: Role, scope: Scope) -> None:
    with pytest.raises(ScopeMisplacedError):
        make_account(role, scope=scope)
    assert make_account(Role.MODERATOR, scope=scope).scope == scope


def test_the_program_itself_has_no_account() -> None:
    with pytest.raises(ValueError, match="no account"):
        make_account(Role.SYSTEM)


def test_the_actor_of_an_account_acts_with_its_role_and_agency() -> None:
    account = make_account(Role.AUTHOR)
    assert account.actor == Actor(account.id, Role.AUTHOR, WARD.id)


@pytest.mark.parametrize(
    ("role", "disabled", "administers"),
    [(Role.ADMINISTRATOR, False, True), (Role.ADMINISTRATOR, True, False), (Role.MODERATOR, False, False)],
)
def test_an_active_administrator_administers(role: Role, disabled: bool, administers: bool) -> None:  # noqa: FBT001
    assert make_account(role, disabled=disabled).administers is administers


def test_the_duty_tells_role_agency_and_scope_and_not_the_person() -> None:
    scope = Scope(("health", "energy"), ("Hà Nội", "Huế"))
    account = make_account(Role.MODERATOR, agency=WARD, scope=scope)
    assert account.duty == "moderator; agency: UBND phường Ba Đình; sectors: health energy; places: Hà Nội, Huế"
    assert make_account(Role.REVIEWER).duty == "reviewer"


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (EVERYTHING, True),
        (Scope(sectors=("health", "energy")), True),
        (Scope(sectors=("energy",)), False),
        (Scope(places=("Hà Nam",)), True),
        (Scope(places=("Ninh Bình",)), True),
        (Scope(places=("Hà Nội",)), False),
        (Scope(("health",), ("Hà Nội",)), False),
        (Scope(("energy",), ("Hà Nam",)), False),
        (Scope(("health",), ("Hà Nội", "Hà Nam")), True),
    ],
)
def test_a_scope_covers_the_cases_of_its_sectors_and_places(scope: Scope, covered: bool) -> None:  # noqa: FBT001
    assert scope.covers(sectors=["health", "education"], places=["Hà Nam"]) is covered


def test_a_scope_of_a_former_province_covers_the_province_of_today() -> None:
    assert Scope(places=("Hà Nam",)).covers(sectors=[], places=["Ninh Bình"])
