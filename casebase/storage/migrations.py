"""The schema, as a list of steps that is only ever appended to: a released step is never edited, moved or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Database, Migrations

from casebase.errors import MigrationError

if TYPE_CHECKING:
    from casebase.storage.connections import Connections

STEPS = Migrations("casebase")


def migrate(connections: Connections, *, steps: Migrations = STEPS) -> tuple[str, ...]:
    """Bring the database up to date, making the file where there is none; return the names of the steps that were applied.

    All pending steps are one transaction: when one raises, the database stays as it was, all of them stay pending, and the
    MigrationError names the one that failed. A database that is up to date is only read. A database with steps that this version
    does not know was written by a newer one and is refused with MigrationError.
    """
    connections.create()
    with connections.reading() as db:
        _refuse_newer(db, steps, connections)
        if not steps.pending(db):
            return ()
    with connections.writing() as db:
        # Looked at again under the lock: another process may have been faster.
        names = tuple(step.name for step in steps.pending(db))
        for number, name in enumerate(names, start=1):
            try:
                steps.apply(db, stop_before=names[number : number + 1])
            except Exception as error:
                raise MigrationError(path=connections.path, name=name, why=str(error)) from error
    return names


def _refuse_newer(db: Database, steps: Migrations, connections: Connections) -> None:
    with Database(memory=True) as empty:
        known = {step.name for step in steps.pending(empty)}
    for applied in steps.applied(db):
        if applied.name not in known:
            raise MigrationError(path=connections.path, name=applied.name, why="newer")


@STEPS()
def m001_cases(db: Database) -> None:
    """Keep cases with their versions. A version that was published once keeps its text for ever.

    `public_version` is the version that the public sees; it may be older than the newest. The narrative repeats the texts of the
    document by language and section, so that SQL can look at one section of many cases.
    """
    db.executescript(
        """
        CREATE TABLE cases (
            id TEXT PRIMARY KEY,
            public_version INTEGER,
            created_at TEXT NOT NULL,
            FOREIGN KEY (id, public_version) REFERENCES versions (case_id, number) DEFERRABLE INITIALLY DEFERRED
        ) STRICT;
        CREATE TABLE versions (
            case_id TEXT NOT NULL REFERENCES cases (id),
            number INTEGER NOT NULL CHECK (number >= 1),
            state TEXT NOT NULL,
            content_hash TEXT NOT NULL,
            document TEXT NOT NULL CHECK (json_valid(document)),
            updated_at TEXT NOT NULL,
            published_at TEXT,
            PRIMARY KEY (case_id, number)
        ) STRICT;
        CREATE TABLE narrative (
            case_id TEXT NOT NULL,
            version INTEGER NOT NULL,
            lang TEXT NOT NULL,
            section TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (case_id, version, lang, section),
            FOREIGN KEY (case_id, version) REFERENCES versions (case_id, number)
        ) STRICT;
        CREATE VIEW public_versions AS
            SELECT versions.case_id, number, state, content_hash, document, created_at, updated_at, published_at
            FROM cases JOIN versions ON versions.case_id = cases.id AND versions.number = cases.public_version
            WHERE state IN ('published', 'archived');

        CREATE TRIGGER versions_keep_published_text
            BEFORE UPDATE OF case_id, number, content_hash, document, published_at ON versions WHEN OLD.published_at IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'a published version cannot be changed'); END;
        CREATE TRIGGER versions_keep_published
            BEFORE DELETE ON versions WHEN OLD.published_at IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'a published version cannot be deleted'); END;
        CREATE TRIGGER narrative_keeps_published_text
            BEFORE UPDATE ON narrative WHEN EXISTS (
                SELECT 1 FROM versions
                WHERE case_id = OLD.case_id AND number = OLD.version AND published_at IS NOT NULL)
            BEGIN SELECT RAISE(ABORT, 'a published version cannot be changed'); END;
        CREATE TRIGGER narrative_keeps_published
            BEFORE DELETE ON narrative WHEN EXISTS (
                SELECT 1 FROM versions
                WHERE case_id = OLD.case_id AND number = OLD.version AND published_at IS NOT NULL)
            BEGIN SELECT RAISE(ABORT, 'a published version cannot be deleted'); END;
        """
    )


@STEPS()
def m002_passages(db: Database) -> None:
    """Keep the passages of the public version of each case, with their sentences. AUTOINCREMENT never gives an id twice."""
    db.executescript(
        """
        CREATE TABLE passages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            case_id TEXT NOT NULL REFERENCES cases (id),
            lang TEXT NOT NULL,
            section TEXT NOT NULL,
            position INTEGER NOT NULL,
            text TEXT NOT NULL,
            context TEXT NOT NULL,
            text_hash TEXT NOT NULL
        ) STRICT;
        CREATE INDEX passages_by_case ON passages (case_id);
        CREATE TABLE sentences (
            passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            text TEXT NOT NULL,
            text_hash TEXT NOT NULL,
            PRIMARY KEY (passage_id, position)
        ) STRICT, WITHOUT ROWID;
        """
    )


@STEPS()
def m003_vectors(db: Database) -> None:
    """Keep raw vectors, float32 little-endian, by the hash of their text and the fingerprint of their model.

    With a row id on purpose: a vector fills a third of a page, and without one each would take a page of its own (measured: twice
    the file, four times the time).
    """
    db.executescript(
        """
        CREATE TABLE vectors (
            text_hash TEXT NOT NULL,
            model TEXT NOT NULL,
            vector BLOB NOT NULL CHECK (length(vector) % 4 = 0),
            PRIMARY KEY (text_hash, model)
        ) STRICT;
        """
    )


@STEPS()
def m004_audit(db: Database) -> None:
    """Keep an audit log that only grows. AUTOINCREMENT remembers how many entries there were, so that a cut tail shows."""
    db.executescript(
        """
        CREATE TABLE audit (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            case_id TEXT NOT NULL,
            version INTEGER NOT NULL,
            note TEXT NOT NULL,
            digest TEXT NOT NULL
        ) STRICT;
        CREATE INDEX audit_by_case ON audit (case_id);
        CREATE TRIGGER audit_keeps_entries
            BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
        CREATE TRIGGER audit_keeps_every_entry
            BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log cannot be shortened'); END;
        """
    )


@STEPS()
def m005_generation(db: Database) -> None:
    """Count the changes of public texts: the number that a search snapshot is compared with."""
    db.executescript(
        """
        CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO counters (name, value) VALUES ('generation', 0);
        """
    )


@STEPS()
def m006_submissions(db: Database) -> None:
    """Keep submissions with their remarks. What is written is JSON that need not be a case yet."""
    db.executescript(
        """
        CREATE TABLE submissions (
            id TEXT PRIMARY KEY,
            case_id TEXT,
            author TEXT NOT NULL,
            agency TEXT NOT NULL,
            state TEXT NOT NULL,
            revision INTEGER NOT NULL CHECK (revision >= 1),
            fields TEXT NOT NULL CHECK (json_valid(fields)),
            reviewed TEXT CHECK (reviewed IS NULL OR json_valid(reviewed)),
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            submitted_at TEXT,
            claimed_by TEXT,
            claimed_at TEXT,
            reviewed_by TEXT,
            reason TEXT,
            reason_text TEXT,
            survivor TEXT
        ) STRICT;
        CREATE INDEX submissions_by_state ON submissions (state);
        CREATE INDEX submissions_by_agency ON submissions (agency);
        CREATE TABLE remarks (
            submission_id TEXT NOT NULL REFERENCES submissions (id),
            number INTEGER NOT NULL,
            section TEXT,
            text TEXT NOT NULL,
            said_by TEXT NOT NULL,
            said_at TEXT NOT NULL,
            PRIMARY KEY (submission_id, number)
        ) STRICT;
        """
    )


@STEPS()
def m007_accounts(db: Database) -> None:
    """Keep who may sign in, and who is signed in. Of every secret only a hash is kept; accounts are disabled, never deleted.

    An audit entry may be about an account instead of a case. `folded` is the name of an agency in lower case: SQLite folds only
    ASCII. The key of sign-in attempts is a hash too: people type passwords into the field of the address.
    """
    db.executescript(
        """
        ALTER TABLE audit ADD COLUMN account_id TEXT NOT NULL DEFAULT '';
        CREATE TABLE agencies (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            folded TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE accounts (
            id TEXT PRIMARY KEY,
            email TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            agency_id TEXT REFERENCES agencies (id),
            scope TEXT NOT NULL CHECK (json_valid(scope)),
            disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
            password_hash TEXT,
            created_at TEXT NOT NULL,
            CHECK (role <> 'author' OR agency_id IS NOT NULL)
        ) STRICT;
        CREATE VIEW accounts_with_agency AS
            SELECT accounts.id, email, accounts.name, role, agency_id, agencies.name AS agency_name, scope, disabled, password_hash
            FROM accounts LEFT JOIN agencies ON agencies.id = agency_id;
        CREATE TABLE sessions (
            token_hash TEXT PRIMARY KEY,
            account_id TEXT NOT NULL REFERENCES accounts (id),
            created_at TEXT NOT NULL,
            last_seen_at TEXT NOT NULL,
            ends_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessions_by_account ON sessions (account_id);
        CREATE TABLE links (
            token_hash TEXT PRIMARY KEY,
            account_id TEXT NOT NULL REFERENCES accounts (id),
            purpose TEXT NOT NULL,
            expires_at TEXT NOT NULL,
            used_at TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX links_by_account ON links (account_id);
        CREATE TABLE sign_in_attempts (
            key TEXT PRIMARY KEY,
            failures INTEGER NOT NULL CHECK (failures >= 0),
            last_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
    )
