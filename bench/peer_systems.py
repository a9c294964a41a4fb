"""The systems that `bench/peers.py` compares, all over one folder of weights. Run by it, one process an errand.

`peer_systems.py index SYSTEM` and `peer_systems.py answer SYSTEM STARTED` read a job as JSON and print figures as JSON.
Nothing that one system needs is imported for another: the time to start and the memory are its own.
"""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sentence_transformers import SentenceTransformer

CANDIDATES = 300
"""Passages that a system is asked for; as many as Casebase takes from each kind of evidence."""
CASES = 10
QUERY, PASSAGE = "query: ", "passage: "


@dataclass(frozen=True, slots=True)
class Job:
    """What a system is given. `cases` names the case of each text; `folder` is its own."""

    model: str
    folder: Path
    texts: list[str]
    cases: list[str]
    queries: list[str]


Ask: TypeAlias = "Callable[[str], Iterable[str]]"
"""From a query to the cases of its passages, best first; a case may come again."""


@dataclass(frozen=True, slots=True)
class System:
    """How a system indexes, returning the seconds it took once its model was loaded, and how it opens what it wrote."""

    index: Callable[[Job], float]
    open: Callable[[Job], Ask]


def index_casebase(job: Job) -> float:
    """Embed the passages of the library and write a snapshot of them."""
    from casebase.bootstrap import installed
    from casebase.search.snapshot import build_snapshot
    from casebase.search.snapshot_files import SnapshotFolder
    from casebase.services.indexing import PublicTexts

    services = installed()
    public, model = PublicTexts.read(services.store), services.embedder.fingerprint
    services.embedder.embed_passages(job.texts[:1])
    started = time.perf_counter()
    vectors = services.embedder.embed_passages([passage.full_text for passage in public.passages])
    snapshot = build_snapshot(public.passages, public.cases, generation=public.generation, vectors=vectors, model=model)
    SnapshotFolder(job.folder).save(snapshot)
    return time.perf_counter() - started


def open_casebase(_: Job) -> Ask:
    """Open the library as its users do: a search returns cases with their reasons."""
    from casebase.bootstrap import installed
    from casebase.domain.query import SearchQuery

    services = installed()
    return lambda query: [hit.case_id for hit in services.search(SearchQuery(query, limit=CASES)).hits]


def _txtai(job: Job, *, hybrid: bool) -> float:
    from txtai import Embeddings

    # With this method the prefixes come from the model's own folder; `instructions` would put them there twice.
    embeddings = Embeddings(path=job.model, method="sentence-transformers", hybrid=hybrid)
    embeddings.batchtransform(job.texts[:1])
    started = time.perf_counter()
    embeddings.index(enumerate(job.texts))
    embeddings.save(str(job.folder))
    return time.perf_counter() - started


def index_txtai_dense(job: Job) -> float:
    """Index vectors with txtai."""
    return _txtai(job, hybrid=False)


def index_txtai_hybrid(job: Job) -> float:
    """Index vectors and words (its own BM25) with txtai."""
    return _txtai(job, hybrid=True)


def open_txtai(job: Job) -> Ask:
    """Open what txtai wrote; a hybrid index weighs both kinds alike, as it does unless told."""
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(job.folder))
    return lambda query: [job.cases[number] for number, _ in embeddings.search(query, CANDIDATES)]


def _encoder(job: Job) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(job.model, local_files_only=True)
    _encode(model, job.texts[:1], PASSAGE)
    return model


def _encode(model: SentenceTransformer, texts: list[str], prompt: str) -> Any:  # noqa: ANN401 - an array of NumPy, which is not imported for all
    return model.encode(texts, prompt=prompt, normalize_embeddings=True, show_progress_bar=False)


