"""Compares a story that is not public yet with the cases that are: what is like it, and whether it is told already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casebase.domain.case import CaseStudy
from casebase.domain.likeness import Compared, Likeness
from casebase.errors import CaseFileError
from casebase.ingest.markdown import read_file, read_folder
from casebase.ingest.passages import cut_passages
from casebase.search.likeness import fingerprint, resemblance
from casebase.services.searching import similar_to_text

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.domain.case import CaseId
    from casebase.domain.ports import CaseStore, Embedder
    from casebase.search.likeness import Fingerprint
    from casebase.services.indexing import LiveIndex

_LOOKED_AT = 10
"""So many of the nearest cases are compared word for word, however few are asked for."""


def compare(
    case: CaseStudy,
    *,
    limit: int,
    reader: str,
    store: CaseStore,
    index: LiveIndex,
    embedder: Embedder,
    without: CaseId | None = None,
) -> Compared:
    """Return the public cases like a story, nearest first but for those that tell the same, which come before all others.

    `without` is the case that the story is a new version of. Embeds the story's passages: about half a second for a long one.
    """
    passages = cut_passages(case)
    wanted = max(limit, _LOOKED_AT) + (without is not None)
    found = similar_to_text(case.title, passages, limit=wanted, reader=reader, store=store, index=index, embedder=embedder)
    own = fingerprint(passage.text for passage in passages)
    pairs = [
        (hit, resemblance(own, _fingerprint(hit.case), meaning=hit.score if found.by_meaning else None))
        for hit in found.hits
        if hit.case_id != without
    ]
    pairs = sorted(pairs, key=lambda pair: pair[1].likeness is not Likeness.DUPLICATE)[:limit]
    result = replace(found, query=replace(found.query, limit=limit), hits=tuple(hit for hit, _ in pairs))
    return Compared(result, tuple(one for _, one in pairs))


def _fingerprint(case: CaseStudy) -> Fingerprint:
    return fingerprint(passage.text for passage in cut_passages(case))


def read_story(path: Path) -> CaseStudy:
    """Return the case in a file; CaseFileError with every fault of a bad one."""
    reading = read_file(path, CaseStudy)
    if reading.document is None:
        raise CaseFileError(reading.faults, path=path)
    return reading.document


def read_story_with_translations(path: Path) -> CaseStudy:
    """Return the case in a file with the translations that lie beside it; CaseFileError with every fault of any of them."""
    reading = read_folder([path, *path.parent.glob(f"{path.stem}.*.md")])
    if reading.faults or len(reading.cases) != 1:
        raise CaseFileError(reading.faults, path=path)
    return reading.cases[0]
