"""Opens the database: one connection an operation, one transaction a write, every foreign error translated here.

The driver is the one that sqlite-utils chooses: `pysqlite3` where it is installed (it brings its own, current SQLite), else the
`sqlite3` of Python. Both come to us as `sqlite_utils.utils.sqlite3`, so the rule about WAL looks at the library really in use.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlite_utils import Database

from casebase.errors import DatabaseBusyError, DatabaseCorruptError, StorageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path
else:
    from sqlite_utils.utils import sqlite3

Version: TypeAlias = tuple[int, int, int]
JournalMode: TypeAlias = Literal["wal", "delete"]

BUSY_TIMEOUT = 5.0
"""Seconds for which a connection waits for the lock of another."""

_WAL_FIXED_SINCE: Version = (3, 51, 3)
_WAL_FIXED_IN_BRANCH = {(3, 44): 6, (3, 50): 7}
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_LOG = logging.getLogger(__name__)


def journal_mode(version: Version) -> JournalMode:
    """Return the journal that is safe with this version of SQLite: `wal` or `delete` (a rollback journal).

    Before 3.51.3 (and 3.44.6 and 3.50.7 in their branches) two connections that write to a database in WAL mode can lose or
    corrupt it: https://sqlite.org/wal.html#walresetbug.
    """
    major, minor, patch = version
    backport = _WAL_FIXED_IN_BRANCH.get((major, minor))
    fixed = version >= _WAL_FIXED_SINCE or (backport is not None and patch >= backport)
    return "wal" if fixed else "delete"


class Connections:
    """Opens connections to one database file, each for one operation of one thread.

    `version` is the version of SQLite, the linked one unless a test says otherwise; `timeout` is in seconds. Nothing is opened
    before the first operation. Every error of the driver leaves as a StorageError.
    """

    def __init__(self, path: Path, *, version: Version | None = None, timeout: float = BUSY_TIMEOUT) -> None:
        self.path = path
        self._timeout = timeout
        linked = version or sqlite3.sqlite_version_info
        self._journal = journal_mode(linked)
        if self._journal != "wal":
            _LOG.warning(
                "SQLite %s can corrupt a database in WAL mode with several writers: using a rollback journal. "
                "Install pysqlite3 to get a fixed version.",
                ".".join(map(str, linked)),
            )

    def create(self) -> None:
        """Make the folder and an empty database file, readable by the owner alone, where there is none."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
        except OSError as error:
            raise StorageError(path=self.path, why=error.strerror) from error

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Give a connection that sees one state of the database throughout and cannot write."""
        with self._open() as db:
            db.execute("PRAGMA query_only = ON")
            db.execute("BEGIN")
            yield db

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """Give a connection inside a transaction: committed at the end, rolled back when anything is raised.

        The lock is taken at the start, so what is read here stays true until the commit, and nobody else's write can come between.
        Raises DatabaseBusyError when another writer keeps the lock for longer than the timeout.
        """
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db  # What is raised here skips the commit, and closing the connection rolls back.
            db.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[Database]:
        try:
            # `mode=rw`: a file that has gone must not come back as an empty database.
            uri = f"{self.path.absolute().as_uri()}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, timeout=self._timeout, isolation_level=None)
            try:
                db = Database(connection, execute_plugins=False)
                self._prepare(db)
                yield db
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise self._translated(error) from error
        except UnicodeDecodeError as error:
            # The driver trips over damaged bytes in the names that an error message of SQLite quotes.
            raise DatabaseCorruptError(path=self.path, why=str(error)) from error

    def _prepare(self, db: Database) -> None:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA trusted_schema = OFF")
        # This file is the only truth: what was answered with "published" must outlive a power cut. EXTRA is FULL that also
        # flushes the folder after a rollback journal is unlinked. NORMAL would save one flush a write, and writes are rare.
        db.execute("PRAGMA synchronous = EXTRA")
        if _journal_of(db) != self._journal:
            self._switch_journal(db)

    def _switch_journal(self, db: Database) -> None:
        """Change the journal of the file, which lasts; needs the file for itself for a moment."""
        try:
            db.execute(f"PRAGMA journal_mode = {self._journal}")
        except sqlite3.OperationalError as error:
            # Others are at work. A rollback journal is always safe, so the change to WAL can wait for another opening;
            # leaving WAL cannot, and is refused below as busy.
            if self._journal != "wal" or _primary_code(error) not in _BUSY:
                raise
            _LOG.debug("The database keeps its rollback journal for now: it is in use")

    def _translated(self, error: sqlite3.Error) -> StorageError:
        code = _primary_code(error)
        if code in _BUSY:
            return DatabaseBusyError(path=self.path, seconds=self._timeout)
        if code in _CORRUPT or str(error).startswith("Could not decode to UTF-8"):
            return DatabaseCorruptError(path=self.path, why=str(error))
        return StorageError(path=self.path, why=str(error))


def _journal_of(db: Database) -> str:
    return str(db.execute("PRAGMA journal_mode").fetchone()[0])


def _primary_code(error: sqlite3.Error) -> int:
    """Return the primary result code, which is the low byte of the extended one; 0 for an error of the driver itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
