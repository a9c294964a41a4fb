"""What is written about public cases and into the audit log, in a transaction of the caller: one place for all stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from casebase.domain.case import CaseId, State, StoredCase
from casebase.domain.passage import PassageId
from casebase.domain.ports import Published
from casebase.errors import CaseNotFoundError
from casebase.storage import audit, rows
from casebase.storage.publishing import PUBLIC_STATES, Action, Plan, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

    from casebase.domain.case import CaseStudy
    from casebase.domain.passage import Passage, Sentence
    from casebase.storage.audit import AuditRow, Deed


def publish(db: Database, case: CaseStudy, passages: Sequence[Passage], deed: Deed, *, path: Path) -> Published:
    """Make the case public as its next version, with its passages and its entry in the log; see the port `CaseStore`."""
    case_id = CaseId(case.id)
    standing = _standing(db, case_id, path=path)
    todo = plan(case, passages, standing=standing, old=rows.passages_of(db, case_id, path=path))
    if standing and todo.action is None:
        return Published(standing, changed=False)
    if standing is None or todo.action is Action.PUBLISH:
        standing = _add_version(db, case, now=deed.at.astimezone(UTC))
    _replace_passages(db, todo)
    log(db, case_id, standing.version, replace(deed, action=str(todo.action)), path=path)
    _next_generation(db, path=path)
    return Published(standing, changed=True)


def move(db: Database, case_id: CaseId, decide: Callable[[StoredCase], State], deed: Deed, *, path: Path) -> StoredCase:
    """Give the version that the public sees, or saw, the state that `decide` says; see the port `CaseStore`."""
    standing = _standing(db, case_id, path=path)
    if standing is None:
        raise CaseNotFoundError(id=case_id)
    state = decide(standing)
    at = deed.at.astimezone(UTC)
    db.execute(
        "UPDATE versions SET state = ?, updated_at = ? WHERE case_id = ? AND number = ?",
        [state.value, at.isoformat(), case_id, standing.version],
    )
    if state not in PUBLIC_STATES:
        db.execute("DELETE FROM passages WHERE case_id = ?", [case_id])
        _forget_unused_vectors(db)
    log(db, case_id, standing.version, deed, path=path)
    _next_generation(db, path=path)
    return standing.model_copy(update={"state": state, "updated_at": at})


def log(db: Database, case_id: str, version: int, deed: Deed, *, path: Path) -> None:
    """Append an entry about a case to the audit log."""
    _append(db, audit.next_row(_last(db, path=path), deed, case_id=case_id, version=version))


def log_account(db: Database, account_id: str, deed: Deed, *, path: Path) -> None:
    """Append an entry about an account to the audit log."""
    _append(db, audit.next_row(_last(db, path=path), deed, account_id=account_id))


def _last(db: Database, *, path: Path) -> AuditRow | None:
    """Return the last entry; nobody can add one before the caller's, because writers hold the lock of the database."""
    row = next(db.query("SELECT * FROM audit WHERE number = (SELECT max(number) FROM audit)"), None)
    return rows.audit_row(row, path=path) if row else None


def _append(db: Database, row: AuditRow) -> None:
    db.execute(
        """
        INSERT INTO audit (number, at, actor, action, case_id, version, account_id, note, digest)
        VALUES (:number, :at, :actor, :action, :case_id, :version, :account_id, :note, :digest)
        """,
        dict(row),
    )


def _next_generation(db: Database, *, path: Path) -> None:
    """Tell every search snapshot that it is old."""
    counted = "UPDATE counters SET value = value + 1 WHERE name = 'generation' RETURNING value"
    rows.generation(db.execute(counted).fetchone(), path=path)


def _forget_unused_vectors(db: Database) -> None:
    """Delete the vectors of texts that no passage or sentence has any more: a vector tells much of its text."""
    db.execute(
        """
        DELETE FROM vectors WHERE text_hash NOT IN (SELECT text_hash FROM passages UNION SELECT text_hash FROM sentences)
        """
    )


def _standing(db: Database, case_id: CaseId, *, path: Path) -> StoredCase | None:
    """Return the version that the public sees, or saw until the case was removed."""
    sql = """
        SELECT versions.*, created_at FROM cases
        JOIN versions ON case_id = cases.id AND number = public_version WHERE cases.id = ?
    """
    return next((rows.stored_case(row, path=path) for row in db.query(sql, [case_id])), None)


def _add_version(db: Database, case: CaseStudy, *, now: datetime) -> StoredCase:
    at = now.isoformat()
    number = int(db.execute("SELECT ifnull(max(number), 0) + 1 FROM versions WHERE case_id = ?", [case.id]).fetchone()[0])
    db.execute(
        """
        INSERT INTO cases (id, public_version, created_at) VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET public_version = excluded.public_version
        """,
        [case.id, number, at],
    )
    db.execute(
        """
        INSERT INTO versions (case_id, number, state, content_hash, document, updated_at, published_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [case.id, number, State.PUBLISHED.value, case.content_hash, case.model_dump_json(exclude_defaults=True), at, at],
    )
    narratives = [(case.lang, case.sections), *((translation.lang, translation.sections) for translation in case.translations)]
    db.conn.executemany(
        "INSERT INTO narrative (case_id, version, lang, section, text) VALUES (?, ?, ?, ?, ?)",
        [
            (case.id, number, lang, section.value, text)
            for lang, narrative in narratives
            for section, text in narrative.items()
            if text
        ],
    )
    (created_at,) = db.execute("SELECT created_at FROM cases WHERE id = ?", [case.id]).fetchone()
    return StoredCase(
        case=case,
        version=number,
        state=State.PUBLISHED,
        content_hash=case.content_hash,
        created_at=created_at,
        updated_at=now,
        published_at=now,
    )


def _replace_passages(db: Database, todo: Plan) -> None:
    db.execute("DELETE FROM passages WHERE id IN (SELECT value FROM json_each(?))", [rows.json_array(todo.deleted)])
    db.execute("DELETE FROM sentences WHERE passage_id IN (SELECT value FROM json_each(?))", [rows.json_array(todo.resentenced)])
    for passage in todo.passages:
        if not passage.id:
            _add_sentences(db, _add_passage(db, passage), passage.sentences)
        elif passage.id in todo.resentenced:
            _add_sentences(db, passage.id, passage.sentences)


def _add_passage(db: Database, passage: Passage) -> PassageId:
    cursor = db.execute(
        "INSERT INTO passages (case_id, lang, section, position, text, context, text_hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            passage.case_id,
            passage.lang,
            passage.section.value,
            passage.position,
            passage.text,
            passage.context,
            passage.hash,
        ],
    )
    return PassageId(cursor.lastrowid or 0)


def _add_sentences(db: Database, passage_id: PassageId, sentences: Sequence[Sentence]) -> None:
    db.conn.executemany(
        "INSERT INTO sentences (passage_id, position, text, text_hash) VALUES (?, ?, ?, ?)",
        [(passage_id, position, sentence.text, sentence.hash) for position, sentence in enumerate(sentences)],
    )
