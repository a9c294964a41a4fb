"""How rows become cases, passages, sentences and accounts. A row that makes no sense is damage: DatabaseCorruptError says which."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from casebase.domain.account import Account, AccountId, Agency, AgencyId, Scope
from casebase.domain.case import CaseId, CaseStudy, Section, StoredCase
from casebase.domain.passage import Passage, PassageId, Sentence
from casebase.domain.sign_in import Attempts, Link, LinkPurpose, Session
from casebase.domain.workflow import Role
from casebase.errors import AccountError, DatabaseCorruptError
from casebase.storage import audit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlite_utils import Database

    from casebase.domain.ports import AuditEntry, Vectors

Row: TypeAlias = dict[str, Any]

VECTOR = np.dtype("<f4")
"""How a vector's numbers are stored, whatever the machine."""


def json_array(values: Iterable[str | int]) -> str:
    """Return the values as JSON for `json_each(?)`: one parameter however many there are.

    Text leaves as ASCII, so that even an id that is not valid Unicode finds nothing instead of failing.
    """
    return json.dumps(list(values))


def generation(found: Sequence[int] | None, *, path: Path) -> int:
    """Return the generation of its row in `counters`."""
    if found is None:
        raise DatabaseCorruptError(path=path, why="no generation")
    return int(found[0])


@lru_cache(maxsize=512)
def _case(document: str) -> CaseStudy:
    """Return the case of a document. A case is immutable and its document never changes, so the latest ones are kept."""
    return CaseStudy.model_validate_json(document)


def stored_case(row: Row, *, path: Path) -> StoredCase:
    """Return the case of a row of `public_versions`, or of `versions` with the `created_at` of its case."""
    with _sense(row, ("case_id", "number"), path=path):
        return StoredCase(
            case=_case(row["document"]),
            version=row["number"],
            state=row["state"],
            content_hash=row["content_hash"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            published_at=row["published_at"],
        )


def passage(row: Row, *, path: Path, sentences: tuple[Sentence, ...] = ()) -> Passage:
    """Return the passage of a row of `passages`."""
    with _sense(row, ("id",), path=path):
        return Passage(
            case_id=CaseId(row["case_id"]),
            lang=row["lang"],
            section=Section(row["section"]),
            position=row["position"],
            text=row["text"],
            context=row["context"],
            sentences=sentences,
            id=PassageId(row["id"]),
        )


def vector(row: Row, *, path: Path) -> Vectors:
    """Return the vector, shape (dimension,), of a row of `vectors`. It is read-only."""
    with _sense(row, ("text_hash",), path=path):
        return np.frombuffer(row["vector"], VECTOR).astype(np.float32, copy=False)


def audit_row(row: Row, *, path: Path) -> audit.AuditRow:
    """Return a row of `audit` with its fields named for the type checker."""
    with _sense(row, ("number",), path=path):
        return audit.AuditRow(
            number=row["number"],
            at=row["at"],
            actor=row["actor"],
            action=row["action"],
            case_id=row["case_id"],
            version=row["version"],
            account_id=row["account_id"],
            note=row["note"],
            digest=row["digest"],
        )


def audit_entry(row: Row, *, path: Path) -> AuditEntry:
    """Return the entry of a row of `audit`."""
    with _sense(row, ("number",), path=path):
        return audit.to_entry(audit_row(row, path=path))


def account(row: Row, *, path: Path) -> Account:
    """Return the account of a row of `accounts_with_agency`."""
    with _sense(row, ("id",), path=path):
        scope = json.loads(row["scope"])
        return Account(
            id=AccountId(row["id"]),
            email=row["email"],
            name=row["name"],
            role=Role(row["role"]),
            agency=Agency(AgencyId(row["agency_id"]), row["agency_name"]) if row["agency_id"] else None,
            scope=Scope(tuple(scope["sectors"]), tuple(scope["places"])),
            disabled=bool(row["disabled"]),
        )


def scope_json(scope: Scope) -> str:
    """Return a scope as `account` reads it back."""
    return json.dumps({"sectors": scope.sectors, "places": scope.places}, ensure_ascii=False)


def session(row: Row, *, path: Path) -> Session:
    """Return the session of a row of `sessions`."""
    with _sense(row, ("account_id",), path=path):
        created_at, last_seen_at, ends_at = (
            datetime.fromisoformat(row[column]) for column in ("created_at", "last_seen_at", "ends_at")
        )
        return Session(AccountId(row["account_id"]), created_at, last_seen_at, ends_at)


def link(row: Row, *, path: Path) -> Link:
    """Return the link of a row of `links`."""
    with _sense(row, ("account_id",), path=path):
        return Link(
            token_hash=row["token_hash"],
            account_id=AccountId(row["account_id"]),
            purpose=LinkPurpose(row["purpose"]),
            expires_at=datetime.fromisoformat(row["expires_at"]),
            used_at=datetime.fromisoformat(row["used_at"]) if row["used_at"] else None,
        )


def attempts(row: Row, *, path: Path) -> Attempts:
    """Return the failures of a row of `sign_in_attempts`."""
    with _sense(row, ("key",), path=path):
        return Attempts(row["failures"], datetime.fromisoformat(row["last_at"]))


@contextmanager
def _sense(row: Row, key: tuple[str, ...], *, path: Path) -> Iterator[None]:
    """Turn what a damaged row raises into an error that names the row by its key."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AccountError) as error:
        name = ", ".join(f"{column} {row.get(column)}" for column in key)
        raise DatabaseCorruptError(path=path, why=name) from error


def sentences_of(db: Database, passage_ids: Iterable[PassageId]) -> dict[PassageId, tuple[Sentence, ...]]:
    """Return the sentences of the passages that exist, in their order; one query."""
    sql = """
        SELECT passages.id, sentences.text FROM json_each(?) AS asked
        JOIN passages ON passages.id = asked.value LEFT JOIN sentences ON passage_id = passages.id
        ORDER BY asked.key, sentences.position
    """
    found: dict[PassageId, list[Sentence]] = {}
    for id_, text in db.execute(sql, [json_array(dict.fromkeys(passage_ids))]):
        sentences = found.setdefault(PassageId(id_), [])
        if text is not None:
            sentences.append(Sentence(text))
    return {id_: tuple(sentences) for id_, sentences in found.items()}


def passages_of(db: Database, case_id: CaseId, *, path: Path) -> list[Passage]:
    """Return the passages of a case with their sentences, in order of id; two queries."""
    rows = list(db.query("SELECT * FROM passages WHERE case_id = ? ORDER BY id", [case_id]))
    sentences = sentences_of(db, [PassageId(row["id"]) for row in rows])
    return [passage(row, path=path, sentences=sentences[PassageId(row["id"])]) for row in rows]
