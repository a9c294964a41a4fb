"""Builds everything from the settings: the only place where adapters are made."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from casebase.config import Settings
from casebase.domain.sign_in import SessionLimits
from casebase.ingest.documents.sandbox import DocumentLimits
from casebase.search.embedders import open_embedder
from casebase.search.model.prepare import NAME, inspect, prepare
from casebase.search.snapshot_files import SnapshotFolder
from casebase.services import comparing, searching
from casebase.services.accounts import Accounts
from casebase.services.indexing import LiveIndex
from casebase.services.mapping import SolutionMap
from casebase.services.passwords import Passwords
from casebase.storage.accounts import SqliteAccountStore
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from casebase.domain.case import CaseId, CaseStudy
    from casebase.domain.likeness import Compared
    from casebase.domain.ports import CaseStore, Clock, Embedder
    from casebase.domain.query import SearchQuery, SearchResult
    from casebase.search.model.prepare import StageProgress


def configure_logging(settings: Settings) -> None:
    """Log to stderr: ours from the level of the settings on, others' warnings."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("casebase").setLevel(settings.log_level)


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
    map: SolutionMap
    accounts: Accounts
    clock: Clock

    def search(self, query: SearchQuery) -> SearchResult:
        """Return the comparable cases."""
        return searching.search(query, store=self.store, index=self.index, embedder=self.embedder)

    def readiness(self) -> dict[str, object]:
        """Tell whether searches are answered by meaning now, and from what. Opens the index, never the model."""
        snapshot = self.index.current()
        by_meaning = snapshot.model == self.embedder.fingerprint
        cases = len(snapshot.passages.cases)
        return {"ready": by_meaning, "generation": snapshot.generation, "cases": cases, "model": snapshot.model}

    def similar(self, case_id: CaseId, *, limit: int, reader: str) -> SearchResult:
        """Return the cases like a case."""
        return searching.similar(case_id, limit=limit, reader=reader, store=self.store, index=self.index)

    def compare(self, case: CaseStudy, *, limit: int, reader: str, without: CaseId | None = None) -> Compared:
        """Return the cases like a story that is not public yet, and whether one of them tells the same."""
        return comparing.compare(
            case, limit=limit, reader=reader, without=without, store=self.store, index=self.index, embedder=self.embedder
        )


def build(
    settings: Settings, *, store: CaseStore | None = None, embedder: Embedder | None = None, clock: Clock = system_clock
) -> Services:
    """Wire an installation; a store or an embedder that is handed in is taken as it is.

    Brings the database up to date, unless a store is handed in: accounts then work only where there is a database already. Loads
    neither the model nor the index: both wait for the first search.
    """
    connections = Connections(settings.database)
    if store is None:
        migrate(connections)
        store = SqliteCaseStore(connections)
    embedder = embedder or configured_embedder(settings)
    index = LiveIndex(store, SnapshotFolder(settings.indexes), embedder, follow_seconds=settings.follow_seconds)
    accounts = _accounts(settings, connections, clock)
    return Services(settings, store, embedder, index, SolutionMap(store, index), accounts, clock)


def open_accounts(settings: Settings) -> Accounts:
    """Wire the accounts alone, which need neither model nor index. Brings the database up to date."""
    connections = Connections(settings.database)
    migrate(connections)
    return _accounts(settings, connections, system_clock)


def _accounts(settings: Settings, connections: Connections, clock: Clock) -> Accounts:
    limits = SessionLimits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))
    return Accounts(SqliteAccountStore(connections), Passwords(), clock, limits)


def configured_embedder(settings: Settings) -> Embedder:
    """Return the engine and model of the settings, without a store; see `open_embedder` for what it raises."""
    return open_embedder(
        engine=settings.engine,
        model=settings.model,
        models_folder=settings.models,
        device=settings.device,
        threads=settings.threads,
    )


@cache
def installed_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()


_wiring = Lock()


@cache
def _installed() -> Services:
    configure_logging(installed_settings())
    return build(installed_settings())


def installed() -> Services:
    """Return the services of this process, wired once: what the pages and the routes share.

    The lock keeps two first visitors from wiring two of them, each with a model of its own.
    """
    with _wiring:
        return _installed()


def document_limits(settings: Settings) -> DocumentLimits:
    """Return what reading one uploaded document may take."""
    return DocumentLimits(
        seconds=settings.document_seconds,
        megabytes=settings.document_megabytes,
        memory_megabytes=settings.document_memory_megabytes,
    )


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
    embedder = configured_embedder(settings)
    return facts | {"fingerprint": embedder.fingerprint, "dimension": embedder.dimension}
