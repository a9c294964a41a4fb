"""Accounts and sessions as the services give them: over a real database file, with a clock that is moved by hand."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from people import HERE, LIMITS, NOON, OTHER_PASSWORD, PASSWORD, WARD, Town, town

from casebase.domain.account import Scope
from casebase.domain.sign_in import FREE_FOR_ACCOUNT, FREE_FOR_ADDRESS, LINK_LIFETIME
from casebase.domain.workflow import Actor, Role
from casebase.errors import (
    AccountExistsError,
    AccountNotFoundError,
    CasebaseError,
    EmailMalformedError,
    LastAdministratorError,
    LinkExpiredError,
    LinkUnknownError,
    LinkUsedError,
    NotAdministratorError,
    PasswordGuessableError,
    PasswordTooShortError,
    PasswordWrongError,
    SignInRefusedError,
    SignInRequiredError,
    SignInThrottledError,
)
from casebase.services.accounts import CONSOLE
from casebase.storage.cases import SqliteCaseStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AN = "an@badinh.vn"
MOMENT = {"microseconds": 1}


@pytest.fixture
def here(tmp_path: Path) -> Town:
    return town(tmp_path / "casebase.db")


def refusal(call: Callable[[], object]) -> tuple[type[CasebaseError], str]:
    """Return what a call raises, as far as anybody outside can tell."""
    with pytest.raises(CasebaseError) as raised:
        call()
    return type(raised.value), str(raised.value)


# --- adding, and the first password ---------------------------------------------------------------------------------------------


def test_s15_a_new_store_has_no_account_and_lets_nobody_in(here: Town) -> None:
    assert here.rows("SELECT * FROM accounts") == []
    for email in ("admin", "admin@localhost", "administrator@casebase", "demo@example.vn"):
        for password in ("", "admin", "password", PASSWORD):
            with pytest.raises(SignInRefusedError):
                here.accounts.sign_in(email, password, address=f"{email} {password}")


def test_s15_an_account_has_no_password_until_its_owner_sets_one(here: Town) -> None:
    invitation = here.accounts.add_user(AN, name="An", role=Role.REVIEWER, by=CONSOLE)
    for guess in ("", "None", invitation.token, PASSWORD):
        with pytest.raises(SignInRefusedError):
            here.signed_in(password=guess)


def test_the_link_sets_the_password_once(here: Town) -> None:
    invitation = here.accounts.add_user(" An@BaDinh.vn", name="  Nguyễn  Thị An ", role=Role.AUTHOR, agency=" Sở Y tế ", by=CONSOLE)
    assert (invitation.account.email, invitation.account.name) == (AN, "Nguyễn Thị An")
    assert invitation.account.agency
    assert invitation.account.agency.name == "Sở Y tế"
    assert here.accounts.invited(invitation.token) == invitation.account
    assert here.accounts.set_password(invitation.token, PASSWORD) == invitation.account
    assert here.accounts.who(here.signed_in()) == invitation.account
    with pytest.raises(LinkUsedError):
        here.accounts.set_password(invitation.token, OTHER_PASSWORD)
    with pytest.raises(LinkUsedError):
        here.accounts.invited(invitation.token)
    here.signed_in()


def test_the_address_of_the_link_leads_to_the_app(here: Town) -> None:
    invitation = here.accounts.add_user(AN, name="An", role=Role.REVIEWER, by=CONSOLE)
    assert invitation.address("https://kho.example.vn") == f"https://kho.example.vn/set-password?token={invitation.token}"
    assert invitation.expires_at == NOON + LINK_LIFETIME


def test_the_link_lives_for_72_hours(here: Town) -> None:
    invitation = here.accounts.add_user(AN, name="An", role=Role.REVIEWER, by=CONSOLE)
    here.clock.now = NOON + timedelta(hours=72)
    with pytest.raises(LinkExpiredError):
        here.accounts.set_password(invitation.token, PASSWORD)
    here.clock.move(microseconds=-1)
    here.accounts.set_password(invitation.token, PASSWORD)


def test_a_refused_password_does_not_use_the_link_up(here: Town) -> None:
    invitation = here.accounts.add_user(AN, name="An", role=Role.REVIEWER, by=CONSOLE)
    with pytest.raises(PasswordTooShortError):
        here.accounts.set_password(invitation.token, "quá ngắn")
    with pytest.raises(PasswordGuessableError):
        here.accounts.set_password(invitation.token, AN)
    here.accounts.set_password(invitation.token, PASSWORD)


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "\x00", "\udcff", "đ" * 10_000])
def test_a_link_that_nobody_was_given_is_unknown(here: Town, token: str) -> None:
    here.person()
    with pytest.raises(LinkUnknownError):
        here.accounts.set_password(token, PASSWORD)


def test_a_link_that_two_use_at_once_works_for_one(here: Town) -> None:
    invitation = here.accounts.add_user(AN, name="An", role=Role.REVIEWER, by=CONSOLE)
    together = Barrier(2)

    def use(password: str) -> str:
        together.wait()
        try:
            here.accounts.set_password(invitation.token, password)
        except LinkUsedError:
            return ""
        return password

    with ThreadPoolExecutor(2) as pool:
        (won,) = filter(None, pool.map(use, [PASSWORD, OTHER_PASSWORD]))
    here.signed_in(password=won)


def test_who_forgot_the_password_gets_a_new_link_and_keeps_the_old_password_until_it_is_used(here: Town) -> None:
    here.person()
    lost = here.accounts.new_link(AN, by=CONSOLE)
    found = here.accounts.new_link("AN@badinh.vn", by=CONSOLE)
    here.signed_in()
    with pytest.raises(LinkUnknownError):
        here.accounts.set_password(lost.token, OTHER_PASSWORD)
    here.accounts.set_password(found.token, OTHER_PASSWORD)
    with pytest.raises(SignInRefusedError):
        here.signed_in()
    here.signed_in(password=OTHER_PASSWORD)


def test_a_password_set_with_a_link_ends_every_session_and_the_waiting(here: Town) -> None:
    here.person()
    token = here.signed_in()
    for _ in range(FREE_FOR_ACCOUNT):
        refusal(lambda: here.signed_in(password="wrong"))
    here.accounts.set_password(here.accounts.new_link(AN, by=CONSOLE).token, OTHER_PASSWORD)
    assert here.accounts.who(token) is None
    here.signed_in(password=OTHER_PASSWORD)


def test_an_address_is_taken_once(here: Town) -> None:
    here.person()
    with pytest.raises(AccountExistsError):
        here.accounts.add_user("AN@badinh.vn", name="Người khác", role=Role.REVIEWER, by=CONSOLE)
    with pytest.raises(EmailMalformedError):
        here.accounts.add_user("không phải địa chỉ", name="An", role=Role.REVIEWER, by=CONSOLE)


# --- signing in -----------------------------------------------------------------------------------------------------------------


def test_the_right_password_opens_a_session(here: Town) -> None:
    account = here.person()
    first, second = here.signed_in(), here.signed_in("  AN@badinh.vn ")
    assert first != second
    assert here.accounts.who(first) == here.accounts.who(second) == account


def test_the_same_password_from_another_keyboard_is_the_same(here: Town) -> None:
    here.person()
    here.signed_in(password=unicodedata.normalize("NFD", PASSWORD))


def test_unknown_wrong_disabled_and_unset_are_told_alike_and_cost_one_verification_each(here: Town) -> None:
    here.person()
    here.person("disabled@badinh.vn")
    here.accounts.disable("disabled@badinh.vn", by=CONSOLE)
    here.accounts.add_user("unset@badinh.vn", name="An", role=Role.REVIEWER, by=CONSOLE)
    tried = {
        "unknown": ("nobody@badinh.vn", PASSWORD),
        "no address": ("nobody", PASSWORD),
        "wrong": (AN, OTHER_PASSWORD),
        "empty": (AN, ""),
        "disabled": ("disabled@badinh.vn", PASSWORD),
        "disabled and wrong": ("disabled@badinh.vn", OTHER_PASSWORD),
        "unset": ("unset@badinh.vn", PASSWORD),
    }
    told = {}
    for case, (email, password) in tried.items():
        before = here.hasher.verified
        told[case] = (
            *refusal(lambda email=email, password=password: here.signed_in(email, password)),
            here.hasher.verified - before,
        )
    assert set(told.values()) == {(SignInRefusedError, str(SignInRefusedError()), 1)}
    before = here.hasher.verified
    here.signed_in()
    assert here.hasher.verified - before == 1


def test_after_some_failures_one_waits_longer_and_longer_without_the_password_being_looked_at(here: Town) -> None:
    here.person()
    for _ in range(FREE_FOR_ACCOUNT):
        assert refusal(lambda: here.signed_in(password="wrong"))[0] is SignInRefusedError
    looked_at = here.hasher.verified
    for minutes in (1, 2, 4, 8, 15, 15):
        with pytest.raises(SignInThrottledError) as raised:
            here.signed_in()
        assert (raised.value.seconds, raised.value.context) == (minutes * 60, {"minutes": minutes})
        assert here.hasher.verified == looked_at
        here.clock.move(minutes=minutes)
        refusal(lambda: here.signed_in(password="wrong"))
        looked_at += 1
    here.clock.move(minutes=15)
    here.signed_in()
    refusal(lambda: here.signed_in(password="wrong"))
    here.signed_in()


def test_waiting_does_not_tell_whether_there_is_an_account(here: Town) -> None:
    here.person()
    told = {
        email: [refusal(lambda email=email: here.signed_in(email, "wrong")) for _ in range(FREE_FOR_ACCOUNT + 2)]
        for email in (AN, "nobody@badinh.vn")
    }
    assert told[AN] == told["nobody@badinh.vn"]


def test_who_tries_many_accounts_from_one_address_waits_and_others_do_not(here: Town) -> None:
    here.person()
    for number in range(FREE_FOR_ADDRESS):
        refusal(lambda number=number: here.signed_in(f"person{number}@badinh.vn"))
    with pytest.raises(SignInThrottledError):
        here.signed_in()
    here.accounts.sign_in(AN, PASSWORD, address="198.51.100.1")


def test_attempts_at_once_do_not_pass_together(here: Town) -> None:
    here.person()
    together = Barrier(12)

    def attempt(_: int) -> type[CasebaseError]:
        together.wait()
        return refusal(lambda: here.signed_in(password="wrong"))[0]

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(attempt, range(12)))
    assert (told.count(SignInRefusedError), told.count(SignInThrottledError)) == (FREE_FOR_ACCOUNT, 12 - FREE_FOR_ACCOUNT)


# --- sessions -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "x", "\udcff", "' OR 1=1 --"])
def test_without_a_session_one_is_nobody(here: Town, token: str | None) -> None:
    here.person()
    here.signed_in()
    assert here.accounts.who(token) is None


def test_s04_a_session_without_a_sign_of_life_ends_after_the_idle_time(here: Town) -> None:
    here.person()
    token = here.signed_in()
    here.clock.move(minutes=30, microseconds=-1)
    assert here.accounts.who(token)
    here.clock.move(minutes=30)
    assert here.accounts.who(token) is None


def test_s04_a_session_that_is_used_all_the_time_ends_after_twelve_hours(here: Town) -> None:
    here.person()
    token = here.signed_in()
    for _ in range(12 * 3 - 1):
        here.clock.move(minutes=20)
        assert here.accounts.who(token)
    here.clock.move(minutes=20, microseconds=-1)
    assert here.accounts.who(token)
    here.clock.move(**MOMENT)
    assert here.accounts.who(token) is None


def test_a_sign_of_life_is_written_once_a_minute_at_most(here: Town) -> None:
    here.person()
    token = here.signed_in()
    seen = "SELECT last_seen_at FROM sessions"
    before = here.rows(seen)
    here.clock.move(seconds=59)
    here.accounts.who(token)
    assert here.rows(seen) == before
    here.clock.move(seconds=1)
    here.accounts.who(token)
    assert here.rows(seen) != before


def test_s03_disabling_bites_at_the_next_action_of_every_session(here: Town) -> None:
    account = here.person()
    tabs = [here.signed_in(), here.signed_in()]
    assert [here.accounts.who(tab) for tab in tabs] == [account, account]
    here.accounts.disable(AN, by=CONSOLE)
    assert [here.accounts.who(tab) for tab in tabs] == [None, None]
    here.accounts.enable(AN, by=CONSOLE)
    assert [here.accounts.who(tab) for tab in tabs] == [None, None]
    here.signed_in()


def test_s03_a_lowered_role_bites_at_the_next_action_of_every_session(here: Town) -> None:
    here.person(role=Role.MODERATOR, scope=Scope(("health",)))
    tabs = [here.signed_in(), here.signed_in()]
    here.accounts.change_role(AN, Role.REVIEWER, by=CONSOLE)
    seen = [here.accounts.who(tab) for tab in tabs]
    assert [(account.role, account.scope) for account in seen if account] == [(Role.REVIEWER, Scope())] * 2


def test_signing_out_ends_one_session(here: Town) -> None:
    here.person()
    one, other = here.signed_in(), here.signed_in()
    here.accounts.sign_out(one)
    here.accounts.sign_out(one)
    assert here.accounts.who(one) is None
    assert here.accounts.who(other)


def test_signing_out_everywhere_ends_every_session_of_that_account_alone(here: Town) -> None:
    here.person()
    here.person("binh@badinh.vn")
    mine, others = [here.signed_in(), here.signed_in()], here.signed_in("binh@badinh.vn")
    here.accounts.sign_out_everywhere(mine[0])
    assert [here.accounts.who(token) for token in mine] == [None, None]
    assert here.accounts.who(others)
    with pytest.raises(SignInRequiredError):
        here.accounts.sign_out_everywhere(mine[0])


def test_a_changed_password_ends_the_other_sessions(here: Town) -> None:
    here.person()
    one, other = here.signed_in(), here.signed_in()
    here.accounts.change_password(one, current=PASSWORD, password=OTHER_PASSWORD)
    assert here.accounts.who(one)
    assert here.accounts.who(other) is None
    here.signed_in(password=OTHER_PASSWORD)


@pytest.mark.parametrize(
    ("current", "password", "error"),
    [("wrong", OTHER_PASSWORD, PasswordWrongError), (PASSWORD, "ngắn", PasswordTooShortError)],
)
def test_a_refused_change_of_password_changes_nothing(here: Town, current: str, password: str, error: type[CasebaseError]) -> None:
    here.person()
    one, other = here.signed_in(), here.signed_in()
    with pytest.raises(error):
        here.accounts.change_password(one, current=current, password=password)
    assert here.accounts.who(one)
    assert here.accounts.who(other)
    here.signed_in()


def test_the_current_password_cannot_be_guessed_through_a_stolen_session(here: Town) -> None:
    here.person()
    token = here.signed_in()
    for _ in range(FREE_FOR_ACCOUNT):
        refusal(lambda: here.accounts.change_password(token, current="wrong", password=OTHER_PASSWORD))
    with pytest.raises(SignInThrottledError):
        here.accounts.change_password(token, current=PASSWORD, password=OTHER_PASSWORD)


def test_a_password_is_changed_in_a_session_only(here: Town) -> None:
    here.person()
    with pytest.raises(SignInRequiredError):
        here.accounts.change_password("x", current=PASSWORD, password=OTHER_PASSWORD)


# --- who may, and what is kept --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    "action",
    [
        lambda accounts, by: accounts.add_user("new@badinh.vn", name="Mới", role=Role.ADMINISTRATOR, by=by),
        lambda accounts, by: accounts.new_link(AN, by=by),
        lambda accounts, by: accounts.disable(AN, by=by),
        lambda accounts, by: accounts.enable(AN, by=by),
        lambda accounts, by: accounts.change_role(AN, Role.ADMINISTRATOR, by=by),
        lambda accounts, by: accounts.users(by=by),
    ],
    ids=["add", "link", "disable", "enable", "role", "users"],
)
def test_s01_only_administrators_and_the_command_line_look_after_accounts(
    here: Town, role: Role, action: Callable[[Any, Actor], object]
) -> None:
    here.person()
    by, before = Actor("somebody", role), (here.rows("SELECT * FROM accounts"), here.rows("SELECT * FROM links"))
    if role in {Role.ADMINISTRATOR, Role.SYSTEM}:
        action(here.accounts, by)
        return
    with pytest.raises(NotAdministratorError):
        action(here.accounts, by)
    assert (here.rows("SELECT * FROM accounts"), here.rows("SELECT * FROM links")) == before


def test_the_last_administrator_stays(here: Town) -> None:
    here.person(role=Role.ADMINISTRATOR)
    with pytest.raises(LastAdministratorError):
        here.accounts.disable(AN, by=CONSOLE)
    with pytest.raises(LastAdministratorError):
        here.accounts.change_role(AN, Role.REVIEWER, by=CONSOLE)
    here.person("binh@badinh.vn", role=Role.ADMINISTRATOR)
    here.accounts.disable(AN, by=CONSOLE)


def test_who_changes_role_stays_with_the_agency_unless_another_is_named(here: Town) -> None:
    here.person()
    moved = here.accounts.change_role(AN, Role.MODERATOR, by=CONSOLE)
    assert moved.agency
    assert moved.agency.name == WARD.name
    moved = here.accounts.change_role(AN, Role.AUTHOR, agency="Sở Nội vụ", by=CONSOLE)
    assert moved.agency
    assert moved.agency.name == "Sở Nội vụ"


def test_an_account_that_is_not_there_is_told(here: Town) -> None:
    for action in (here.accounts.disable, here.accounts.enable, here.accounts.new_link):
        with pytest.raises(AccountNotFoundError):
            action("nobody@badinh.vn", by=CONSOLE)


def test_no_secret_is_in_the_database_file(here: Town) -> None:
    invitation = here.accounts.add_user(AN, name="An", role=Role.REVIEWER, by=CONSOLE)
    here.accounts.set_password(invitation.token, PASSWORD)
    token = here.signed_in()
    refusal(lambda: here.signed_in(OTHER_PASSWORD, "wrong"))
    kept = b"".join(path.read_bytes() for path in here.connections.path.parent.glob("casebase.db*"))
    for secret in (invitation.token, PASSWORD, token, OTHER_PASSWORD):
        assert secret.encode() not in kept
    assert AN.encode() in kept


def test_s16_every_change_is_in_the_audit_log_without_names(here: Town) -> None:
    admin = here.person("admin@badinh.vn", role=Role.ADMINISTRATOR, name="Quản trị")
    account = here.person()
    one, _ = here.signed_in(), here.signed_in()
    here.accounts.change_password(one, current=PASSWORD, password=OTHER_PASSWORD)
    here.accounts.sign_out_everywhere(one)
    here.accounts.change_role(AN, Role.MODERATOR, scope=Scope(("health",), ("Hà Nội",)), by=admin.actor)
    here.accounts.new_link(AN, by=admin.actor)
    here.accounts.disable(AN, by=admin.actor)
    here.accounts.disable(AN, by=admin.actor)
    here.accounts.enable(AN, by=admin.actor)
    about = [(entry.actor, entry.action, entry.note) for entry in here.trail() if entry.account_id == account.id]
    ward = f"agency: {WARD.name}"
    assert about == [
        ("console", "add-account", f"author; {ward}"),
        (account.id, "set-password", ""),
        (account.id, "change-password", ""),
        (account.id, "sign-out-everywhere", ""),
        (admin.id, "change-role", f"author; {ward} → moderator; {ward}; sectors: health; places: Hà Nội"),
        (admin.id, "issue-link", ""),
        (admin.id, "disable-account", ""),
        (admin.id, "enable-account", ""),
    ]
    assert {(entry.case_id, entry.version) for entry in here.trail()} == {("", 0)}
    text = repr(here.trail())
    assert AN not in text
    assert account.name not in text
    assert SqliteCaseStore(here.connections).check() == []


def test_the_idle_time_and_the_end_come_from_the_limits(here: Town) -> None:
    here.person()
    here.signed_in()
    ((ends_at,),) = here.rows("SELECT ends_at FROM sessions")
    assert ends_at == (NOON + LIMITS.absolute).isoformat(timespec="microseconds")
    assert HERE not in str(here.rows("SELECT * FROM sign_in_attempts"))
