"""Measures search against judged queries: over the library itself, or over a data set in BEIR layout in a throw-away index."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from casebase.domain.case import CaseId, Section
from casebase.domain.passage import Passage, PassageId
from casebase.domain.ports import no_progress
from casebase.domain.query import Mode, SearchQuery
from casebase.errors import DatasetError
from casebase.ingest.language import nearest_known_language
from casebase.ingest.passages import split_section
from casebase.search.engine import rank
from casebase.search.evaluation import DEPTH, Answer, JudgedQuery, report
from casebase.search.fusion import verdict
from casebase.search.query_language import query_language
from casebase.search.snapshot import Snapshot, build_snapshot
from casebase.services.searching import search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from casebase.domain.ports import CaseStore, Embedder, Progress
    from casebase.services.indexing import LiveIndex

Row = TypeVar("Row")


def _rows(path: Path, read: Callable[[dict[str, Any]], Row]) -> Iterator[Row]:
    """Read JSON lines; DatasetError with the number of the first line that does not fit."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    try:
                        yield read(json.loads(line))
                    except (ValueError, KeyError, TypeError, AttributeError) as error:
                        raise DatasetError(path=path, line=number, why=f"{type(error).__name__}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(path=path, line=0, why=str(error)) from error


def read_judged(path: Path) -> list[JudgedQuery]:
    """Read lines `{"id", "lang", "style", "text", "relevant": {case_id: grade}}`, perhaps `half`; DatasetError for a wrong line."""
    return list(
        _rows(
            path,
            lambda row: JudgedQuery(
                str(row["id"]),
                str(row["lang"]),
                str(row["style"]),
                str(row["text"]),
                {str(case_id): int(grade) for case_id, grade in row["relevant"].items()},
                str(row.get("half", "")),
            ),
        )
    )


def evaluate_queries(
    judged: Sequence[JudgedQuery],
    *,
    store: CaseStore,
    index: LiveIndex,
    embedder: Embedder | None,
    mode: Mode = Mode.HYBRID,
    progress: Progress = no_progress,
) -> dict[str, object]:
    """Run the judged queries through the very search that people use, reasons included, and return the report."""
    answers = []
    for number, query in enumerate(judged, 1):
        found = search(SearchQuery(query.text, limit=DEPTH, mode=mode), store=store, index=index, embedder=embedder)
        answers.append(Answer(query, tuple(hit.case_id for hit in found.hits), found.took_ms, found.verdict.value))
        progress(number, len(judged))
    return report(answers)


def evaluate_dataset(
    folder: Path, *, embedder: Embedder, mode: Mode = Mode.HYBRID, progress: Progress = no_progress
) -> dict[str, object]:
    """Run a BEIR folder (corpus.jsonl, queries.jsonl, qrels/test.tsv) through the same pipeline, and return the report.

    Every document counts as a case of its own, in the language detected. The index is thrown away. `progress` counts passages.
    """
    from time import perf_counter

    snapshot = _index_corpus(folder, embedder, progress)
    answers = []
    for judged in _read_beir_queries(folder):
        started = perf_counter()
        ranking = rank(SearchQuery(judged.text, limit=DEPTH, mode=mode), snapshot, embedder)
        took = (perf_counter() - started) * 1000
        scores = [ranked.score for ranked in ranking.cases]
        answers.append(Answer(judged, tuple(ranked.case_id for ranked in ranking.cases), took, verdict(scores, ranking.mode).value))
    return report(answers)


def _index_corpus(folder: Path, embedder: Embedder, progress: Progress) -> Snapshot:
    documents = _rows(
        folder / "corpus.jsonl",
        lambda row: (CaseId(str(row["_id"])), _encodable(row.get("title")), _encodable(row.get("text"))),
    )
    passages: list[Passage] = []
    for document, title, text in documents:
        lang = nearest_known_language(f"{title}\n{text}")
        parts = split_section(text) or [title]
        passages += [Passage(document, lang, Section.PROBLEM, place, part, context=title) for place, part in enumerate(parts)]
    passages = [replace(passage, id=PassageId(number)) for number, passage in enumerate(passages, 1)]
    vectors = embedder.embed_passages([passage.full_text for passage in passages], progress=progress)
    return build_snapshot(passages, [], generation=0, vectors=np.asarray(vectors, np.float32), model=embedder.fingerprint)


def _encodable(text: object) -> str:
    """Return a field as text, with lone surrogates, which no UTF-8 can hold, as question marks."""
    return str(text or "").encode("utf-8", errors="replace").decode("utf-8")


def _qrels(path: Path) -> Iterator[tuple[str, str, int]]:
    """Read query, document and grade of each line; the first line may be a heading. DatasetError names a line that does not fit."""
    number = 0
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                cells = line.split("\t")
                if line.strip() and (number > 1 or cells[-1].strip().lstrip("-").isdigit()):
                    yield cells[0], cells[1], int(cells[2])
    except (OSError, ValueError, IndexError) as error:
        raise DatasetError(path=path, line=number, why=str(error)) from error


def _read_beir_queries(folder: Path) -> list[JudgedQuery]:
    grades: dict[str, dict[str, int]] = {}
    for query, document, grade in _qrels(folder / "qrels" / "test.tsv"):
        grades.setdefault(query, {})[document] = grade
    queries = _rows(folder / "queries.jsonl", lambda row: (str(row["_id"]), str(row["text"]), row))
    return [
        JudgedQuery(number, str(row.get("lang") or query_language(text)), str(row.get("style") or "question"), text, grades[number])
        for number, text, row in queries
        if number in grades
    ]
