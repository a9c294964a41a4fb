"""A case store in memory, with the same contract as the one on disk: for tests, and for evaluations that leave nothing behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.case import CaseId, State, StoredCase
from casebase.domain.passage import PassageId
from casebase.domain.ports import AuditEntry, Published
from casebase.errors import CaseNotFoundError
from casebase.storage import audit
from casebase.storage.publishing import PUBLIC_STATES, Action, Plan, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from casebase.domain.case import CaseStudy
    from casebase.domain.fault import Fault
    from casebase.domain.passage import Passage, Sentence
    from casebase.domain.ports import Vectors


class MemoryCaseStore:
    """A `CaseStore` that lives as long as the object. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._versions: dict[CaseId, list[StoredCase]] = {}
        self._passages: dict[PassageId, Passage] = {}
        self._last_passage = 0
        self._vectors: dict[tuple[str, str], Vectors] = {}
        self._audit: list[audit.AuditRow] = []
        self._generation = 0

    def generation(self) -> int:
        """Return the number that grows by one whenever a public text changes."""
        return self._generation

    def publish(self, case: CaseStudy, passages: Sequence[Passage], *, actor: str, now: datetime, note: str = "") -> Published:
        """Make the case public as its next version, with its passages; see the port."""
        case_id = CaseId(case.id)
        with self._lock:
            versions = self._versions.get(case_id, [])
            standing = versions[-1] if versions else None
            old = [passage for passage in self._passages.values() if passage.case_id == case_id]
            todo = plan(case, passages, standing=standing, old=old)
            if standing and todo.action is None:
                return Published(standing, changed=False)
            if standing is None or todo.action is Action.PUBLISH:
                standing = self._add_version(case, now=now.astimezone(UTC))
            self._replace_passages(todo)
            self._log(standing, action=str(todo.action), actor=actor, now=now, note=note)
            self._generation += 1
            return Published(standing, changed=True)

    def move(
        self, case_id: CaseId, decide: Callable[[StoredCase], State], *, actor: str, action: str, now: datetime, note: str = ""
    ) -> StoredCase:
        """Give the version that the public sees, or saw, the state that `decide` says; see the port."""
        with self._lock:
            versions = self._versions.get(case_id)
            if not versions:
                raise CaseNotFoundError(id=case_id)
            state = decide(versions[-1])
            versions[-1] = versions[-1].model_copy(update={"state": state, "updated_at": now.astimezone(UTC)})
            if state not in PUBLIC_STATES:
                self._forget_passages(case_id)
            self._log(versions[-1], action=action, actor=actor, now=now, note=note)
            self._generation += 1
            return versions[-1]

    def get(self, case_id: CaseId) -> StoredCase | None:
        """Return the public version of a case, or None."""
        with self._lock:
            versions = self._versions.get(case_id)
            return versions[-1] if versions and versions[-1].state in PUBLIC_STATES else None

    def get_many(self, case_ids: Collection[CaseId]) -> dict[CaseId, StoredCase]:
        """Return the public versions of the cases that exist, in the order asked."""
        with self._lock:
            return {case_id: stored for case_id in case_ids if (stored := self.get(case_id))}

    def version(self, case_id: CaseId, number: int) -> StoredCase | None:
        """Return one version of a case, whatever its state, or None."""
        with self._lock:
            return next((stored for stored in self._versions.get(case_id, ()) if stored.version == number), None)

    def public(self) -> list[StoredCase]:
        """Return every public case, in order of id."""
        with self._lock:
            return list(self.get_many(sorted(self._versions)).values())

    def passages(self) -> list[Passage]:
        """Return the passages of every public case, in order of id, without their sentences."""
        with self._lock:
            return [replace(passage, sentences=()) for _, passage in sorted(self._passages.items()) if self.get(passage.case_id)]

    def sentences(self, passage_ids: Collection[PassageId]) -> dict[PassageId, tuple[Sentence, ...]]:
        """Return the sentences of the passages that exist."""
        with self._lock:
            return {id_: self._passages[id_].sentences for id_ in passage_ids if id_ in self._passages}

    def vectors(self, hashes: Iterable[str], *, model: str) -> dict[str, Vectors]:
        """Return the raw vectors that are kept for these text hashes and this model fingerprint; each has shape (dimension,)."""
        with self._lock:
            return {text: self._vectors[text, model] for text in hashes if (text, model) in self._vectors}

    def unembedded(self, *, model: str) -> dict[str, str]:
        """Return, by hash, the texts (full passages, sentences) of public cases that have no vector of this model yet."""
        with self._lock:
            public = [passage for passage in self._passages.values() if self.get(passage.case_id)]
            texts = {passage.hash: passage.full_text for passage in public}
            texts |= {sentence.hash: sentence.text for passage in public for sentence in passage.sentences}
            return {text_hash: text for text_hash, text in texts.items() if (text_hash, model) not in self._vectors}

    def add_vectors(self, vectors: Mapping[str, Vectors], *, model: str) -> None:
        """Keep raw vectors by text hash; one that is kept already stays."""
        with self._lock:
            for text, vector in vectors.items():
                kept = np.array(vector, dtype=np.float32)
                kept.setflags(write=False)
                self._vectors.setdefault((text, model), kept)

    def history(self, case_id: CaseId | None = None) -> list[AuditEntry]:
        """Return the audit log, oldest first; of one case when it is named."""
        with self._lock:
            return [audit.to_entry(row) for row in self._audit if case_id in (None, row["case_id"])]

    def check(self) -> list[Fault]:
        """Return nothing: no file, so nothing that can be damaged."""
        return []

    def _add_version(self, case: CaseStudy, *, now: datetime) -> StoredCase:
        versions = self._versions.setdefault(CaseId(case.id), [])
        stored = StoredCase(
            case=case,
            version=len(versions) + 1,
            state=State.PUBLISHED,
            content_hash=case.content_hash,
            created_at=versions[0].created_at if versions else now,
            updated_at=now,
            published_at=now,
        )
        versions.append(stored)
        return stored

    def _forget_passages(self, case_id: CaseId) -> None:
        self._passages = {id_: passage for id_, passage in self._passages.items() if passage.case_id != case_id}
        used = {passage.hash for passage in self._passages.values()}
        used |= {sentence.hash for passage in self._passages.values() for sentence in passage.sentences}
        self._vectors = {key: vector for key, vector in self._vectors.items() if key[0] in used}

    def _replace_passages(self, todo: Plan) -> None:
        for id_ in todo.deleted:
            del self._passages[id_]
        for passage in todo.passages:
            if not passage.id:
                self._last_passage += 1
            id_ = passage.id or PassageId(self._last_passage)
            self._passages[id_] = replace(passage, id=id_)

    def _log(self, stored: StoredCase, *, action: str, actor: str, now: datetime, note: str) -> None:
        previous = self._audit[-1] if self._audit else None
        self._audit.append(
            audit.next_row(
                previous,
                audit.Deed(action, actor, now, note),
                case_id=stored.case.id,
                version=stored.version,
            )
        )
