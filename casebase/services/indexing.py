"""Keeps the live search snapshot: loads it, compares it with the store, builds it anew, follows other processes."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from casebase.domain.ports import no_progress
from casebase.errors import IndexError_
from casebase.search.snapshot import Snapshot, build_snapshot, passage_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from casebase.domain.case import CaseStudy
    from casebase.domain.passage import Passage
    from casebase.domain.ports import CaseStore, Embedder, Progress, Vectors
    from casebase.search.snapshot_files import SnapshotFolder

log = logging.getLogger(__name__)

Difference: TypeAlias = tuple[str, dict[str, object]]
"""A message key `index.<key>` with what fills it."""

RETRY_SECONDS = 30.0
"""How long a failed build is left alone."""
_BATCH = 64
"""Texts embedded between two writes: what is embedded survives a crash up to the last batch."""


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """How the snapshot on disk compares with the store. All well when `differences` is empty."""

    generation: int | None
    passages: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    name: str
    passages: int
    embedded: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PublicTexts:
    """What was public when it was read. The generation is read first: whatever comes later makes the snapshot an old one."""

    generation: int
    passages: Sequence[Passage]
    cases: Sequence[CaseStudy]

    @classmethod
    def read(cls, store: CaseStore) -> PublicTexts:
        """Read all that a snapshot is built from."""
        return cls(store.generation(), store.passages(), [stored.case for stored in store.public()])


def embed_missing(
    store: CaseStore, embedder: Embedder, passages: Sequence[Passage] = (), *, progress: Progress = no_progress
) -> int:
    """Embed every public text that has no vector of this model yet, and each of `passages`, and return how many that were.

    Vectors are kept batch by batch, so an interruption costs one batch. Longest texts last: the estimate of the time left grows
    no worse.
    """
    model = embedder.fingerprint
    kept = store.vectors((passage.hash for passage in passages), model=model)
    texts = {passage.hash: passage.full_text for passage in passages if passage.hash not in kept}
    missing = sorted((store.unembedded(model=model) | texts).items(), key=lambda item: len(item[1]))
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        vectors = embedder.embed_passages([text for _, text in batch])
        store.add_vectors({key: vector for (key, _), vector in zip(batch, vectors, strict=True)}, model=model)
        progress(start + len(batch), len(missing))
    return len(missing)


def make_snapshot(public: PublicTexts, store: CaseStore, embedder: Embedder | None) -> Snapshot:
    """Build a snapshot from stored vectors; of words alone where a vector is missing or none can be made."""
    model = embedder.fingerprint if embedder else None
    return build_snapshot(
        public.passages, public.cases, generation=public.generation, vectors=_kept_vectors(public, store, embedder), model=model
    )


def _kept_vectors(public: PublicTexts, store: CaseStore, embedder: Embedder | None) -> Vectors | None:
    """Return the raw vectors of the passages (n, d), or None where one is missing."""
    if embedder is None:
        return None
    kept = store.vectors((passage.hash for passage in public.passages), model=embedder.fingerprint)
    if any(passage.hash not in kept for passage in public.passages):
        return None
    return np.stack([kept[passage.hash] for passage in public.passages]) if kept else np.zeros((0, embedder.dimension), np.float32)


class LiveIndex:
    """The snapshot that answers now. Readers take it in one reference; a new one replaces it by one assignment."""

    def __init__(self, store: CaseStore, folder: SnapshotFolder, embedder: Embedder | None, *, follow_seconds: float = 1.0) -> None:
        self._store = store
        self._folder = folder
        self._embedder = embedder
        self._follow_seconds = follow_seconds
        self._snapshot: Snapshot | None = None
        self._looked_at = 0.0
        self._building = threading.Lock()
        self._opening = threading.Lock()
        self._background: threading.Thread | None = None
        self.loads = 0
        """How often a snapshot was read from disk: what shows that a page's rerun reads none."""

    def current(self) -> Snapshot:
        """Return the live snapshot. Looks at the store's generation at most once in `follow_seconds`; otherwise costs nothing.

        The first call opens the last good snapshot. A stale one goes on answering while a new one is built in the background.
        """
        if self._snapshot is None:
            with self._opening:
                if self._snapshot is None:
                    self._open()
        elif time.monotonic() - self._looked_at >= self._follow_seconds:
            self._follow()
        assert self._snapshot is not None  # noqa: S101 - _open always leaves one
        return self._snapshot

    def build(self, *, progress: Progress = no_progress) -> BuildReport:
        """Embed what is missing, build a snapshot of what is public now, write it, make it live. One build at a time."""
        started = time.perf_counter()
        with self._building:
            public = PublicTexts.read(self._store)
            embedded = embed_missing(self._store, self._embedder, public.passages, progress=progress) if self._embedder else 0
            snapshot = make_snapshot(public, self._store, self._embedder)
            name = self._folder.save(snapshot)
            self._snapshot, self._looked_at = snapshot, time.monotonic()
        return BuildReport(name, len(snapshot.passages.ids), embedded, time.perf_counter() - started)

    def refresh(self, *, progress: Progress = no_progress) -> BuildReport | None:
        """Build only if something differs from the store; return None when all was well."""
        if not self.check().differences and not (self._embedder and self._store.unembedded(model=self._embedder.fingerprint)):
            return None
        return self.build(progress=progress)

    def check(self) -> IndexHealth:
        """Compare the snapshot on disk with the store: generation, model, the sets of passage ids, and what each passage says."""
        try:
            snapshot = self._folder.load()
        except IndexError_ as error:
            return IndexHealth(None, 0, ((error.code.removeprefix("index."), dict(error.context)),))
        return IndexHealth(snapshot.generation, len(snapshot.passages.ids), tuple(self._differences(snapshot)))

    def wait(self) -> None:
        """Wait for a build in the background, if there is one."""
        if self._background is not None:
            self._background.join()

    def _differences(self, snapshot: Snapshot) -> list[Difference]:
        found: list[Difference] = []
        wanted = self._embedder.fingerprint if self._embedder else None
        if snapshot.model != wanted:
            found.append(("model", {"snapshot": snapshot.model or "–", "wanted": wanted or "–"}))
        if snapshot.generation != (now := self._store.generation()):
            found.append(("generation", {"snapshot": snapshot.generation, "store": now}))
        here = dict(zip(snapshot.passages.ids.tolist(), snapshot.passages.digests.tolist(), strict=True))
        there = {int(passage.id): passage_digest(passage) for passage in self._store.passages()}
        return found + _passage_differences(here, there)

    def _load(self) -> Snapshot | None:
        try:
            self.loads += 1
            return self._folder.load()
        except IndexError_ as error:
            log.warning("search snapshot not usable (%s), building it from the database", error)
            return None

    def _open(self) -> None:
        """Take the last good snapshot; without one, build one from what is stored, which needs no embedding."""
        loaded = self._load()
        differences = self._differences(loaded) if loaded else []
        if any(key == "passages_changed" for key, _ in differences):
            # A passage never changes under its id, so this is no old snapshot of ours but a foreign one: it may not answer at all.
            log.warning("search snapshot not usable (of other passages), building it from the database")
            loaded = None
        self._snapshot = loaded or make_snapshot(PublicTexts.read(self._store), self._store, self._embedder)
        self._looked_at = time.monotonic()
        if loaded is None or differences:
            self._in_background(self._build_and_log)

    def _follow(self) -> None:
        """Look at the store's generation; where it has changed, catch up in the background: no search ever waits for a disk."""
        self._looked_at = time.monotonic()
        if self._snapshot is None or self._store.generation() == self._snapshot.generation or self._building.locked():
            return
        self._in_background(self._catch_up)

    def _catch_up(self) -> None:
        """Take the snapshot that another process has written for this generation, or build it."""
        newer = self._load()
        if newer and newer.generation == self._store.generation() and not self._differences(newer):
            self._snapshot = newer
        else:
            self._build_and_log()

    def _build_and_log(self) -> None:
        report = self.build()
        log.info("built search snapshot %s: %d passages, %d texts embedded", report.name, report.passages, report.embedded)

    def _in_background(self, work: Callable[[], None]) -> None:
        if self._background is not None and self._background.is_alive():
            return
        self._background = threading.Thread(target=self._quietly, args=(work,), name="casebase-index", daemon=True)
        self._background.start()

    def _quietly(self, work: Callable[[], None]) -> None:
        """Do the work; whatever fails is logged here, for nobody else sees what happens in this thread, and tried again later."""
        try:
            work()
        except Exception:
            log.exception("the search snapshot could not be built; the last good one goes on answering")
            self._looked_at = time.monotonic() + RETRY_SECONDS


def _passage_differences(here: Mapping[int, int], there: Mapping[int, int]) -> list[Difference]:
    """Compare the digests of passages by id: `here` in the snapshot, `there` in the store."""
    counts = {
        "passages_missing": len(there.keys() - here.keys()),
        "passages_extra": len(here.keys() - there.keys()),
        "passages_changed": sum(here[number] != there[number] for number in here.keys() & there.keys()),
    }
    return [(key, {"count": count}) for key, count in counts.items() if count]
