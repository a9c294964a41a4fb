"""The routes of signing in: the real ones, over a real database file, asked as a browser asks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import OTHER_PASSWORD, PASSWORD, Town, town
from starlette.applications import Starlette
from starlette.testclient import TestClient

import casebase.web
from casebase.bootstrap import build
from casebase.config import Settings
from casebase.domain.sign_in import FREE_FOR_ACCOUNT
from casebase.domain.workflow import Role
from casebase.errors import DatabaseBusyError
from casebase.i18n import LANGUAGES, catalogue
from casebase.services.accounts import CONSOLE, SESSION_COOKIE
from casebase.web import sign_in
from casebase.web.routes import routes
from casebase.web.visit import network_of, safe_next

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx import Response

    from casebase.bootstrap import Services

AN = "an@badinh.vn"
SITE = "http://kho.example.vn"
TEMPLATES = Path(casebase.web.__file__).parent / "templates"


@pytest.fixture
def here(home: Path) -> Town:
    """Return the accounts of the store, with one author."""
    made = town(home / "data" / "casebase.db")
    made.person()
    return made


@pytest.fixture
def open_browser(here: Town, home: Path) -> Callable[..., TestClient]:
    """Give a way to open a browser on the routes; settings by name. Forms come from a page of the site unless told otherwise."""

    def browser(site: str = SITE, *, origin: str | None = SITE, **settings: Any) -> TestClient:
        services = replace(build(Settings(home=home, engine="hashing", **settings)), accounts=here.accounts)
        app = Starlette(routes=sign_in.routes(lambda: services))
        headers = {"Origin": origin} if origin else {}
        return TestClient(app, base_url=site, follow_redirects=False, headers=headers, client=("203.0.113.7", 50_000))

    return browser


@pytest.fixture
def browser(open_browser: Callable[..., TestClient]) -> TestClient:
    return open_browser()


def enter(browser: TestClient, password: str = PASSWORD, **fields: str) -> Response:
    return browser.post("/sign-in", data={"email": AN, "password": password, **fields})


def cookie_of(response: Response) -> tuple[str, set[str]]:
    """Return the token that a response hands out, and the attributes of its cookie."""
    pair, *attributes = response.headers["set-cookie"].split("; ")
    name, _, token = pair.partition("=")
    assert name == SESSION_COOKIE
    return token, set(attributes)


def link(here: Town) -> str:
    return here.accounts.new_link(AN, by=CONSOLE).token


# --- signing in and out ---------------------------------------------------------------------------------------------------------


def test_the_right_password_leads_on_with_a_session(browser: TestClient, here: Town) -> None:
    response = enter(browser, next="/case?id=khai-sinh&lang=vi")
    assert (response.status_code, response.headers["location"]) == (303, "/case?id=khai-sinh&lang=vi")
    token, _ = cookie_of(response)
    account = here.accounts.who(token)
    assert account
    assert account.email == AN


def test_s05_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: TestClient) -> None:
    _, attributes = cookie_of(enter(browser))
    assert attributes == {"HttpOnly", "Path=/", "SameSite=lax"}


def test_s05_under_https_the_cookie_never_travels_in_the_open(open_browser: Callable[..., TestClient]) -> None:
    behind_proxy = open_browser(SITE, origin="https://kho.example.vn", public_url="https://kho.example.vn")
    itself = open_browser("https://kho.example.vn", origin="https://kho.example.vn")
    for browser in (behind_proxy, itself):
        _, attributes = cookie_of(enter(browser))
        assert attributes == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}


def test_a_second_sign_in_of_a_browser_ends_its_first_session(browser: TestClient, here: Town) -> None:
    first, _ = cookie_of(enter(browser))
    second, _ = cookie_of(enter(browser))
    assert first != second
    assert here.accounts.who(first) is None
    assert here.accounts.who(second)


def test_a_session_that_somebody_planted_is_not_taken_over(browser: TestClient, here: Town) -> None:
    browser.cookies.set(SESSION_COOKIE, "planted")
    token, _ = cookie_of(enter(browser))
    assert token != "planted"
    assert here.accounts.who("planted") is None


def test_signing_out_ends_the_session_and_clears_the_cookie(browser: TestClient, here: Town) -> None:
    token, _ = cookie_of(enter(browser))
    response = browser.post("/sign-out")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    emptied, attributes = cookie_of(response)
    assert emptied == '""'
    assert "Max-Age=0" in attributes
    assert here.accounts.who(token) is None


def test_signing_out_everywhere_ends_the_sessions_of_all_browsers(open_browser: Callable[..., TestClient], here: Town) -> None:
    one, other = open_browser(), open_browser()
    tokens = [cookie_of(enter(browser))[0] for browser in (one, other)]
    assert one.post("/sign-out", data={"everywhere": "1"}).status_code == 303
    assert [here.accounts.who(token) for token in tokens] == [None, None]
    assert other.post("/sign-out", data={"everywhere": "1"}).status_code == 303


def test_signing_out_without_a_session_is_fine(browser: TestClient) -> None:
    assert browser.post("/sign-out").status_code == 303


def test_looking_at_a_page_never_signs_out(browser: TestClient, here: Town) -> None:
    token, _ = cookie_of(enter(browser))
    assert browser.get("/sign-out").status_code == 405
    assert here.accounts.who(token)


def test_s03_a_disabled_account_is_out_in_both_tabs_and_stays_out(open_browser: Callable[..., TestClient], here: Town) -> None:
    tabs = [open_browser(), open_browser()]
    tokens = [cookie_of(enter(tab))[0] for tab in tabs]
    here.accounts.disable(AN, by=CONSOLE)
    assert [here.accounts.who(token) for token in tokens] == [None, None]
    assert [enter(tab).status_code for tab in tabs] == [403, 403]


def test_s04_idle_and_absolute_lifetime_hold_whatever_the_cookie_says(browser: TestClient, here: Town) -> None:
    idle, _ = cookie_of(enter(browser))
    here.clock.move(minutes=30)
    assert here.accounts.who(idle) is None
    busy, _ = cookie_of(enter(browser))
    for _ in range(12 * 60 // 20 - 1):
        here.clock.move(minutes=20)
        assert here.accounts.who(busy)
    here.clock.move(minutes=20)
    assert here.accounts.who(busy) is None


# --- refusals -------------------------------------------------------------------------------------------------------------------


def test_a_refused_sign_in_shows_the_form_again_without_telling_why(browser: TestClient, here: Town) -> None:
    here.person("disabled@badinh.vn")
    here.accounts.disable("disabled@badinh.vn", by=CONSOLE)
    tried = {AN: "wrong", "nobody@badinh.vn": PASSWORD, "disabled@badinh.vn": PASSWORD, "no address": PASSWORD}
    shown = set()
    for email, password in tried.items():
        before = here.hasher.verified
        response = enter(browser, password, email=email, next="/case")
        assert (response.status_code, here.hasher.verified - before) == (403, 1)
        assert "set-cookie" not in response.headers
        assert password not in response.text
        shown.add(re.sub(r'nonce="[^"]+"', "", response.text.replace(f'value="{email}"', "")))
    (page,) = shown
    assert catalogue("vi")["error.sign_in.refused"] in page
    assert 'name="next" value="/case"' in page


def test_after_some_failures_the_page_says_kindly_how_long_to_wait(browser: TestClient, here: Town) -> None:
    for _ in range(FREE_FOR_ACCOUNT):
        assert enter(browser, "wrong").status_code == 403
    looked_at = here.hasher.verified
    response = enter(browser, lang="en")
    assert (response.status_code, response.headers["retry-after"], here.hasher.verified) == (429, "60", looked_at)
    assert "The account is not locked and nothing is lost; wait 1 min" in response.text
    here.clock.move(minutes=1)
    assert enter(browser).status_code == 303


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "",
        "http://evil.example",
        "http://kho.example.vn.evil.example",
        "http://evil.example/kho.example.vn",
        "http://kho.example.vn:8080",
        "ftp://kho.example.vn",
        "http://[kho.example.vn",
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/set-password"])
def test_s05_a_form_of_another_site_is_refused_and_does_nothing(
    open_browser: Callable[..., TestClient], here: Town, path: str, origin: str | None
) -> None:
    browser, token = open_browser(origin=None), here.signed_in()
    browser.cookies.set(SESSION_COOKIE, token)
    fields = {"email": AN, "password": OTHER_PASSWORD, "repeat": OTHER_PASSWORD, "token": link(here), "everywhere": "1"}
    verified = here.hasher.verified
    response = browser.post(path, data=fields, headers={"Origin": origin} if origin is not None else {})
    assert response.status_code == 403
    assert "set-cookie" not in response.headers
    assert here.accounts.who(token)
    assert here.hasher.verified == verified
    here.signed_in()


@pytest.mark.parametrize("origin", ["http://kho.example.vn", "https://other.example.vn", "http://127.0.0.1:8501"])
def test_s05_with_a_public_address_only_its_own_pages_send_forms(open_browser: Callable[..., TestClient], origin: str) -> None:
    browser = open_browser(origin=origin, public_url="https://kho.example.vn")
    assert enter(browser).status_code == 403


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "?q=x",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(browser: TestClient, asked: str) -> None:
    assert enter(browser, next=asked).headers["location"] == "/"


@given(st.text())
def test_whatever_is_asked_for_the_next_page_is_ours(asked: str) -> None:
    for text in (asked, f"/{asked}", f"//{asked}"):
        assert urlsplit(urljoin(SITE, safe_next(text))).netloc == "kho.example.vn"


@pytest.mark.parametrize("asked", ["/", "/case?id=khai-sinh", "/search?q=h%E1%BB%93%20s%C6%A1&lang=vi#k", "/a//b"])
def test_a_page_of_ours_is_where_one_asked_to_go(asked: str) -> None:
    assert safe_next(asked) == asked


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_failures_are_counted_for_an_address_or_an_ipv6_site(host: str, network: str) -> None:
    assert network_of(host) == network


@pytest.mark.parametrize(
    "request_",
    [
        {"data": {"email": "a" * 5000, "password": "x"}},
        {"data": {f"field{number}": "x" for number in range(50)}},
        {"files": {"email": ("a.txt", b"x")}},
    ],
    ids=["long field", "many fields", "file"],
)
def test_a_form_that_no_page_of_ours_sends_is_refused(browser: TestClient, request_: dict[str, Any]) -> None:
    assert browser.post("/sign-in", **request_).status_code == 400


@pytest.mark.parametrize("body", [b"", b"email", b"email=%FF&password=%00", b"=&=&=", b"\xff\xfe"])
def test_a_broken_form_is_a_sign_in_that_is_refused(browser: TestClient, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.post("/sign-in", content=body, headers=headers).status_code == 403


# --- setting the password -------------------------------------------------------------------------------------------------------


def test_the_link_shows_whose_account_it_is_and_looking_does_not_use_it(browser: TestClient, here: Town) -> None:
    token = link(here)
    for _ in range(2):
        response = browser.get(f"/set-password?token={token}")
        assert response.status_code == 200
        assert AN in response.text
        assert f'name="token" value="{token}"' in response.text


def test_the_password_is_set_once_and_the_sign_in_says_so(browser: TestClient, here: Town) -> None:
    fields = {"token": link(here), "password": OTHER_PASSWORD, "repeat": OTHER_PASSWORD}
    response = browser.post("/set-password", data=fields)
    assert response.status_code == 303
    assert catalogue("vi")["web.sign_in.password_set"] in browser.get(response.headers["location"]).text
    assert enter(browser, OTHER_PASSWORD).status_code == 303
    again = browser.post("/set-password", data=fields)
    assert again.status_code == 410
    assert catalogue("vi")["error.link.used"] in again.text


@pytest.mark.parametrize(
    ("password", "repeat", "error"),
    [
        ("quá ngắn", "quá ngắn", "có 8 ký tự, cần ít nhất 12"),
        (OTHER_PASSWORD, PASSWORD, "không giống nhau"),
        (AN, AN, "quá dễ đoán"),
        ("", "", "có 0 ký tự"),
    ],
)
def test_a_refused_password_is_told_and_the_link_goes_on(
    browser: TestClient, here: Town, password: str, repeat: str, error: str
) -> None:
    token = link(here)
    response = browser.post("/set-password", data={"token": token, "password": password, "repeat": repeat})
    assert response.status_code == 422
    assert error in response.text
    assert browser.get(f"/set-password?token={token}").status_code == 200
    assert enter(browser).status_code == 303


def test_a_link_that_cannot_be_used_is_told_with_what_to_do(browser: TestClient, here: Town) -> None:
    token = link(here)
    for unknown in ("/set-password", "/set-password?token=x", "/set-password?token=%00"):
        response = browser.get(unknown)
        assert response.status_code == 410
        assert catalogue("vi")["error.link.unknown"] in response.text
    here.clock.move(hours=72)
    for response in (
        browser.get(f"/set-password?token={token}"),
        browser.post("/set-password", data={"token": token, "password": OTHER_PASSWORD, "repeat": OTHER_PASSWORD}),
    ):
        assert response.status_code == 410
        assert catalogue("vi")["error.link.expired"] in response.text


# --- the pages themselves -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_in_the_language_asked_for_and_offers_the_other(browser: TestClient, here: Town, lang: str) -> None:
    token, other = link(here), "en" if lang == "vi" else "vi"
    for path, title in (
        ("/sign-in?next=%2Fcase", "web.sign_in.title"),
        (f"/set-password?token={token}", "web.set_password.title"),
    ):
        text = browser.get(f"{path}&lang={lang}").text
        assert f'<html lang="{lang}">' in text
        assert f"<h1>{catalogue(lang)[title]}</h1>" in text
        (switch,) = re.findall(r'<a href="([^"]+)" lang="' + other, text)
        assert f'<html lang="{other}">' in browser.get(switch.replace("&amp;", "&")).text
        assert path.split("?")[1].split("=")[1] in switch


def test_without_a_wish_a_page_is_in_vietnamese(browser: TestClient) -> None:
    assert '<html lang="vi">' in browser.get("/sign-in?lang=xx").text


@pytest.mark.parametrize("path", ["/sign-in", "/set-password?token=x"])
def test_a_page_is_kept_by_nobody_framed_by_nobody_and_runs_no_script(browser: TestClient, path: str) -> None:
    response = browser.get(path)
    policy = response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    (nonce,) = re.findall(r"style-src 'nonce-([^']+)'", policy)
    assert f'<style nonce="{nonce}">' in response.text
    assert "<script" not in response.text
    assert nonce not in browser.get(path).text


def test_s07_what_is_typed_is_shown_inert(browser: TestClient, here: Town) -> None:
    hostile = '"><script>alert(1)</script>'
    here.person("binh@badinh.vn", role=Role.REVIEWER, name=hostile)
    token = here.accounts.new_link("binh@badinh.vn", by=CONSOLE).token
    pages = [
        enter(browser, "wrong", email=hostile, next=f"/{hostile}").text,
        browser.get("/sign-in", params={"next": f"/{hostile}", "lang": hostile}).text,
        browser.get(f"/set-password?token={token}").text,
        browser.get("/set-password", params={"token": hostile}).text,
    ]
    assert not [page for page in pages if "<script" in page]


@pytest.mark.parametrize("path", ["/sign-in", "/set-password"])
def test_every_field_has_a_label(browser: TestClient, here: Town, path: str) -> None:
    text = browser.get(path, params={"token": link(here)}).text
    fields = {
        re.findall(r'id="(\w+)"', tag)[0]
        for tag in re.findall(r"<input [^>]+>", text)
        if 'type="hidden"' not in tag and "unseen" not in tag
    }
    assert fields
    assert set(re.findall(r'<label for="(\w+)"', text)) == fields


def test_an_error_is_announced_and_belongs_to_the_field(browser: TestClient) -> None:
    text = enter(browser, "wrong").text
    assert '<p class="error" id="error" role="alert">' in text
    assert text.count('aria-describedby="error"') == 2


def test_s13_a_database_that_does_not_answer_is_told_by_a_number_that_the_log_has(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> Services:
        raise DatabaseBusyError(path=home / "secret.db", seconds=5.0)

    browser = TestClient(Starlette(routes=sign_in.routes(fails)), base_url=SITE, headers={"Origin": SITE})
    for response in (browser.get("/sign-in"), enter(browser)):
        assert response.status_code == 503
        assert "secret" not in response.text
        (number,) = re.findall(r"mã lỗi (\w+)", response.text)
        assert f"error {number}" in caplog.text


def test_the_routes_are_among_those_of_the_app() -> None:
    paths = {getattr(route, "path", "") for route in routes()}
    assert {"/sign-in", "/sign-out", "/set-password"} <= paths


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_every_message_of_a_template_is_there(template: Path) -> None:
    asked = set(re.findall(r'\bt\("([a-z_.]+[a-z_])"[,)]', template.read_text(encoding="utf-8")))
    assert asked <= set(catalogue("vi"))


def test_every_message_of_the_pages_is_used() -> None:
    sources = [*TEMPLATES.glob("*.html"), *TEMPLATES.parent.glob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert [key for key in catalogue("vi") if key.startswith("web.") and f'"{key}"' not in text] == []
