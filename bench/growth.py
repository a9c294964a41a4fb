"""Measures what happens as the library grows: `make bench-growth`, or `python bench/growth.py [--sizes 1000 10000 …] [--write]`.

The first passages are the library's own, the others copies of it (`bench/enlarging.py`). Every size is built in one process and
searched in another, so that time to load and memory are its own; the vectors of each size are then searched exactly, by inverted
lists and by a graph. `--write` puts the tables into docs/search.md. Needs a library that `casebase init` has made ready. Up to
100,000 passages take two minutes; for 500,000 have 15 GB of memory free (an estimate).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from enlarging import EnlargedStore, Fixed, enlarge
from measuring import (
    GOLDEN,
    SEARCH_PAGE,
    busy_elsewhere,
    machine,
    markdown,
    megabytes_on_disk,
    percentiles,
    put,
    remark_on,
    resident_megabytes,
)

from casebase.bootstrap import installed
from casebase.domain.query import SearchQuery
from casebase.search.engine import centred_query
from casebase.search.snapshot import build_snapshot
from casebase.search.snapshot_files import SnapshotFolder
from casebase.search.understanding import understand
from casebase.search.vectors import BREADTH, LISTS_FROM
from casebase.services import searching
from casebase.services.evaluating import read_judged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from casebase.domain.ports import Vectors

SIZES = (1_000, 10_000, 100_000, 500_000)
NEAREST = 100
BREADTHS: Mapping[str, Sequence[int]] = {"exact": (0,), "IVF": (8, 16, 32, 64, 128, 256), "HNSW": (100, 200, 400, 800, 1600)}
"""Kinds of index, with how many lists, or nodes of the graph, a search may look at: the first that reaches `ENOUGH` is taken."""
ENOUGH = 0.98
LINKS, BUILD_BREADTH = 32, 80
"""Of the graph: neighbours of a vector, and how many nodes are looked at to find them."""
SNAPSHOT, VECTORS, QUERIES, NEIGHBOURS = "snapshot", "vectors.npy", "queries.npy", "neighbours.npy"

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Grown:
    """What was measured at one size: the whole search, and the vectors alone by kind of index."""

    size: int
    search: Figures
    vectors: Mapping[str, Figures]
    busy: float
    """The largest share of all cores that other processes were seen to take."""


def build(folder: Path, size: int) -> Figures:
    """Build and write a snapshot of so many passages."""
    enlarged = enlarge(installed(), size)
    cases, model = enlarged.store.cases(), installed().embedder.fingerprint
    started = time.perf_counter()
    snapshot = build_snapshot(enlarged.passages, cases, generation=1, vectors=enlarged.vectors, model=model)
    seconds = time.perf_counter() - started
    SnapshotFolder(folder / SNAPSHOT).save(snapshot)
    return {"cases": len(cases), "build": seconds, "disk": megabytes_on_disk(folder / SNAPSHOT)}


def search(folder: Path, size: int) -> Figures:
    """Load the snapshot and search it, reasons included; leave the vectors of the queries for the indexes to come."""
    services = installed()
    store = EnlargedStore(services.store, size)
    texts = [query.text for query in read_judged(GOLDEN)]
    started = time.perf_counter()
    snapshot = SnapshotFolder(folder / SNAPSHOT).load()
    load = time.perf_counter() - started
    p50, p95 = percentiles(
        lambda text: searching.search(SearchQuery(text), store=store, index=Fixed(snapshot), embedder=services.embedder), texts
    )
    memory = resident_megabytes()
    embedding, _ = percentiles(lambda text: services.embedder.embed_queries([text]), texts)
    analyses = [understand(text, snapshot.marks) for text in texts]
    np.save(folder / QUERIES, np.stack([centred_query(analysis, snapshot, services.embedder) for analysis in analyses]))
    return {"load": load, "p50": p50, "p95": p95, "memory": memory, "embedding": embedding}


def keep_vectors(folder: Path, _: int) -> Figures:
    """Write the centred vectors of the snapshot as an array, and the true neighbours of the queries."""
    import faiss

    (path,) = (folder / SNAPSHOT).glob("*/vectors.faiss")
    index: Any = faiss.read_index(str(path))  # owns the vectors below it
    vectors = index.index.reconstruct_n(0, index.ntotal)
    np.save(folder / VECTORS, vectors)
    _, neighbours = faiss.knn(np.load(folder / QUERIES), vectors, NEAREST, metric=faiss.METRIC_INNER_PRODUCT)
    np.save(folder / NEIGHBOURS, neighbours)
    return {}


def build_index(folder: Path, kind: str) -> Figures:
    """Build an index of the vectors, with all cores, and write it."""
    import faiss

    vectors = np.load(folder / VECTORS)
    started = time.perf_counter()
    index = _empty_index(kind, *vectors.shape)
    index.train(vectors)
    index.add(vectors)
    seconds = time.perf_counter() - started
    faiss.write_index(index, str(folder / kind))
    return {"build": seconds}


def _empty_index(kind: str, count: int, dimension: int) -> Any:  # noqa: ANN401 - faiss has no types
    import faiss

    recipe = {"exact": "Flat", "IVF": f"IVF{round(4 * count**0.5)},Flat", "HNSW": f"HNSW{LINKS},Flat"}[kind]
    index: Any = faiss.index_factory(dimension, recipe, faiss.METRIC_INNER_PRODUCT)
    if kind == "HNSW":
        index.hnsw.efConstruction = BUILD_BREADTH
    return index


def search_index(folder: Path, kind: str) -> Figures:
    """Read an index and search it, one query at a time on one core, as the app does, as broadly as it must."""
    import faiss

    faiss.omp_set_num_threads(1)
    queries, truth = np.load(folder / QUERIES), np.load(folder / NEIGHBOURS)
    before = resident_megabytes()
    index = faiss.read_index(str(folder / kind))
    memory = resident_megabytes() - before
    breadth, reached = 0, 0.0
    for breadth in BREADTHS[kind]:
        _widen(index, kind, breadth)
        if (reached := _recall(index, queries, truth)) >= ENOUGH:
            break
    p50, p95 = percentiles(lambda query: index.search(query[np.newaxis], NEAREST), queries)
    return {"p50": p50, "p95": p95, "recall": reached, "memory": memory, "breadth": breadth}


def _widen(index: Any, kind: str, breadth: int) -> None:  # noqa: ANN401 - faiss has no types
    if kind == "IVF":
        index.nprobe = breadth
    if kind == "HNSW":
        index.hnsw.efSearch = breadth


def _recall(index: Any, queries: Vectors, truth: NDArray[np.int64]) -> float:  # noqa: ANN401 - faiss has no types
    _, found = index.search(queries, NEAREST)
    return float(np.mean([len(np.intersect1d(ours, true)) / len(true) for ours, true in zip(found, truth, strict=True)]))


ERRANDS: Mapping[str, Callable[[Path, Any], Figures]] = {
    "build": build,
    "search": search,
    "keep-vectors": keep_vectors,
    "build-index": build_index,
    "search-index": search_index,
}


def errand(name: str, folder: str, about: str) -> Figures:
    """Run one of `ERRANDS` in a process of its own and return its figures."""
    command = [sys.executable, __file__, "--errand", name, folder, about]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(size: int) -> Grown:
    """Build, load and search a library of so many passages, then its vectors by each kind of index."""
    print(f"{size:,} passages …", file=sys.stderr)
    before = busy_elsewhere()
    with tempfile.TemporaryDirectory() as folder:
        figures = errand("build", folder, str(size)) | errand("search", folder, str(size))
        errand("keep-vectors", folder, str(size))
        vectors = {}
        for kind in BREADTHS:
            built = errand("build-index", folder, kind)
            vectors[kind] = built | errand("search-index", folder, kind)
    return Grown(size, figures, vectors, max(before, busy_elsewhere()))


def search_table(grown: Sequence[Grown]) -> str:
    """Return one row a size: the whole search."""
    head = [machine(), "search ms p50", "p95", "build s", "load s", "memory MB", "index MB"]
    rows = []
    for one in grown:
        figures = [f"{one.search[name]:.1f}" for name in ("p50", "p95", "build", "load")]
        sizes = [f"{one.search[name]:,.0f}" for name in ("memory", "disk")]
        rows.append([f"{one.size:,} passages, {one.search['cases']:,} cases", *figures, *sizes])
    return markdown(head, rows)


def vectors_table(grown: Sequence[Grown]) -> str:
    """Return one row for each size and kind of index: the vectors alone."""
    head = ["vectors alone", "index, breadth", "ms p50", "p95", f"recall@{NEAREST}", "build s", "memory MB"]
    rows = [
        [
            f"{one.size:,}",
            f"{kind}, {figures['breadth']:.0f}" if figures["breadth"] else kind,
            f"{figures['p50']:.2f}",
            f"{figures['p95']:.2f}",
            f"{figures['recall']:.3f}",
            f"{figures['build']:.1f}",
            f"{figures['memory']:,.0f}",
        ]
        for one in grown
        for kind, figures in one.vectors.items()
    ]
    return markdown(head, rows)


def giving_way(largest: Grown) -> str:
    """Return where exact search should give way, from the largest size, and where it does.

    It should where it takes as long as embedding the query.
    """
    exact, embedding = largest.vectors["exact"]["p50"], largest.search["embedding"]
    passages = round(largest.size * embedding / exact, -4)
    others = ", ".join(
        f"{kind} {figures['p50']:.1f} ms with recall {figures['recall']:.3f}"
        for kind, figures in largest.vectors.items()
        if kind != "exact"
    )
    return (
        f"Exact search of the vectors takes {exact:.1f} ms at {largest.size:,} passages ({others}) and grows with their number: it "
        f"takes longer than embedding the query ({embedding:.1f} ms) from about {passages:,.0f} passages on. At {LISTS_FROM:,} the "
        f"program changes to {BREADTH} of the inverted lists."
    )


def main() -> None:
    """Measure every size and print the tables, or do one errand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of passages; 1000 to 500000 unless told")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/search.md")
    parser.add_argument("--errand", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.errand:
        name, folder, about = arguments.errand
        print(json.dumps(ERRANDS[name](Path(folder), int(about) if about.isdigit() else about)))
        return
    if installed().index.check().differences:
        raise SystemExit("run `casebase init` first")
    grown = [measure(size) for size in sorted(arguments.sizes)]
    tables = "\n\n".join(
        [search_table(grown), vectors_table(grown), giving_way(grown[-1]), remark_on(max(one.busy for one in grown))]
    ).strip()
    print(tables)
    if arguments.write:
        put(SEARCH_PAGE, "growth", tables)


if __name__ == "__main__":
    main()