def index_lancedb(job: Job) -> float:
    """Write a table of texts and vectors with a full-text index: no stemming or stop words, which it knows of English only."""
    import lancedb
    from lancedb.index import FTS

    model = _encoder(job)
    started = time.perf_counter()
    vectors = _encode(model, job.texts, PASSAGE)
    rows = [
        {"case": case, "text": text, "vector": vector} for case, text, vector in zip(job.cases, job.texts, vectors, strict=True)
    ]
    table = lancedb.connect(job.folder).create_table("passages", rows)
    table.create_index("text", config=FTS(stem=False, remove_stop_words=False, ascii_folding=True))
    return time.perf_counter() - started


def open_lancedb(job: Job) -> Ask:
    """Open the table; vector and full-text search are merged by reciprocal ranks, as they are unless told."""
    import lancedb

    model, table = _encoder(job), lancedb.connect(job.folder).open_table("passages")

    def ask(query: str) -> list[str]:
        search = table.search(query_type="hybrid").vector(_encode(model, [query], QUERY)[0]).text(query)
        rows = search.distance_type("cosine").select(["case"]).limit(CANDIDATES).to_list()
        return [row["case"] for row in rows]

    return ask


def index_plain(job: Job) -> float:
    """Write an exact FAISS index of the vectors that sentence-transformers makes."""
    import faiss

    model = _encoder(job)
    started = time.perf_counter()
    vectors = _encode(model, job.texts, PASSAGE)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(job.folder / "vectors.faiss"))
    return time.perf_counter() - started


def open_plain(job: Job) -> Ask:
    """Open the index."""
    import faiss

    model, index = _encoder(job), faiss.read_index(str(job.folder / "vectors.faiss"))
    limit = min(CANDIDATES, len(job.cases))
    return lambda query: [job.cases[number] for number in index.search(_encode(model, [query], QUERY), limit)[1][0]]


def index_fts5(job: Job) -> float:
    """Write a table of SQLite's full-text search, which folds marks but not đ."""
    import sqlite3

    started = time.perf_counter()
    with sqlite3.connect(job.folder / "passages.db") as db:
        db.execute("CREATE VIRTUAL TABLE passages USING fts5(text, case_id UNINDEXED, tokenize = 'unicode61 remove_diacritics 2')")
        db.executemany("INSERT INTO passages VALUES (?, ?)", zip(job.texts, job.cases, strict=True))
    db.close()
    return time.perf_counter() - started


def open_fts5(job: Job) -> Ask:
    """Open the table; a passage answers that has any word of the query, the best by its bm25()."""
    import sqlite3

    db = sqlite3.connect(job.folder / "passages.db")

    def ask(query: str) -> list[str]:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query))
        found = db.execute("SELECT case_id FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?", (words, CANDIDATES))
        return [case for (case,) in found]

    return ask


SYSTEMS: Mapping[str, System] = {
    "Casebase": System(index_casebase, open_casebase),
    "txtai, vectors": System(index_txtai_dense, open_txtai),
    "txtai, hybrid": System(index_txtai_hybrid, open_txtai),
    "LanceDB, hybrid": System(index_lancedb, open_lancedb),
    "sentence-transformers + FAISS": System(index_plain, open_plain),
    "SQLite FTS5": System(index_fts5, open_fts5),
}


def answer(system: System, job: Job, *, started: float) -> dict[str, object]:
    """Return seconds from `started` to the first answer, then ten cases and milliseconds of each query, and memory at the end."""
    ask = system.open(job)
    list(ask(job.queries[0]))
    first = time.time() - started
    from measuring import milliseconds, resident_megabytes

    times = milliseconds(ask, job.queries)
    memory = resident_megabytes()
    ranked = [list(dict.fromkeys(ask(query)))[:CASES] for query in job.queries]
    return {"first": first, "times": times, "memory": memory, "ranked": ranked}


def main() -> None:
    """Do one errand."""
    errand, name, *started = sys.argv[1:]
    read = json.load(sys.stdin)
    job = Job(**(read | {"folder": Path(read["folder"])}))
    if errand == "index":
        print(json.dumps({"seconds": SYSTEMS[name].index(job)}))
    else:
        print(json.dumps(answer(SYSTEMS[name], job, started=float(started[0]))))


if __name__ == "__main__":
    main()
