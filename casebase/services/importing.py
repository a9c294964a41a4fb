"""Brings case files into the store, and tells everything that is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casebase.domain.ports import no_progress
from casebase.errors import ConflictError
from casebase.ingest.markdown import FolderReading, read_folder
from casebase.ingest.passages import cut_passages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from casebase.domain.fault import Fault
    from casebase.domain.ports import CaseStore, Clock, Progress

IMPORTER = "import"
"""Who the audit log names for an import from the command line."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: ids of new or changed cases, how many were there already, and the faults of what was left out."""

    changed: tuple[str, ...]
    unchanged: int
    removed_before: tuple[str, ...]
    faults: tuple[Fault, ...]


def import_files(paths: Iterable[Path], *, store: CaseStore, clock: Clock, progress: Progress = no_progress) -> ImportReport:
    """Publish the good case files among the paths; one that is public as it stands changes nothing.

    A bad file never stops the others. A case that was removed is not brought back: its id stays taken.
    """
    reading = read_folder(paths)
    changed, removed = [], []
    for number, case in enumerate(reading.cases, 1):
        try:
            if store.publish(case, cut_passages(case), actor=IMPORTER, now=clock()).changed:
                changed.append(case.id)
        except ConflictError:
            removed.append(case.id)
        progress(number, len(reading.cases))
    unchanged = len(reading.cases) - len(changed) - len(removed)
    return ImportReport(tuple(changed), unchanged, tuple(removed), reading.faults)


def validate_files(paths: Iterable[Path]) -> FolderReading:
    """Read case files and change nothing: the good cases, and every fault of the others."""
    return read_folder(paths)
