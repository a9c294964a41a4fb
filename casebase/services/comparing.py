"""Compares a case file that is not in the store with the cases that are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casebase.domain.case import CaseStudy
from casebase.errors import CaseFileError
from casebase.ingest.markdown import read_file
from casebase.ingest.passages import cut_passages
from casebase.services.searching import similar_to_text

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.domain.ports import CaseStore, Embedder
    from casebase.domain.query import SearchResult
    from casebase.services.indexing import LiveIndex


def compare_file(path: Path, *, limit: int, reader: str, store: CaseStore, index: LiveIndex, embedder: Embedder) -> SearchResult:
    """Return the cases like the one in the file; CaseFileError with every fault of a bad file."""
    reading = read_file(path, CaseStudy)
    if reading.document is None:
        raise CaseFileError(reading.faults, path=path)
    case = reading.document
    return similar_to_text(case.title, cut_passages(case), limit=limit, reader=reader, store=store, index=index, embedder=embedder)
