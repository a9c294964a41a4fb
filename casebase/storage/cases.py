"""The case store on disk: one SQLite file, the only truth; everything else can be rebuilt from it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.case import CaseId, State, StoredCase
from casebase.domain.passage import PassageId
from casebase.domain.ports import Published
from casebase.storage import audit, rows
from casebase.storage.checks import faults
from casebase.storage.publishing import Action, Plan, plan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from casebase.domain.case import CaseStudy
    from casebase.domain.fault import Fault
    from casebase.domain.passage import Passage, Sentence
    from casebase.domain.ports import AuditEntry, Vectors
    from casebase.storage.connections import Connections


class SqliteCaseStore:
    """A `CaseStore` in the database of `connections`, which `migrate` has brought up to date.

    Safe to share between threads and processes: every operation has a connection of its own. A read is one query, however many
    cases it asks for.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._path = connections.path

    def generation(self) -> int:
        """Return the number that grows by one whenever a public text changes."""
        with self._connections.reading() as db:
            found = db.execute("SELECT value FROM counters WHERE name = 'generation'").fetchone()
            return rows.generation(found, path=self._path)

    def publish(self, case: CaseStudy, passages: Sequence[Passage], *, actor: str, now: datetime, note: str = "") -> Published:
        """Make the case public as its next version, with its passages; see the port.

        `created_at` of the result is when the case first came to the store; the other times belong to the version.
        """
        case_id = CaseId(case.id)
        with self._connections.writing() as db:
            standing = self._standing(db, case_id)
            todo = plan(case, passages, standing=standing, old=rows.passages_of(db, case_id, path=self._path))
            if standing and todo.action is None:
                return Published(standing, changed=False)
            if standing is None or todo.action is Action.PUBLISH:
                standing = _add_version(db, case, now=now.astimezone(UTC))
            _replace_passages(db, todo)
            self._log(db, standing, action=str(todo.action), actor=actor, now=now, note=note)
            next_generation = "UPDATE counters SET value = value + 1 WHERE name = 'generation' RETURNING value"
            rows.generation(db.execute(next_generation).fetchone(), path=self._path)
        return Published(standing, changed=True)

    def get(self, case_id: CaseId) -> StoredCase | None:
        """Return the public version of a case, or None."""
        return self.get_many([case_id]).get(case_id)

    def get_many(self, case_ids: Collection[CaseId]) -> dict[CaseId, StoredCase]:
        """Return the public versions of the cases that exist, in the order asked."""
        sql = """
            SELECT found.* FROM json_each(?) AS asked
            JOIN public_versions AS found ON found.case_id = asked.value ORDER BY asked.key
        """
        with self._connections.reading() as db:
            found = [rows.stored_case(row, path=self._path) for row in db.query(sql, [rows.json_array(case_ids)])]
        return {CaseId(stored.case.id): stored for stored in found}

    def version(self, case_id: CaseId, number: int) -> StoredCase | None:
        """Return one version of a case, whatever its state, or None."""
        sql = """
            SELECT versions.*, created_at FROM json_each(?) AS asked
            JOIN cases ON cases.id = asked.value JOIN versions ON case_id = cases.id AND number = ?
        """
        with self._connections.reading() as db:
            found = db.query(sql, [rows.json_array([case_id]), number])
            return next((rows.stored_case(row, path=self._path) for row in found), None)

    def public(self) -> list[StoredCase]:
        """Return every public case, in order of id."""
        with self._connections.reading() as db:
            found = db.query("SELECT * FROM public_versions ORDER BY case_id")
            return [rows.stored_case(row, path=self._path) for row in found]

    def passages(self) -> list[Passage]:
        """Return the passages of every public case, in order of id, without their sentences."""
        sql = "SELECT * FROM passages WHERE case_id IN (SELECT case_id FROM public_versions) ORDER BY id"
        with self._connections.reading() as db:
            return [rows.passage(row, path=self._path) for row in db.query(sql)]

    def sentences(self, passage_ids: Collection[PassageId]) -> dict[PassageId, tuple[Sentence, ...]]:
        """Return the sentences of the passages that exist."""
        with self._connections.reading() as db:
            return rows.sentences_of(db, passage_ids)

    def vectors(self, hashes: Iterable[str], *, model: str) -> dict[str, Vectors]:
        """Return the raw vectors that are kept for these text hashes and this model fingerprint.

        Each has shape (dimension,) and is read-only.
        """
        sql = "SELECT text_hash, vector FROM json_each(?) AS asked JOIN vectors ON text_hash = asked.value AND model = ?"
        with self._connections.reading() as db:
            found = db.query(sql, [rows.json_array(hashes), model])
            return {row["text_hash"]: rows.vector(row, path=self._path) for row in found}

    def unembedded(self, *, model: str) -> dict[str, str]:
        """Return, by hash, the texts (full passages, sentences) of public cases that have no vector of this model yet."""
        sql = """
            WITH public AS (SELECT * FROM passages WHERE case_id IN (SELECT case_id FROM public_versions)),
            texts (text_hash, text) AS (
                SELECT text_hash, CASE context WHEN '' THEN text ELSE context || char(10) || text END FROM public
                UNION SELECT sentences.text_hash, sentences.text FROM sentences JOIN public ON public.id = passage_id
            )
            SELECT text_hash, text FROM texts WHERE NOT EXISTS (
                SELECT 1 FROM vectors WHERE vectors.text_hash = texts.text_hash AND vectors.model = ?
            )
        """
        with self._connections.reading() as db:
            return {row["text_hash"]: row["text"] for row in db.query(sql, [model])}

    def add_vectors(self, vectors: Mapping[str, Vectors], *, model: str) -> None:
        """Keep raw vectors by text hash; one that is kept already stays. One transaction, and one flush, for all of them."""
        sql = "INSERT INTO vectors (text_hash, model, vector) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        with self._connections.writing() as db:
            db.conn.executemany(
                sql, ((text_hash, model, np.asarray(vector, rows.VECTOR).tobytes()) for text_hash, vector in vectors.items())
            )

    def history(self, case_id: CaseId | None = None) -> list[AuditEntry]:
        """Return the audit log, oldest first; of one case when it is named."""
        everything = "SELECT * FROM audit ORDER BY number"
        of_case = "SELECT * FROM audit WHERE case_id IN (SELECT value FROM json_each(?)) ORDER BY number"
        with self._connections.reading() as db:
            found = db.query(everything) if case_id is None else db.query(of_case, [rows.json_array([case_id])])
            return [rows.audit_entry(row, path=self._path) for row in found]

    def check(self) -> list[Fault]:
        """Return what is wrong inside the database (see `checks.faults`); empty when all is well. Reads all of it."""
        with self._connections.reading() as db:
            return faults(db, path=self._path)

    def _standing(self, db: Database, case_id: CaseId) -> StoredCase | None:
        """Return the version that the public sees, or saw until the case was removed."""
        sql = """
            SELECT versions.*, created_at FROM cases
            JOIN versions ON case_id = cases.id AND number = public_version WHERE cases.id = ?
        """
        return next((rows.stored_case(row, path=self._path) for row in db.query(sql, [case_id])), None)

    def _log(self, db: Database, stored: StoredCase, *, action: str, actor: str, now: datetime, note: str) -> None:
        last = next(db.query("SELECT * FROM audit WHERE number = (SELECT max(number) FROM audit)"), None)
        row = audit.next_row(
            rows.audit_row(last, path=self._path) if last else None,
            at=now,
            actor=actor,
            action=action,
            case_id=CaseId(stored.case.id),
            version=stored.version,
            note=note,
        )
        db.execute(
            """
            INSERT INTO audit (number, at, actor, action, case_id, version, note, digest)
            VALUES (:number, :at, :actor, :action, :case_id, :version, :note, :digest)
            """,
            dict(row),
        )


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
