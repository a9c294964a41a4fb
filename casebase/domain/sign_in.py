"""The rules of signing in: what a password must be, how long sessions and links live, how long to wait after failures. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from casebase.errors import LinkExpiredError, LinkUsedError, PasswordGuessableError, PasswordTooLongError, PasswordTooShortError

if TYPE_CHECKING:
    from datetime import datetime

    from casebase.domain.account import Account, AccountId

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
FEWEST_CHARACTERS = 5
"""How many different characters a password has at least."""

LINK_LIFETIME = timedelta(hours=72)

FREE_FOR_ACCOUNT = 5
"""Failures in a row before anybody who tries this account has to wait."""
FREE_FOR_ADDRESS = 30
"""Failures before everybody at this network address has to wait; a whole agency may share one."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
"""After this long without a failure, those before no longer count."""

_TOUCHES = 30
"""How often at most a session is noted as seen within its idle time: a write per half minute or minute, not per click."""


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    SET_PASSWORD = "set-password"  # noqa: S105 - the name of a purpose


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts without a sign of life (`idle`), and at most (`absolute`)."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in."""

    account_id: AccountId
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime

    def is_over(self, now: datetime, *, idle: timedelta) -> bool:
        """Tell whether it has lasted too long, altogether or without a sign of life."""
        return now >= min(self.ends_at, self.last_seen_at + idle)

    def is_to_be_noted(self, now: datetime, *, idle: timedelta) -> bool:
        """Tell whether the last sign of life lies so far back that this one is worth a write."""
        return now - self.last_seen_at >= idle / _TOUCHES


@dataclass(frozen=True, slots=True)
class Link:
    """A link that one account may use once; the secret in it is known by its hash only."""

    token_hash: str
    account_id: AccountId
    purpose: LinkPurpose
    expires_at: datetime
    used_at: datetime | None = None

    def check(self, now: datetime) -> None:
        """Raise LinkUsedError or LinkExpiredError when it can no longer be used."""
        if self.used_at:
            raise LinkUsedError
        if now >= self.expires_at:
            raise LinkExpiredError


@dataclass(frozen=True, slots=True)
class Attempts:
    """Sign-ins that failed, for one account or one network address, and when the last of them did."""

    failures: int
    last_at: datetime


def token_hash(token: str) -> str:
    """Return what is stored of a secret that only its owner holds: its SHA-256 as 64 hexadecimal digits.

    No salt and no slow hash: the secrets are 256 random bits, which nobody guesses.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def check_password(password: str, account: Account) -> None:
    """Raise a PasswordError that says what is wrong when the password is no good for the account."""
    length = len(as_typed_anywhere(password))
    if length < SHORTEST_PASSWORD:
        raise PasswordTooShortError(length=length, least=SHORTEST_PASSWORD)
    if length > LONGEST_PASSWORD:
        raise PasswordTooLongError(length=length, most=LONGEST_PASSWORD)
    lowered = as_typed_anywhere(password).lower()
    if len(set(lowered)) < FEWEST_CHARACTERS or lowered in {account.email, as_typed_anywhere(account.name).lower()}:
        raise PasswordGuessableError(characters=FEWEST_CHARACTERS)


def as_typed_anywhere(password: str) -> str:
    """Return the password in NFC: some keyboards write ế as one character, others as two or three."""
    return unicodedata.normalize("NFC", password)


def waiting_time(attempts: Attempts | None, *, free: int, now: datetime) -> timedelta:
    """Return how long to wait before the next attempt, zero when none: a minute after `free` failures, then double each time."""
    if attempts is None or attempts.failures < free or now - attempts.last_at >= FORGOTTEN_AFTER:
        return timedelta()
    doublings = min(attempts.failures - free, 10)
    wait = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    return min(max(attempts.last_at + wait - now, timedelta()), wait)


def next_attempts(attempts: Attempts | None, *, now: datetime) -> Attempts:
    """Return the failures with one more."""
    counted = attempts.failures if attempts and now - attempts.last_at < FORGOTTEN_AFTER else 0
    return Attempts(counted + 1, now)
