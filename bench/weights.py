"""Prints the curve behind `WORDS_WEIGHT` and `WORDS_POWER`: quality on the tuning half of golden.jsonl and its twins.

`python bench/weights.py [--write]` puts it into docs/search.md. Needs a library that `casebase init` has made ready.
"""

from __future__ import annotations

import sys
from functools import cache, partial
from typing import TYPE_CHECKING
from unittest.mock import patch

from measuring import GOLDEN, SEARCH_PAGE, markdown, put

from casebase.bootstrap import installed
from casebase.search import engine, fusion
from casebase.search.evaluation import select
from casebase.services.evaluating import evaluate_queries, read_judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casebase.domain.ports import Vectors

WEIGHTS = (0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 3.0)
POWERS = (1.0, 1.5, 2.0)


class Remembering:
    """The embedder in use, asked once per query."""

    def __init__(self) -> None:
        self._embedder = installed().embedder
        self.fingerprint, self.dimension = self._embedder.fingerprint, self._embedder.dimension
        self._embed = cache(self._embedder.embed_queries)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of the queries."""
        return self._embed(tuple(texts))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of passages."""
        return self._embedder.embed_passages(texts)


def main() -> None:
    """Search all queries with each weight and power; print one row a weight."""
    services, embedder = installed(), Remembering()
    judged = select(read_judged(GOLDEN), half="tune", twins=True)
    rows = []
    for weight in WEIGHTS:
        row = [f"{weight:g}"]
        for power in POWERS:
            with patch.object(engine, "fuse", partial(fusion.fuse, weight=weight, power=power)):
                measured = evaluate_queries(judged, store=services.store, index=services.index, embedder=embedder)
            row.append(f"{measured['ndcg@10']:.3f} / {measured['success@1']:.3f}")
        rows.append(row)
    table = markdown(["weight", *(f"power {power:g}" for power in POWERS)], rows)
    print(table)
    if "--write" in sys.argv:
        put(SEARCH_PAGE, "weights", table)


if __name__ == "__main__":
    main()
