"""Builds everything from the settings: the only place where adapters are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from casebase.search.embedders import open_embedder
from casebase.search.model.prepare import NAME, inspect, prepare
from casebase.search.snapshot_files import SnapshotFolder
from casebase.services import searching
from casebase.services.indexing import LiveIndex
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from casebase.config import Settings
    from casebase.domain.case import CaseId
    from casebase.domain.ports import CaseStore, Clock, Embedder
    from casebase.domain.query import SearchQuery, SearchResult
    from casebase.search.model.prepare import StageProgress


def system_clock() -> datetime:
    """Return now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """The adapters of one installation, wired."""

    settings: Settings
    store: CaseStore
    embedder: Embedder
    index: LiveIndex
    clock: Clock

    def search(self, query: SearchQuery) -> SearchResult:
        """Return the comparable cases."""
        return searching.search(query, store=self.store, index=self.index, embedder=self.embedder)

    def similar(self, case_id: CaseId, *, limit: int, reader: str) -> SearchResult:
        """Return the cases like a case."""
        return searching.similar(case_id, limit=limit, reader=reader, store=self.store, index=self.index)


def build(settings: Settings, *, store: CaseStore | None = None, embedder: Embedder | None = None) -> Services:
    """Wire an installation; a store or an embedder that is handed in is taken as it is. Brings the database up to date.

    Loads neither the model nor the index: both wait for the first search.
    """
    if store is None:
        settings.database.parent.mkdir(parents=True, exist_ok=True)
        connections = Connections(settings.database)
        migrate(connections)
        store = SqliteCaseStore(connections)
    if embedder is None:
        embedder = open_embedder(
            engine=settings.engine,
            model=settings.model,
            models_folder=settings.models,
            device=settings.device,
            threads=settings.threads,
        )
    index = LiveIndex(store, SnapshotFolder(settings.indexes), embedder, follow_seconds=settings.follow_seconds)
    return Services(settings, store, embedder, index, system_clock)


def prepare_model(settings: Settings, *, progress: StageProgress) -> None:
    """Make the model that comes with Casebase, if that is the one in use and it is not there yet.

    A model of the user's own is left alone: `build` says so if it cannot be had.
    """
    if settings.engine != "hashing" and settings.model == NAME:
        prepare(settings.models / NAME, progress=progress)


def describe_model(settings: Settings) -> dict[str, object]:
    """Return what is known about the model in use, by name, for people and for `--json`."""
    facts: dict[str, object] = {"engine": settings.engine, "model": settings.model}
    if settings.model == NAME and settings.engine != "hashing":
        info = inspect(settings.models / NAME)
        return facts | {
            "folder": str(settings.models / NAME),
            "fingerprint": info.fingerprint,
            "dimension": info.dimension,
            "max_tokens": info.max_tokens,
            "licence": info.licence,
            "weights": f"{info.package} {info.version}",
        }
    embedder = open_embedder(engine=settings.engine, model=settings.model, models_folder=settings.models, device=settings.device)
    return facts | {"fingerprint": embedder.fingerprint, "dimension": embedder.dimension}
