"""The case store on disk: one SQLite file, the only truth; everything else can be rebuilt from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.case import CaseId
from casebase.storage import rows, writing
from casebase.storage.audit import Deed
from casebase.storage.checks import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from casebase.domain.case import CaseStudy, State, StoredCase
    from casebase.domain.fault import Fault
    from casebase.domain.passage import Passage, PassageId, Sentence
    from casebase.domain.ports import AuditEntry, Published, Vectors
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
        with self._connections.writing() as db:
            return writing.publish(db, case, passages, Deed("publish", actor, now, note), path=self._path)

    def move(
        self, case_id: CaseId, decide: Callable[[StoredCase], State], *, actor: str, action: str, now: datetime, note: str = ""
    ) -> StoredCase:
        """Give the version that the public sees the state that `decide` says; see the port."""
        with self._connections.writing() as db:
            return writing.move(db, case_id, decide, Deed(action, actor, now, note), path=self._path)

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
