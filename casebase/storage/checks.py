"""What can be wrong inside a database that opens: each finding a fault, none an exception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casebase.domain.case import CaseStudy
from casebase.domain.fault import Fault
from casebase.errors import DatabaseCorruptError
from casebase.storage import audit, rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database
else:
    from sqlite_utils.utils import sqlite3


def faults(db: Database, *, path: Path) -> list[Fault]:
    """Return every fault of the database, by kind; empty when all is well. Reads the whole file.

    `storage.integrity` (detail), `storage.foreign_key` (table, row, parent), `storage.audit_broken` (number) and
    `storage.version_hash` (case_id, version).
    """
    # A damaged text must fail its hash, not stop the reading.
    db.conn.text_factory = lambda value: value.decode(errors="replace")
    found = list(_integrity(db))
    try:
        found.extend([*_foreign_keys(db), *_audit(db, path=path), *_versions(db)])
    except (sqlite3.DatabaseError, DatabaseCorruptError):
        # Where the pages are damaged, rows cannot be read; that much has been said already.
        if not found:
            raise
    return found


def _integrity(db: Database) -> Iterator[Fault]:
    for (line,) in db.execute("PRAGMA integrity_check").fetchall():
        if line != "ok":
            yield Fault("storage.integrity", context={"detail": line})


def _foreign_keys(db: Database) -> Iterator[Fault]:
    for table, row, parent, _ in db.execute("PRAGMA foreign_key_check").fetchall():
        yield Fault("storage.foreign_key", context={"table": table, "row": row, "parent": parent})


def _audit(db: Database, *, path: Path) -> Iterator[Fault]:
    (written,) = db.execute("SELECT CAST(ifnull(max(seq), 0) AS INTEGER) FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    entries = (rows.audit_row(row, path=path) for row in db.query("SELECT * FROM audit ORDER BY number"))
    number = audit.broken_link(entries, written=written)
    if number is not None:
        yield Fault("storage.audit_broken", context={"number": number})


def _versions(db: Database) -> Iterator[Fault]:
    for row in db.query("SELECT case_id, number, content_hash, document FROM versions ORDER BY case_id, number"):
        if _content_hash(row["document"]) != row["content_hash"]:
            yield Fault("storage.version_hash", context={"case_id": row["case_id"], "version": row["number"]})


def _content_hash(document: str) -> str | None:
    """Return the hash of the case that the document holds, or None when it holds none."""
    try:
        return CaseStudy.model_validate_json(document).content_hash
    except ValueError:
        return None
