"""What every account store promises (`casebase.domain.ports.AccountStore`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from people import LIMITS, NOON, WARD, make_account

from casebase.domain.account import Account, AccountAction, AccountId, Agency, AgencyId, Scope
from casebase.domain.sign_in import FREE_FOR_ACCOUNT, FREE_FOR_ADDRESS, Link, LinkPurpose, Session
from casebase.domain.workflow import Role
from casebase.errors import (
    AccountExistsError,
    AccountNotFoundError,
    AgencyMissingError,
    LastAdministratorError,
    LinkExpiredError,
    LinkUnknownError,
    LinkUsedError,
)
from casebase.storage.accounts import SqliteAccountStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from casebase.domain.ports import AccountStore

LATER = NOON + timedelta(days=1)
NOBODY = AccountId("nobody")


@pytest.fixture
def store(tmp_path: Path) -> AccountStore:
    connections = Connections(tmp_path / "casebase.db")
    migrate(connections)
    return SqliteAccountStore(connections)


def link_of(account: Account, token_hash: str = "", *, expires_at: datetime = LATER) -> Link:
    return Link(token_hash or f"link of {account.id}", account.id, LinkPurpose.SET_PASSWORD, expires_at)


def add(store: AccountStore, account: Account, *, password_hash: str | None = None) -> Account:
    link = link_of(account)
    store.add(account, link, by="admin", now=NOON)
    if password_hash:
        store.use_link(link.token_hash, password_hash=password_hash, now=NOON)
    return account


def open_session(store: AccountStore, account: Account, token_hash: str, *, password_hash: str = "hash") -> Session:
    session = Session(account.id, created_at=NOON, last_seen_at=NOON, ends_at=NOON + LIMITS.absolute)
    assert store.open_session(token_hash, session, password_hash=password_hash)
    return session


def change(store: AccountStore, account: Account, **to: Any) -> Account:
    return store.change(
        account.id,
        lambda before: replace(before, **to),
        action=AccountAction.CHANGE_ROLE,
        by="admin",
        now=NOON,
    )


def test_a_new_store_has_no_account_and_no_agency(store: AccountStore) -> None:
    assert store.accounts() == []
    assert store.agencies() == []
    assert store.find("admin@example.vn") is None
    assert store.password_hash(NOBODY) is None


@pytest.mark.parametrize(
    "account",
    [
        make_account(Role.AUTHOR),
        make_account(Role.REVIEWER, agency=Agency(AgencyId("x"), "Sở Y tế")),
        make_account(Role.MODERATOR, scope=Scope(("health", "energy"), ("Hà Nội", "Thừa Thiên Huế"))),
        make_account(Role.ADMINISTRATOR, name="Đặng “Bê” O'Neil; DROP TABLE accounts"),
        make_account(disabled=True),
    ],
    ids=lambda account: f"{account.role}{' disabled' if account.disabled else ''}",
)
def test_an_account_comes_back_as_it_was_added(store: AccountStore, account: Account) -> None:
    add(store, account)
    assert store.find(account.email) == account
    assert store.accounts() == [account]


def test_accounts_are_listed_in_order_of_address(store: AccountStore) -> None:
    for email in ("c@x.vn", "a@x.vn", "b@x.vn"):
        add(store, make_account(email=email))
    assert [account.email for account in store.accounts()] == ["a@x.vn", "b@x.vn", "c@x.vn"]


def test_an_address_has_one_account(store: AccountStore) -> None:
    first = add(store, make_account())
    with pytest.raises(AccountExistsError) as raised:
        add(store, make_account(email=first.email, agency=WARD))
    assert raised.value.context == {"email": first.email}
    assert store.accounts() == [first]
    assert store.agencies() == []


def test_agencies_whose_names_differ_only_in_case_are_one(store: AccountStore) -> None:
    first = add(store, make_account(Role.AUTHOR, agency=Agency(AgencyId("one"), "Sở Y tế Đắk Lắk")))
    second = add(store, make_account(Role.AUTHOR, agency=Agency(AgencyId("two"), "SỞ Y TẾ ĐẮK LẮK")))
    assert store.agencies() == [first.agency]
    found = store.find(second.email)
    assert found
    assert found.agency == first.agency


def test_a_change_is_there_for_the_next_reader(store: AccountStore) -> None:
    account = add(store, make_account(Role.AUTHOR))
    changed = change(store, account, role=Role.MODERATOR, scope=Scope(("health",)))
    assert changed == replace(account, role=Role.MODERATOR, scope=Scope(("health",)))
    assert store.find(account.email) == changed


def test_a_change_that_breaks_a_rule_changes_nothing(store: AccountStore) -> None:
    account = add(store, make_account(Role.REVIEWER))
    with pytest.raises(AgencyMissingError):
        change(store, account, role=Role.AUTHOR)
    assert store.find(account.email) == account


def test_an_account_that_is_not_there_cannot_be_changed(store: AccountStore) -> None:
    with pytest.raises(AccountNotFoundError):
        store.change(NOBODY, lambda account: account, action=AccountAction.DISABLE, by="admin", now=NOON)


@pytest.mark.parametrize("to", [{"disabled": True}, {"role": Role.REVIEWER}])
def test_the_last_administrator_stays(store: AccountStore, to: dict[str, object]) -> None:
    first, second = add(store, make_account(Role.ADMINISTRATOR)), add(store, make_account(Role.ADMINISTRATOR))
    change(store, first, **to)
    with pytest.raises(LastAdministratorError) as raised:
        change(store, second, **to)
    assert raised.value.context == {"email": second.email}
    assert second in store.accounts()


def test_where_nobody_administers_anybody_may_be_disabled(store: AccountStore) -> None:
    account = add(store, make_account(Role.AUTHOR))
    assert change(store, account, disabled=True).disabled


def test_a_link_is_found_with_its_account(store: AccountStore) -> None:
    account = add(store, make_account())
    assert store.link(f"link of {account.id}") == (link_of(account), account)
    assert store.link("no such link") is None


def test_a_link_sets_the_password_once(store: AccountStore) -> None:
    account = add(store, make_account())
    assert store.password_hash(account.id) is None
    token_hash = f"link of {account.id}"
    assert store.use_link(token_hash, password_hash="first", now=NOON) == account
    assert store.password_hash(account.id) == "first"
    with pytest.raises(LinkUsedError):
        store.use_link(token_hash, password_hash="second", now=NOON)
    assert store.password_hash(account.id) == "first"
    found = store.link(token_hash)
    assert found
    assert found[0].used_at == NOON


def test_an_expired_or_unknown_link_sets_nothing(store: AccountStore) -> None:
    account = add(store, make_account())
    with pytest.raises(LinkExpiredError):
        store.use_link(f"link of {account.id}", password_hash="hash", now=LATER)
    with pytest.raises(LinkUnknownError):
        store.use_link("no such link", password_hash="hash", now=NOON)
    assert store.password_hash(account.id) is None


def test_a_new_link_takes_the_place_of_the_unused_ones_of_that_account(store: AccountStore) -> None:
    account, other = add(store, make_account()), add(store, make_account())
    store.add_link(link_of(account, "newer"), by="admin", now=NOON)
    assert store.link(f"link of {account.id}") is None
    assert store.link("newer")
    assert store.link(f"link of {other.id}")


def test_a_new_link_leaves_the_used_ones_so_that_they_still_say_so(store: AccountStore) -> None:
    account = add(store, make_account(), password_hash="hash")
    store.add_link(link_of(account, "newer"), by="admin", now=NOON)
    with pytest.raises(LinkUsedError):
        store.use_link(f"link of {account.id}", password_hash="other", now=NOON)


def test_a_session_is_found_with_its_account_as_it_is_now(store: AccountStore) -> None:
    account = add(store, make_account(Role.MODERATOR), password_hash="hash")
    session = open_session(store, account, "token")
    assert store.session("token") == (session, account)
    lowered = change(store, account, role=Role.REVIEWER)
    assert store.session("token") == (session, lowered)
    assert store.session("another token") is None


def test_a_sign_of_life_is_kept(store: AccountStore) -> None:
    account = add(store, make_account(), password_hash="hash")
    session = open_session(store, account, "token")
    store.note_session("token", now=LATER)
    assert store.session("token") == (replace(session, last_seen_at=LATER), account)


def test_no_session_opens_with_a_password_that_was_replaced_meanwhile(store: AccountStore) -> None:
    account = add(store, make_account(), password_hash="hash")
    session = Session(account.id, NOON, NOON, LATER)
    assert not store.open_session("token", session, password_hash="older")
    assert store.session("token") is None


def test_no_session_opens_for_an_account_that_was_disabled_meanwhile(store: AccountStore) -> None:
    account = add(store, make_account(), password_hash="hash")
    change(store, account, disabled=True)
    assert not store.open_session("token", Session(account.id, NOON, NOON, LATER), password_hash="hash")


def test_sessions_end_one_by_one_or_all_together(store: AccountStore) -> None:
    account, other = (add(store, make_account(), password_hash="hash") for _ in range(2))
    for number, owner in enumerate((account, account, account, other)):
        open_session(store, owner, f"token {number}")
    store.end_session("token 0")
    store.end_session("token 0")
    assert [bool(store.session(f"token {number}")) for number in range(4)] == [False, True, True, True]
    store.end_sessions(account.id, now=NOON)
    assert [bool(store.session(f"token {number}")) for number in range(4)] == [False, False, False, True]


def test_disabling_ends_sessions_and_voids_links_for_good(store: AccountStore) -> None:
    account = add(store, make_account(), password_hash="hash")
    open_session(store, account, "token")
    store.add_link(link_of(account, "unused"), by="admin", now=NOON)
    change(store, account, disabled=True)
    change(store, account, disabled=False)
    assert store.session("token") is None
    assert store.link("unused") is None


def test_a_new_password_ends_the_other_sessions(store: AccountStore) -> None:
    account = add(store, make_account(), password_hash="hash")
    open_session(store, account, "here")
    open_session(store, account, "elsewhere")
    store.change_password(account.id, "newer", keep="here", now=NOON)
    assert store.password_hash(account.id) == "newer"
    assert store.session("here")
    assert store.session("elsewhere") is None


def test_a_password_set_with_a_link_ends_every_session(store: AccountStore) -> None:
    account = add(store, make_account(), password_hash="hash")
    open_session(store, account, "token")
    store.add_link(link_of(account, "newer"), by="admin", now=NOON)
    store.use_link("newer", password_hash="newer", now=NOON)
    assert store.session("token") is None


def test_sessions_whose_time_is_over_are_cleared_away(store: AccountStore) -> None:
    account = add(store, make_account(), password_hash="hash")
    open_session(store, account, "old")
    store.open_session("new", Session(account.id, LATER, LATER, LATER + LIMITS.absolute), password_hash="hash")
    assert store.session("old") is None
    assert store.session("new")


def test_attempts_beyond_the_free_ones_of_an_account_wait_whatever_the_address(store: AccountStore) -> None:
    waits = [store.count_attempt(account="an", address=f"address {number}", now=NOON) for number in range(FREE_FOR_ACCOUNT + 1)]
    assert not any(waits[:-1])
    assert waits[-1] == timedelta(minutes=1)
    assert not store.count_attempt(account="bình", address="address 0", now=NOON)


def test_attempts_beyond_the_free_ones_of_an_address_wait_whatever_the_account(store: AccountStore) -> None:
    waits = [store.count_attempt(account=f"account {number}", address="here", now=NOON) for number in range(FREE_FOR_ADDRESS + 1)]
    assert not any(waits[:-1])
    assert waits[-1] == timedelta(minutes=1)
    assert not store.count_attempt(account="account 0", address="elsewhere", now=NOON)


def test_an_attempt_that_has_to_wait_is_not_counted(store: AccountStore) -> None:
    for _ in range(FREE_FOR_ACCOUNT + 9):
        wait = store.count_attempt(account="an", address="here", now=NOON)
    assert wait == timedelta(minutes=1)
    assert not store.count_attempt(account="an", address="here", now=NOON + wait)
    assert store.count_attempt(account="an", address="here", now=NOON + wait) == timedelta(minutes=2)


def test_forgiving_clears_the_account_and_takes_one_back_from_the_address(store: AccountStore) -> None:
    for number in range(FREE_FOR_ADDRESS - 1):
        store.count_attempt(account=f"account {number}", address="here", now=NOON)
    for _ in range(3):
        assert not store.count_attempt(account="an", address="here", now=NOON)
        store.forgive_attempts(account="an", address="here")
    assert not store.count_attempt(account="an", address="here", now=NOON)
    assert store.count_attempt(account="an", address="here", now=NOON)
