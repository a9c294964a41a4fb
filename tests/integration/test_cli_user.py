"""`casebase user …`: exit codes, what goes to stdout and what to stderr, and the JSON that scripts rely on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from library import open_services
from people import PASSWORD

from casebase.domain.workflow import Role
from casebase.errors import SignInRefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import Casebase

    from casebase.services.accounts import Accounts

AN = "an@badinh.vn"
ACCOUNT = {"id", "email", "name", "role", "agency", "sectors", "places", "disabled"}
AS_AUTHOR = ("--name", "Nguyễn Thị An", "--role", "author", "--agency", "UBND phường Ba Đình")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBASE_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def accounts(home: Path) -> Accounts:
    """Return the accounts of a store that was set up, without a model: the commands must not need one."""
    return open_services(home).accounts


def token_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["token"][0]


def test_before_init_the_command_says_what_to_do(casebase: Casebase, home: Path) -> None:
    done = casebase("user", "add", AN, *AS_AUTHOR)
    assert (done.code, done.out) == (1, "")
    assert "Run `casebase init` first" in done.err
    assert list(home.iterdir()) == []


def test_s15_init_makes_no_account(casebase: Casebase, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBASE_ENGINE", "hashing")
    monkeypatch.setenv("CASEBASE_STARTER_CASES", str(home / "none"))
    assert casebase("init").code == 0
    assert casebase("user", "list", "--json").json == []


def test_add_prints_the_link_and_nothing_else_on_stdout(casebase: Casebase, accounts: Accounts) -> None:
    done = casebase("user", "add", AN, *AS_AUTHOR)
    assert done.code == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:8501/set-password\?token=[\w-]{43}\n", done.out)
    assert AN in done.err
    assert accounts.set_password(token_of(done.out.strip()), PASSWORD).email == AN
    accounts.sign_in(AN, PASSWORD, address="here")


def test_the_link_leads_to_the_public_address(casebase: Casebase, accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBASE_PUBLIC_URL", "https://kho.example.vn/")
    done = casebase("user", "add", AN, *AS_AUTHOR)
    assert done.out.startswith("https://kho.example.vn/set-password?token=")
    assert accounts.invited(token_of(done.out.strip()))


def test_the_link_is_printed_once_and_a_new_one_takes_its_place(casebase: Casebase, accounts: Accounts) -> None:
    first = token_of(casebase("user", "add", AN, *AS_AUTHOR).out.strip())
    assert first not in casebase("user", "list", "--json").out
    second = token_of(casebase("user", "link", AN, "--json").json["link"])
    assert casebase("user", "link", "nobody@badinh.vn").code == 1
    assert second != first
    accounts.set_password(second, PASSWORD)


@pytest.mark.usefixtures("accounts")
def test_add_tells_scripts_the_account_and_its_link(casebase: Casebase) -> None:
    options = ("--name", "Trần Văn Bình", "--role", "moderator", "--sector", "health", "--sector", "energy", "--place", "Hà Nội")
    done = casebase("user", "add", "Binh@BoYTe.vn", *options, "--json")
    assert (done.code, done.err) == (0, "")
    told = done.json
    assert set(told) == ACCOUNT | {"link", "expires_at"}
    assert {key: told[key] for key in ACCOUNT - {"id"}} == {
        "email": "binh@boyte.vn",
        "name": "Trần Văn Bình",
        "role": "moderator",
        "agency": None,
        "sectors": ["health", "energy"],
        "places": ["Hà Nội"],
        "disabled": False,
    }


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--name", "An", "--role", "author"), "An author writes for an agency"),
        (("--name", "An", "--role", "reviewer", "--place", "Hà Nội"), "Only a moderator has a scope"),
        (("--name", " ", "--role", "reviewer"), "Give the name"),
    ],
)
def test_an_account_that_breaks_a_rule_is_refused(casebase: Casebase, options: tuple[str, ...], message: str) -> None:
    done = casebase("user", "add", AN, *options)
    assert (done.code, done.out) == (1, "")
    assert message in done.err
    assert casebase("user", "list", "--json").json == []


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--name", "An"),
        ("--name", "An", "--role", "king"),
        ("--name", "An", "--role", "system"),
        ("--name", "An", "--role", "moderator", "--sector", "no-such-sector"),
    ],
)
def test_wrong_usage_ends_with_2_and_adds_nobody(casebase: Casebase, options: tuple[str, ...]) -> None:
    done = casebase("user", "add", AN, *options)
    assert (done.code, done.out) == (2, "")
    assert casebase("user", "list", "--json").json == []


@pytest.mark.usefixtures("accounts")
def test_an_address_that_is_taken_or_malformed_is_told(casebase: Casebase) -> None:
    casebase("user", "add", AN, *AS_AUTHOR)
    taken = casebase("user", "add", AN.upper(), *AS_AUTHOR)
    assert (taken.code, taken.out) == (1, "")
    assert "`casebase user link`" in taken.err
    assert "is not an e-mail address" in casebase("user", "add", "an", *AS_AUTHOR).err


@pytest.mark.usefixtures("accounts")
def test_list_of_nobody_says_how_to_begin(casebase: Casebase) -> None:
    done = casebase("user", "list")
    assert (done.code, done.out) == (0, "")
    assert "`casebase user add`" in done.err


@pytest.mark.usefixtures("accounts")
def test_list_tells_people_and_scripts_who_there_is(casebase: Casebase) -> None:
    casebase("user", "add", AN, *AS_AUTHOR)
    casebase("user", "add", "admin@badinh.vn", "--name", "[red]Quản trị[/red]", "--role", "administrator")
    casebase("user", "disable", AN)
    lines = casebase("user", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["admin@badinh.vn", AN]
    assert "[red]Quản trị[/red]" in lines[0]
    assert lines[0].rstrip().endswith("active")
    assert "author; agency: UBND phường Ba Đình" in lines[1]
    assert lines[1].rstrip().endswith("disabled")
    told = casebase("user", "list", "--json").json
    assert [set(account) for account in told] == [ACCOUNT, ACCOUNT]
    assert [(account["email"], account["disabled"]) for account in told] == [("admin@badinh.vn", False), (AN, True)]


def test_disable_and_enable_do_what_they_say(casebase: Casebase, accounts: Accounts) -> None:
    accounts.set_password(token_of(casebase("user", "add", AN, *AS_AUTHOR).out.strip()), PASSWORD)
    session = accounts.sign_in(AN, PASSWORD, address="here")
    done = casebase("user", "disable", AN)
    assert (done.code, done.out) == (0, "")
    assert done.err.strip() == f"{AN}: author; agency: UBND phường Ba Đình, disabled."
    assert accounts.who(session) is None
    with pytest.raises(SignInRefusedError):
        accounts.sign_in(AN, PASSWORD, address="here")
    assert casebase("user", "disable", AN, "--json").json["disabled"] is True
    assert casebase("user", "enable", AN, "--json").json["disabled"] is False
    accounts.sign_in(AN, PASSWORD, address="here")


def test_role_changes_role_agency_and_scope(casebase: Casebase, accounts: Accounts) -> None:
    accounts.set_password(token_of(casebase("user", "add", AN, *AS_AUTHOR).out.strip()), PASSWORD)
    session = accounts.sign_in(AN, PASSWORD, address="here")
    told = casebase("user", "role", AN, "moderator", "--sector", "health", "--json").json
    assert (told["role"], told["agency"], told["sectors"]) == ("moderator", "UBND phường Ba Đình", ["health"])
    seen = accounts.who(session)
    assert seen
    assert seen.role is Role.MODERATOR
    told = casebase("user", "role", AN, "reviewer", "--agency", "Sở Nội vụ", "--json").json
    assert (told["role"], told["agency"], told["sectors"]) == ("reviewer", "Sở Nội vụ", [])
    assert casebase("user", "role", AN, "king").code == 2


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("arguments", [("disable",), ("enable",), ("role", "reviewer"), ("link",)])
def test_an_account_that_is_not_there_is_named(casebase: Casebase, arguments: tuple[str, ...]) -> None:
    command, *more = arguments
    done = casebase("user", command, "nobody@badinh.vn", *more)
    assert (done.code, done.out) == (1, "")
    assert "nobody@badinh.vn" in done.err


@pytest.mark.usefixtures("accounts")
def test_the_last_administrator_stays(casebase: Casebase) -> None:
    casebase("user", "add", "admin@badinh.vn", "--name", "Quản trị", "--role", "administrator")
    done = casebase("user", "disable", "admin@badinh.vn")
    assert (done.code, done.out) == (1, "")
    assert "Add another one first" in done.err


@pytest.mark.usefixtures("accounts")
def test_messages_are_in_vietnamese_unless_told_otherwise(casebase: Casebase) -> None:
    casebase("user", "add", AN, *AS_AUTHOR)
    assert casebase("--lang", "vi", "user", "enable", AN).err.strip().endswith("đang hoạt động.")
