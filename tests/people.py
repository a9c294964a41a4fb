"""Accounts for tests: a clock that is set by hand, quick hashes, and people who can sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher

from casebase.domain.account import Account, AccountId, Agency, AgencyId
from casebase.domain.sign_in import SessionLimits
from casebase.domain.workflow import Role
from casebase.services.accounts import CONSOLE, Accounts
from casebase.services.passwords import Passwords
from casebase.storage.accounts import SqliteAccountStore
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.domain.ports import AuditEntry, Clock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSWORD = "một câu dễ nhớ ở đây"
OTHER_PASSWORD = "một câu khác hẳn câu trước"
LIMITS = SessionLimits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
WARD = Agency(AgencyId("ward"), "UBND phường Ba Đình")
HERE = "203.0.113.7"


@dataclass(slots=True)
class HandClock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class CountingHasher(PasswordHasher):
    """Argon2 with the least effort, which counts its verifications."""

    verified = 0

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)

    def verify(self, *arguments: Any) -> Any:
        self.verified += 1
        return super().verify(*arguments)


@dataclass(slots=True)
class Town:
    """Accounts on disk, with what a test looks at and moves."""

    accounts: Accounts
    hasher: CountingHasher
    clock: HandClock
    connections: Connections

    def person(self, email: str = "an@badinh.vn", role: Role = Role.AUTHOR, **more: Any) -> Account:
        """Add somebody who has set PASSWORD; an author is of WARD unless told otherwise."""
        given = {"name": "Nguyễn Thị An", "agency": WARD.name if role is Role.AUTHOR else None} | more
        invitation = self.accounts.add_user(email, role=role, by=CONSOLE, **given)
        return self.accounts.set_password(invitation.token, PASSWORD)

    def signed_in(self, email: str = "an@badinh.vn", password: str = PASSWORD) -> str:
        """Return the token of a new session."""
        return self.accounts.sign_in(email, password, address=HERE)

    def trail(self) -> list[AuditEntry]:
        """Return the audit log."""
        return SqliteCaseStore(self.connections).history()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds in the database file."""
        with self.connections.reading() as db:
            return list(db.execute(sql).fetchall())


def town(path: Path, *, clock: HandClock | None = None) -> Town:
    """Return the accounts of a database file, made and brought up to date."""
    connections, clock, hasher = Connections(path), clock or HandClock(), CountingHasher()
    migrate(connections)
    return Town(accounts_over(connections, clock, hasher), hasher, clock, connections)


def accounts_over(connections: Connections, clock: Clock, hasher: PasswordHasher) -> Accounts:
    """Return the accounts of a database."""
    return Accounts(SqliteAccountStore(connections), Passwords(hasher), clock, LIMITS)


@dataclass(slots=True)
class _Numbers:
    last: int = field(default=0)

    def next(self) -> int:
        self.last += 1
        return self.last


_numbers = _Numbers()


def make_account(role: Role = Role.REVIEWER, **overrides: Any) -> Account:
    """Return a valid account that is nobody else's."""
    number = _numbers.next()
    given: dict[str, Any] = {
        "id": AccountId(f"id-{number}"),
        "email": f"person{number}@example.vn",
        "name": f"Người {number}",
        "role": role,
        "agency": WARD if role is Role.AUTHOR else None,
    }
    return Account(**given | overrides)
