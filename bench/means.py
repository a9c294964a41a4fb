"""Writes casebase/search/means.npz: what vectors of a language have in common, from the library and half of golden.jsonl (tune).

Needs a library that `casebase init` has made ready: `python bench/means.py`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from casebase.bootstrap import installed
from casebase.search.query_language import LANGUAGES
from casebase.services.evaluating import read_judged

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "casebase" / "search" / "means.npz"
LEANING = 10
"""How many queries of its own the mean of all queries counts as beside those of a language."""


def main() -> None:
    """Embed the queries, read the vectors of the passages, and write the means of both."""
    services = installed()
    assert services.embedder
    model = services.embedder.fingerprint
    passages = services.store.passages()
    stored = services.store.vectors([passage.hash for passage in passages], model=model)
    queries = [query for query in read_judged(ROOT / "tests" / "relevance" / "golden.jsonl") if query.half == "tune"]
    vectors = services.embedder.embed_queries([query.text for query in queries])
    means = {}
    for lang in LANGUAGES:
        means[f"passages-{lang}"] = np.mean([stored[passage.hash] for passage in passages if passage.lang == lang], axis=0)
        own = vectors[[query.lang == lang for query in queries]]
        means[f"queries-{lang}"] = (own.sum(axis=0) + LEANING * vectors.mean(axis=0)) / (len(own) + LEANING)
    np.savez_compressed(TARGET, model=np.array(model), **{name: mean.astype(np.float16) for name, mean in means.items()})


if __name__ == "__main__":
    main()
