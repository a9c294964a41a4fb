"""Keeps the live search snapshot: loads it, compares it with the store, builds it anew, follows other processes."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.ports import no_progress
from casebase.errors import CasebaseError, IndexError_
from casebase.search.snapshot import Snapshot, build_snapshot

if TYPE_CHECKING:
    from casebase.domain.passage import PassageId
    from casebase.domain.ports import CaseStore, Embedder, Progress
    from casebase.search.snapshot_files import SnapshotFolder

log = logging.getLogger(__name__)

_BATCH = 64
"""Texts embedded between two writes: what is embedded survives a crash up to the last batch."""


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """How the snapshot on disk compares with the store. All well when `differences` is empty.

    A difference is a message key `index.<key>` with what fills it.
    """

    generation: int | None
    passages: int
    differences: tuple[tuple[str, dict[str, object]], ...]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    name: str
    passages: int
    embedded: int
    seconds: float


def embed_missing(store: CaseStore, embedder: Embedder, *, progress: Progress = no_progress) -> int:
    """Embed every public text that has no vector of this model yet, and return how many that were.

    Vectors are kept batch by batch, so an interruption costs one batch. Longest texts last: the estimate of the time left grows
    no worse.
    """
    missing = sorted(store.unembedded(model=embedder.fingerprint).items(), key=lambda item: len(item[1]))
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        vectors = embedder.embed_passages([text for _, text in batch])
        store.add_vectors({key: vector for (key, _), vector in zip(batch, vectors, strict=True)}, model=embedder.fingerprint)
        progress(start + len(batch), len(missing))
    return len(missing)


def make_snapshot(store: CaseStore, embedder: Embedder | None) -> Snapshot:
    """Build a snapshot of what is public now from stored vectors; of words alone where a vector is missing or none can be made."""
    generation = store.generation()
    passages = store.passages()
    cases = [stored.case for stored in store.public()]
    if embedder is None:
        return build_snapshot(passages, cases, generation=generation, vectors=None, model=None)
    kept = store.vectors((passage.hash for passage in passages), model=embedder.fingerprint)
    if any(passage.hash not in kept for passage in passages):
        return build_snapshot(passages, cases, generation=generation, vectors=None, model=None)
    vectors = np.stack([kept[passage.hash] for passage in passages]) if passages else np.zeros((0, embedder.dimension), np.float32)
    return build_snapshot(passages, cases, generation=generation, vectors=vectors, model=embedder.fingerprint)


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
            embedded = embed_missing(self._store, self._embedder, progress=progress) if self._embedder else 0
            snapshot = make_snapshot(self._store, self._embedder)
            name = self._folder.save(snapshot)
            self._snapshot, self._looked_at = snapshot, time.monotonic()
        return BuildReport(name, len(snapshot.passages.ids), embedded, time.perf_counter() - started)

    def refresh(self, *, progress: Progress = no_progress) -> BuildReport | None:
        """Build only if something differs from the store; return None when all was well."""
        if not self.check().differences and not (self._embedder and self._store.unembedded(model=self._embedder.fingerprint)):
            return None
        return self.build(progress=progress)

    def check(self) -> IndexHealth:
        """Compare the snapshot on disk with the store: generation, model, and the sets of passage ids."""
        try:
            snapshot = self._folder.load()
        except IndexError_ as error:
            return IndexHealth(None, 0, ((error.code.removeprefix("index."), dict(error.context)),))
        return IndexHealth(snapshot.generation, len(snapshot.passages.ids), tuple(self._differences(snapshot)))

    def wait(self) -> None:
        """Wait for a build in the background, if there is one."""
        if self._background is not None:
            self._background.join()

    def _differences(self, snapshot: Snapshot) -> list[tuple[str, dict[str, object]]]:
        found: list[tuple[str, dict[str, object]]] = []
        wanted = self._embedder.fingerprint if self._embedder else None
        if snapshot.model != wanted:
            found.append(("model", {"snapshot": snapshot.model or "–", "wanted": wanted or "–"}))
        if snapshot.generation != (now := self._store.generation()):
            found.append(("generation", {"snapshot": snapshot.generation, "store": now}))
        here = {int(number) for number in snapshot.passages.ids}
        there: set[PassageId] = {passage.id for passage in self._store.passages()}
        if missing := len(there - here):
            found.append(("passages_missing", {"count": missing}))
        if extra := len(here - there):
            found.append(("passages_extra", {"count": extra}))
        return found

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
        self._snapshot = loaded or make_snapshot(self._store, self._embedder)
        self._looked_at = time.monotonic()
        if loaded is None or self._differences(loaded):
            self._build_in_background()

    def _follow(self) -> None:
        self._looked_at = time.monotonic()
        if self._snapshot is None or self._store.generation() == self._snapshot.generation:
            return
        if self._building.locked():
            return
        newer = self._load()
        if newer and newer.generation == self._store.generation() and not self._differences(newer):
            self._snapshot = newer
        else:
            self._build_in_background()

    def _build_in_background(self) -> None:
        if self._background is not None and self._background.is_alive():
            return
        self._background = threading.Thread(target=self._build_quietly, name="casebase-index", daemon=True)
        self._background.start()

    def _build_quietly(self) -> None:
        try:
            report = self.build()
        except CasebaseError:
            log.exception("the search snapshot could not be built; the last good one goes on answering")
        else:
            log.info("built search snapshot %s: %d passages, %d texts embedded", report.name, report.passages, report.embedded)
