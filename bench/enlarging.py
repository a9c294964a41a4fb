"""A library as large as one likes: the real one, then copies of it with their words shuffled and their vectors perturbed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.case import CaseId
from casebase.domain.passage import PassageId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from casebase.bootstrap import Services
    from casebase.domain.case import CaseStudy, StoredCase
    from casebase.domain.passage import Passage, Sentence
    from casebase.domain.ports import CaseStore, Vectors
    from casebase.search.snapshot import Snapshot

NOISE = 0.02
"""Standard deviation added to each coordinate of a copied vector of length one."""


class Fixed:
    """A snapshot where an index is expected."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def current(self) -> Snapshot:
        """Return it."""
        return self._snapshot


class EnlargedStore:
    """As much of a `CaseStore` as a search reads, over the real store: what a copy says is what its original says.

    Passage ids count from 1 through the originals, then through their first copies, and so on.
    """

    def __init__(self, store: CaseStore, count: int) -> None:
        self._store = store
        self._originals = [passage.id for passage in store.passages()]
        rounds = range(-(-count // len(self._originals)))
        self._original_of = {copied(stored.case.id, round_): stored for stored in store.public() for round_ in rounds}

    def get_many(self, case_ids: Collection[CaseId]) -> dict[CaseId, StoredCase]:
        """Return the cases asked for."""
        found = ((case_id, self._original_of[case_id]) for case_id in case_ids)
        return {case_id: stored.model_copy(update={"case": _copied_case(stored.case, case_id)}) for case_id, stored in found}

    def sentences(self, passage_ids: Collection[PassageId]) -> dict[PassageId, tuple[Sentence, ...]]:
        """Return the sentences of the passages asked for."""
        originals = {id_: self._originals[(id_ - 1) % len(self._originals)] for id_ in passage_ids}
        sentences = self._store.sentences(list(set(originals.values())))
        return {id_: sentences[original] for id_, original in originals.items()}

    def vectors(self, hashes: Iterable[str], *, model: str) -> Mapping[str, Vectors]:
        """Return the vectors of sentences."""
        return self._store.vectors(hashes, model=model)

    def cases(self) -> list[CaseStudy]:
        """Return every case."""
        return [_copied_case(stored.case, case_id) for case_id, stored in self._original_of.items()]


@dataclass(frozen=True, slots=True)
class Enlarged:
    """What a snapshot of many passages is built from."""

    passages: Sequence[Passage]
    vectors: Vectors
    store: EnlargedStore


def copied(case_id: str, round_: int) -> CaseId:
    """Return the id of a copy of a case; round 0 is the case itself."""
    return CaseId(f"{case_id[:70]}-copy-{round_}" if round_ else case_id)


def _copied_case(case: CaseStudy, case_id: CaseId) -> CaseStudy:
    return case.model_copy(update={"id": case_id, "translations": ()})


def enlarge(services: Services, count: int) -> Enlarged:
    """Return so many passages with their vectors (count, d): the first are the library's own, the others its copies."""
    random = np.random.default_rng(0)
    originals = services.store.passages()
    kept = services.store.vectors((passage.hash for passage in originals), model=services.embedder.fingerprint)
    raw = np.stack([kept[passage.hash] for passage in originals])
    passages = [_copy(originals[number % len(originals)], number, len(originals), random) for number in range(count)]
    vectors = raw[np.arange(count) % len(originals)]
    for start in range(len(originals), count, len(originals)):
        vectors[start : start + len(originals)] += random.normal(0, NOISE, vectors[start : start + len(originals)].shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Enlarged(passages, vectors, EnlargedStore(services.store, count))


def _copy(passage: Passage, number: int, originals: int, random: np.random.Generator) -> Passage:
    round_ = number // originals
    words = random.permutation(passage.text.split()) if round_ else (passage.text,)
    return replace(passage, id=PassageId(number + 1), case_id=copied(passage.case_id, round_), text=" ".join(words))
