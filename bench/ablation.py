"""Prints what each part of the search gives: quality with the part left out, on the tuning half of golden.jsonl and its twins.

Needs a library that `casebase init` has made ready: `python bench/ablation.py [HALF]`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import numpy as np
from measuring import GOLDEN
from rich.console import Console
from rich.table import Table

from casebase.bootstrap import installed
from casebase.domain.case import Section
from casebase.search import centring, engine, evidence, fusion, understanding
from casebase.search.evaluation import select
from casebase.services.evaluating import evaluate_queries, read_judged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from casebase.domain.query import SearchQuery
    from casebase.search.snapshot import Snapshot

STYLES = ("need", "need-no-marks", "keyword", "abbreviation", "english", "french-spanish", "lessons", "colloquial")


def _without_step(name: str) -> Any:  # noqa: ANN401 - what patch returns
    return patch.object(understanding, "STEPS", tuple(step for step in understanding.STEPS if step.__name__ != name))


def _without_useful_when(query: SearchQuery, snapshot: Snapshot, allowed_cases: NDArray[np.bool_]) -> NDArray[np.bool_]:
    del query
    return np.asarray(allowed_cases[snapshot.passages.case_numbers] & ~snapshot.passages.in_section(Section.USEFUL_WHEN), np.bool_)


PARTS: Mapping[str, Any] = {
    "everything": patch.object(fusion, "__name__", fusion.__name__),
    "no marks restored": _without_step("restore_marks"),
    "no abbreviations": _without_step("expand_abbreviations"),
    "no spelling": _without_step("mend_spelling"),
    "no typed keys": _without_step("decode_keys"),
    "no glossary": patch.object(evidence, "translate", lambda *_args, **_more: {}),
    "no evidence carried": patch.object(engine, "carried", lambda words, *_rest: words),
    "queries centred like passages": patch.object(centring, "QUERY_SHARE", 0.0),
    "provinces sought like words": _without_step("name_places"),
    'no lines "useful when"': patch.object(engine, "_allowed_passages", _without_useful_when),
    "meaning alone": patch.object(engine, "fuse", lambda meaning, _words: meaning),
}


def main(half: str = "tune") -> None:
    """Print one row a part."""
    services, judged = installed(), select(read_judged(GOLDEN), half=half, twins=True)
    table = Table("", "nDCG@10", "first right", *STYLES)
    for name, without in PARTS.items():
        with without:
            report = evaluate_queries(judged, store=services.store, index=services.index, embedder=services.embedder)
        styles = cast("dict[str, dict[str, float]]", report["by_style"])
        row = [report["ndcg@10"], report["success@1"], *(styles[style]["ndcg@10"] for style in STYLES)]
        table.add_row(name, *(f"{value:.3f}" for value in row))
    Console(width=200).print(table)


if __name__ == "__main__":
    main(*sys.argv[1:])
