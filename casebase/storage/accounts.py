"""The account store on disk: accounts, agencies, sessions, one-time links and failed sign-ins, in the same file as the cases."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from casebase.domain.account import AccountAction, Agency, AgencyId
from casebase.domain.sign_in import FORGOTTEN_AFTER, FREE_FOR_ACCOUNT, FREE_FOR_ADDRESS, next_attempts, waiting_time
from casebase.errors import AccountExistsError, AccountNotFoundError, LastAdministratorError, LinkUnknownError
from casebase.storage import rows, writing
from casebase.storage.audit import Deed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlite_utils import Database

    from casebase.domain.account import Account, AccountId
    from casebase.domain.sign_in import Attempts, Link, Session
    from casebase.storage.connections import Connections


class SqliteAccountStore:
    """An `AccountStore` in the database of `connections`, which `migrate` has brought up to date.

    Safe to share between threads and processes: every operation has a connection of its own.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._path = connections.path

    def add(self, account: Account, link: Link, *, by: str, now: datetime) -> None:
        """Keep a new account, its agency if nobody was of that name before, and its first link; see the port."""
        with self._connections.writing() as db:
            if self._one(db, "SELECT * FROM accounts_with_agency WHERE email = ?", account.email):
                raise AccountExistsError(email=account.email)
            db.execute(
                """
                INSERT INTO accounts (id, email, name, role, agency_id, scope, disabled, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    account.id,
                    account.email,
                    account.name,
                    account.role.value,
                    _keep_agency(db, account.agency),
                    rows.scope_json(account.scope),
                    account.disabled,
                    _stamp(now),
                ],
            )
            _insert_link(db, link)
            self._log(db, account.id, AccountAction.ADD, by=by, now=now, note=account.duty)

    def change(
        self, account_id: AccountId, edit: Callable[[Account], Account], *, action: AccountAction, by: str, now: datetime
    ) -> Account:
        """Replace role, agency, scope and whether it is disabled by what `edit` makes of the account; see the port."""
        with self._connections.writing() as db:
            before = self._account(db, account_id)
            after = edit(before)
            if after == before:
                return before
            if before.administers and not after.administers and self._administrators(db) == 1:
                raise LastAdministratorError(email=before.email)
            db.execute(
                "UPDATE accounts SET role = ?, agency_id = ?, scope = ?, disabled = ? WHERE id = ?",
                [
                    after.role.value,
                    _keep_agency(db, after.agency),
                    rows.scope_json(after.scope),
                    after.disabled,
                    account_id,
                ],
            )
            if after.disabled:
                _end_sessions(db, account_id)
                db.execute("DELETE FROM links WHERE account_id = ? AND used_at IS NULL", [account_id])
            note = "" if after.duty == before.duty else f"{before.duty} → {after.duty}"
            self._log(db, account_id, action, by=by, now=now, note=note)
            return self._account(db, account_id)

    def find(self, email: str) -> Account | None:
        """Return the account of a tidy address, or None."""
        with self._connections.reading() as db:
            return self._one(db, "SELECT * FROM accounts_with_agency WHERE email = ?", email)

    def accounts(self) -> list[Account]:
        """Return every account, in order of address."""
        with self._connections.reading() as db:
            found = db.query("SELECT * FROM accounts_with_agency ORDER BY email")
            return [rows.account(row, path=self._path) for row in found]

    def agencies(self) -> list[Agency]:
        """Return every agency, in order of name."""
        with self._connections.reading() as db:
            found = db.query("SELECT id, name FROM agencies ORDER BY folded")
            return [Agency(AgencyId(row["id"]), row["name"]) for row in found]

    def password_hash(self, account_id: AccountId) -> str | None:
        """Return the hash of the password; None where there is no such account or none was set yet."""
        with self._connections.reading() as db:
            found = db.execute("SELECT password_hash FROM accounts WHERE id = ?", [account_id]).fetchone()
            return found[0] if found else None

    def change_password(self, account_id: AccountId, password_hash: str, *, keep: str, now: datetime) -> None:
        """Replace the password and end every session of the account but the one whose token has the hash `keep`."""
        with self._connections.writing() as db:
            _set_password(db, account_id, password_hash, keep=keep)
            self._log(db, account_id, AccountAction.CHANGE_PASSWORD, by=account_id, now=now)

    def add_link(self, link: Link, *, by: str, now: datetime) -> None:
        """Keep a link; unused earlier ones of the account for the same purpose are gone."""
        with self._connections.writing() as db:
            db.execute(
                "DELETE FROM links WHERE account_id = ? AND purpose = ? AND used_at IS NULL",
                [link.account_id, link.purpose.value],
            )
            _insert_link(db, link)
            self._log(db, link.account_id, AccountAction.ISSUE_LINK, by=by, now=now)

    def link(self, token_hash: str) -> tuple[Link, Account] | None:
        """Return a link with its account, or None."""
        with self._connections.reading() as db:
            return self._link(db, token_hash)

    def use_link(self, token_hash: str, *, password_hash: str, now: datetime) -> Account:
        """Set the password with a link, which is then used, and end every session of the account; see the port."""
        with self._connections.writing() as db:
            found = self._link(db, token_hash)
            if found is None:
                raise LinkUnknownError
            link, account = found
            link.check(now)
            db.execute("UPDATE links SET used_at = ? WHERE token_hash = ?", [_stamp(now), token_hash])
            _set_password(db, account.id, password_hash)
            self._log(db, account.id, AccountAction.SET_PASSWORD, by=account.id, now=now)
            return account

    def open_session(self, token_hash: str, session: Session, *, password_hash: str) -> bool:
        """Keep a session, unless the account was disabled or got another password meanwhile; see the port."""
        times = [_stamp(at) for at in (session.created_at, session.last_seen_at, session.ends_at)]
        with self._connections.writing() as db:
            db.execute("DELETE FROM sessions WHERE ends_at <= ?", [_stamp(session.created_at)])
            cursor = db.execute(
                """
                INSERT INTO sessions (token_hash, account_id, created_at, last_seen_at, ends_at)
                SELECT ?, id, ?, ?, ? FROM accounts WHERE id = ? AND password_hash = ? AND NOT disabled
                """,
                [token_hash, *times, session.account_id, password_hash],
            )
            return cursor.rowcount == 1

    def session(self, token_hash: str) -> tuple[Session, Account] | None:
        """Return a session with its account as both are now, or None. One query."""
        sql = """
            SELECT account_id, created_at, last_seen_at, ends_at, found.*
            FROM sessions JOIN accounts_with_agency AS found ON found.id = account_id WHERE token_hash = ?
        """
        with self._connections.reading() as db:
            row = next(db.query(sql, [token_hash]), None)
            return (rows.session(row, path=self._path), rows.account(row, path=self._path)) if row else None

    def note_session(self, token_hash: str, *, now: datetime) -> None:
        """Note a sign of life of a session."""
        with self._connections.writing() as db:
            db.execute("UPDATE sessions SET last_seen_at = ? WHERE token_hash = ?", [_stamp(now), token_hash])

    def end_session(self, token_hash: str) -> None:
        """Forget a session; one that is not there is fine."""
        with self._connections.writing() as db:
            db.execute("DELETE FROM sessions WHERE token_hash = ?", [token_hash])

    def end_sessions(self, account_id: AccountId, *, now: datetime) -> None:
        """Forget every session of an account, on its own wish."""
        with self._connections.writing() as db:
            _end_sessions(db, account_id)
            self._log(db, account_id, AccountAction.SIGN_OUT_EVERYWHERE, by=account_id, now=now)

    def count_attempt(self, *, account: str, address: str, now: datetime) -> timedelta:
        """Count a sign-in as failed before it is tried; return how long to wait where it may not be tried. See the port."""
        with self._connections.writing() as db:
            db.execute("DELETE FROM sign_in_attempts WHERE last_at <= ?", [_stamp(now - FORGOTTEN_AFTER)])
            so_far = {key: self._attempts(db, key) for key in (account, address)}
            wait = max(
                waiting_time(so_far[account], free=FREE_FOR_ACCOUNT, now=now),
                waiting_time(so_far[address], free=FREE_FOR_ADDRESS, now=now),
            )
            if not wait:
                for key, attempts in so_far.items():
                    _keep_attempts(db, key, next_attempts(attempts, now=now))
            return wait

    def forgive_attempts(self, *, account: str, address: str | None = None) -> None:
        """Forget the failures of an account; take back one of the address where it is named."""
        with self._connections.writing() as db:
            db.execute("DELETE FROM sign_in_attempts WHERE key = ?", [account])
            db.execute("UPDATE sign_in_attempts SET failures = max(failures - 1, 0) WHERE key = ?", [address])

    def _one(self, db: Database, sql: str, key: str) -> Account | None:
        return next((rows.account(row, path=self._path) for row in db.query(sql, [key])), None)

    def _account(self, db: Database, account_id: AccountId) -> Account:
        found = self._one(db, "SELECT * FROM accounts_with_agency WHERE id = ?", account_id)
        if found is None:
            raise AccountNotFoundError(email=account_id)
        return found

    def _administrators(self, db: Database) -> int:
        """Return how many people can look after accounts now."""
        found = db.query("SELECT * FROM accounts_with_agency WHERE role = 'administrator'")
        return sum(rows.account(row, path=self._path).administers for row in found)

    def _link(self, db: Database, token_hash: str) -> tuple[Link, Account] | None:
        sql = """
            SELECT token_hash, account_id, purpose, expires_at, used_at, found.*
            FROM links JOIN accounts_with_agency AS found ON found.id = account_id WHERE token_hash = ?
        """
        row = next(db.query(sql, [token_hash]), None)
        return (rows.link(row, path=self._path), rows.account(row, path=self._path)) if row else None

    def _attempts(self, db: Database, key: str) -> Attempts | None:
        row = next(db.query("SELECT * FROM sign_in_attempts WHERE key = ?", [key]), None)
        return rows.attempts(row, path=self._path) if row else None

    def _log(self, db: Database, account_id: AccountId, action: AccountAction, *, by: str, now: datetime, note: str = "") -> None:
        writing.log_account(db, account_id, Deed(action.value, by, now, note), path=self._path)


def _stamp(at: datetime) -> str:
    """Return a time as it is stored: in UTC, always with microseconds, so that texts sort like times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _keep_agency(db: Database, agency: Agency | None) -> str | None:
    """Return the id of the agency of that name, which is kept where there is none yet."""
    if agency is None:
        return None
    folded = agency.name.casefold()
    db.execute("INSERT INTO agencies (id, name, folded) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [agency.id, agency.name, folded])
    return str(db.execute("SELECT id FROM agencies WHERE folded = ?", [folded]).fetchone()[0])


def _insert_link(db: Database, link: Link) -> None:
    db.execute(
        "INSERT INTO links (token_hash, account_id, purpose, expires_at) VALUES (?, ?, ?, ?)",
        [link.token_hash, link.account_id, link.purpose.value, _stamp(link.expires_at)],
    )


def _set_password(db: Database, account_id: AccountId, password_hash: str, *, keep: str = "") -> None:
    db.execute("UPDATE accounts SET password_hash = ? WHERE id = ?", [password_hash, account_id])
    _end_sessions(db, account_id, keep=keep)


def _end_sessions(db: Database, account_id: AccountId, *, keep: str = "") -> None:
    db.execute("DELETE FROM sessions WHERE account_id = ? AND token_hash <> ?", [account_id, keep])


def _keep_attempts(db: Database, key: str, attempts: Attempts) -> None:
    db.execute(
        """
        INSERT INTO sign_in_attempts (key, failures, last_at) VALUES (?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at
        """,
        [key, attempts.failures, _stamp(attempts.last_at)],
    )
