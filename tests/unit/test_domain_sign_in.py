"""The rules of passwords, sessions, links and waiting."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import NOON, PASSWORD, make_account

from casebase.domain.account import AccountId
from casebase.domain.sign_in import (
    FIRST_WAIT,
    FORGOTTEN_AFTER,
    LONGEST_PASSWORD,
    LONGEST_WAIT,
    SHORTEST_PASSWORD,
    Attempts,
    Link,
    LinkPurpose,
    Session,
    check_password,
    next_attempts,
    token_hash,
    waiting_time,
)
from casebase.errors import (
    LinkExpiredError,
    LinkUsedError,
    PasswordGuessableError,
    PasswordTooLongError,
    PasswordTooShortError,
)

IDLE = timedelta(minutes=30)
SESSION = Session(AccountId("a"), created_at=NOON, last_seen_at=NOON + timedelta(hours=1), ends_at=NOON + timedelta(hours=12))
LINK = Link("hash", AccountId("a"), LinkPurpose.SET_PASSWORD, expires_at=NOON)
MOMENT = timedelta(microseconds=1)


def test_a_password_of_enough_different_characters_is_taken() -> None:
    check_password(PASSWORD, make_account())
    check_password("abcde" + "a" * (SHORTEST_PASSWORD - 5), make_account())
    check_password("abcde" * 51 + "f", make_account())


def test_a_short_password_is_refused_with_how_long_it_must_be() -> None:
    with pytest.raises(PasswordTooShortError) as raised:
        check_password("mười một ký", make_account())
    assert raised.value.context == {"length": 11, "least": SHORTEST_PASSWORD}


def test_marks_that_are_typed_apart_do_not_make_a_password_longer() -> None:
    decomposed = unicodedata.normalize("NFD", "mười một ký")
    assert len(decomposed) > SHORTEST_PASSWORD
    with pytest.raises(PasswordTooShortError):
        check_password(decomposed, make_account())


def test_a_password_beyond_measure_is_refused() -> None:
    with pytest.raises(PasswordTooLongError):
        check_password("abcdefg" * LONGEST_PASSWORD, make_account())


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "121212121212", "An@Ba-Dinh.Gov.VN", "nguyễn thị an", "NGUYỄN THỊ AN"])
def test_a_password_that_others_would_try_first_is_refused(password: str) -> None:
    with pytest.raises(PasswordGuessableError):
        check_password(password, make_account(email="an@ba-dinh.gov.vn", name="Nguyễn Thị An"))


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (SESSION.last_seen_at, False),
        (SESSION.last_seen_at + IDLE - MOMENT, False),
        (SESSION.last_seen_at + IDLE, True),
        (SESSION.ends_at, True),
    ],
)
def test_a_session_without_a_sign_of_life_is_over_after_the_idle_time(now: datetime, over: bool) -> None:  # noqa: FBT001
    assert SESSION.is_over(now, idle=IDLE) is over


def test_a_busy_session_is_over_at_its_end() -> None:
    busy = Session(AccountId("a"), created_at=NOON, last_seen_at=SESSION.ends_at - MOMENT, ends_at=SESSION.ends_at)
    assert not busy.is_over(SESSION.ends_at - MOMENT, idle=IDLE)
    assert busy.is_over(SESSION.ends_at, idle=IDLE)


def test_a_sign_of_life_is_worth_a_write_once_a_minute() -> None:
    minute = timedelta(minutes=1)
    assert not SESSION.is_to_be_noted(SESSION.last_seen_at + minute - MOMENT, idle=IDLE)
    assert SESSION.is_to_be_noted(SESSION.last_seen_at + minute, idle=IDLE)


def test_a_link_can_be_used_until_it_expires() -> None:
    LINK.check(NOON - MOMENT)
    with pytest.raises(LinkExpiredError):
        LINK.check(NOON)


def test_a_used_link_says_so_even_when_it_is_old() -> None:
    used = Link("hash", AccountId("a"), LinkPurpose.SET_PASSWORD, expires_at=NOON, used_at=NOON - IDLE)
    with pytest.raises(LinkUsedError):
        used.check(NOON + IDLE)


def test_nobody_waits_before_the_free_attempts_are_used_up() -> None:
    assert waiting_time(None, free=5, now=NOON) == timedelta()
    assert waiting_time(Attempts(4, NOON), free=5, now=NOON) == timedelta()


@pytest.mark.parametrize(("failures", "minutes"), [(5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (10, 15), (10**6, 15)])
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(failures: int, minutes: int) -> None:
    assert waiting_time(Attempts(failures, NOON), free=5, now=NOON) == timedelta(minutes=minutes)


def test_the_wait_grows_shorter_and_ends() -> None:
    attempts = Attempts(5, NOON)
    assert waiting_time(attempts, free=5, now=NOON + FIRST_WAIT - MOMENT) == MOMENT
    assert waiting_time(attempts, free=5, now=NOON + FIRST_WAIT) == timedelta()


def test_old_failures_are_forgotten() -> None:
    later = NOON + FORGOTTEN_AFTER
    assert waiting_time(Attempts(50, NOON), free=5, now=later) == timedelta()
    assert next_attempts(Attempts(50, NOON), now=later) == Attempts(1, later)
    assert next_attempts(Attempts(50, NOON), now=later - MOMENT) == Attempts(51, later - MOMENT)


@given(st.integers(0, 10**9), st.integers(0, 100), st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_nobody_ever_waits_longer_than_the_longest_wait_whatever_the_clock_does(failures: int, free: int, ago: timedelta) -> None:
    wait = waiting_time(Attempts(failures, NOON), free=free, now=NOON + ago)
    assert timedelta() <= wait <= LONGEST_WAIT


@given(st.text())
def test_any_token_has_a_hash(token: str) -> None:
    assert len(token_hash(token)) == 64


def test_a_token_that_is_no_valid_unicode_has_a_hash_too() -> None:
    assert token_hash("\udcff") != token_hash("\udcfe")
