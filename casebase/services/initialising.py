"""Makes a fresh installation ready: database, model, starter cases, search snapshot. Running it again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casebase.domain.ports import no_progress
from casebase.services.importing import ImportReport, import_files

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.domain.ports import CaseStore, Clock, Progress
    from casebase.services.indexing import LiveIndex


@dataclass(frozen=True, slots=True)
class InitReport:
    """What `init` did. `changed` and `embedded` are 0 where everything was ready."""

    cases: int
    imported: ImportReport
    embedded: int
    built: bool

    @property
    def nothing_changed(self) -> bool:
        """Tell whether everything was ready before."""
        return not self.imported.changed and not self.built


def initialise(
    cases: Path,
    *,
    store: CaseStore,
    index: LiveIndex,
    clock: Clock,
    importing: Progress = no_progress,
    embedding: Progress = no_progress,
) -> InitReport:
    """Import the folder of cases and bring the snapshot up to date. A folder that is not there imports nothing."""
    imported = import_files([cases] if cases.is_dir() else [], store=store, clock=clock, progress=importing)
    build = index.refresh(progress=embedding)
    return InitReport(len(store.public()), imported, build.embedded if build else 0, build is not None)
