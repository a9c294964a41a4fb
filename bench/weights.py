"""Prints the curve behind `LEXICAL_WEIGHT`: quality on judged queries for each weight, `python bench/weights.py [QUERIES.jsonl]`.

Needs a library that `casebase init` has made ready.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from casebase.bootstrap import installed
from casebase.domain.query import Mode, SearchQuery
from casebase.search import engine, fusion
from casebase.search.evaluation import DEPTH, Answer, report
from casebase.services.evaluating import read_judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casebase.domain.ports import Vectors

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2)


class Remembering:
    """The embedder in use, asked once per query."""

    def __init__(self) -> None:
        self._embedder = installed().embedder
        self._vectors: dict[tuple[str, ...], Vectors] = {}
        self.fingerprint, self.dimension = self._embedder.fingerprint, self._embedder.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of the queries."""
        if (key := tuple(texts)) not in self._vectors:
            self._vectors[key] = self._embedder.embed_queries(texts)
        return self._vectors[key]


def main() -> None:
    """Rank all queries with each weight and print a row for it."""
    judged = read_judged(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests" / "relevance" / "starter.jsonl")
    snapshot, embedder = installed().index.current(), Remembering()
    styles = sorted({query.style for query in judged if query.relevant})
    table = Table("weight", "nDCG@10", "success@1", *styles)
    for weight in WEIGHTS:
        fusion.fuse.__kwdefaults__["weight"] = weight
        answers = []
        for query in judged:
            ranking = engine.rank(SearchQuery(query.text, limit=DEPTH, mode=Mode.HYBRID), snapshot, embedder)
            verdict = fusion.verdict([case.score for case in ranking.cases], ranking.mode)
            answers.append(Answer(query, tuple(case.case_id for case in ranking.cases), 0, verdict.value))
        measured = report(answers)
        by_style = measured["by_style"]
        table.add_row(
            str(weight),
            f"{measured['ndcg@10']:.3f}",
            f"{measured['success@1']:.3f}",
            *(f"{by_style[s]['ndcg@10']:.3f}" for s in styles),
        )
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
