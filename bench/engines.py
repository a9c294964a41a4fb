"""Compares the engines behind the port `Embedder` on this machine: `python bench/engines.py [--models FOLDER]`.

Each engine runs in a process of its own, so that time to be ready and memory are its own. Queries of about 20 tokens one at a
time; passages of about 212 tokens as `embed_passages` takes them. The text comes from the library in cases/.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenizers import Tokenizer

    from casebase.domain.ports import Embedder

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("onnx", "sentence-transformers", "hashing")
FILES = {"onnx": ("onnx/model.onnx", "tokenizer.json"), "sentence-transformers": ("model.safetensors", "tokenizer.json")}
COLUMNS = ("engine", "query ms p50", "p95", "passages/s", "ready s", "RSS MB", "files MB")
QUERY_TOKENS, PASSAGE_TOKENS = 20, 212
QUERIES, PASSAGES, WARM_UP = 100, 60, 5


def main() -> None:
    """Measure every engine that is installed and print a table, or measure one engine for the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="where prepared models lie")
    parser.add_argument("--measure", choices=ENGINES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure, arguments.models, **json.load(sys.stdin))))
    else:
        compare(arguments.models)


def compare(models: Path) -> None:
    """Print one row an engine."""
    from casebase.search.model.prepare import NAME, prepare

    prepare(models / NAME, progress=lambda _stage, _done, _total: None)
    texts = json.dumps(library_texts(models / NAME))
    table = Table(*COLUMNS, title=NAME)
    for engine in ENGINES:
        if engine == "sentence-transformers" and importlib.util.find_spec("sentence_transformers") is None:
            table.add_row(engine, "not installed", *["–"] * (len(COLUMNS) - 2))
            continue
        command = [sys.executable, __file__, "--models", str(models), "--measure", engine]
        output = subprocess.run(command, input=texts, capture_output=True, text=True, check=True).stdout
        figures = json.loads(output.splitlines()[-1])
        size = sum((models / NAME / name).stat().st_size for name in FILES.get(engine, ())) / 1e6
        table.add_row(engine, *(f"{figure:.1f}" for figure in figures), f"{size:.0f}")
    Console(width=100).print(table)


def library_texts(folder: Path) -> dict[str, list[str]]:
    """Return queries and passages of the lengths to measure, cut from the library by the model's own tokenizer."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    words = iter(re.findall(r"\S+", " ".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("cases/*.md")))))
    return {
        "passages": [cut(words, tokenizer, PASSAGE_TOKENS) for _ in range(PASSAGES)],
        "queries": [cut(words, tokenizer, QUERY_TOKENS) for _ in range(QUERIES + WARM_UP)],
    }


def cut(words: Iterator[str], tokenizer: Tokenizer, tokens: int) -> str:
    """Take words until their text has that many tokens."""
    text = ""
    while len(tokenizer.encode(text).ids) < tokens - 3:  # the prompt has three
        text = f"{text} {next(words)}"
    return text


def measure(engine: str, models: Path, *, queries: list[str], passages: list[str]) -> list[float]:
    """Return milliseconds a query (p50, p95), passages a second, seconds until the first vector, and megabytes after it all."""
    started = time.perf_counter()
    from casebase.search.embedders import open_embedder
    from casebase.search.model.prepare import NAME

    embedder = open_embedder(engine=engine, model=NAME, models_folder=models)
    embedder.embed_queries(["chuyển đổi số"])
    ready = time.perf_counter() - started
    p50, p95 = np.percentile(query_milliseconds(embedder, queries), (50, 95))
    return [p50, p95, passages_a_second(embedder, passages), ready, resident_megabytes()]


def query_milliseconds(embedder: Embedder, queries: Sequence[str]) -> list[float]:
    """Return the time of each query after a few to warm up."""
    times = []
    for query in queries:
        started = time.perf_counter()
        embedder.embed_queries([query])
        times.append(1000 * (time.perf_counter() - started))
    return times[WARM_UP:]


def passages_a_second(embedder: Embedder, passages: Sequence[str]) -> float:
    """Return how many passages a second are embedded."""
    embedder.embed_passages(passages[:WARM_UP])
    started = time.perf_counter()
    embedder.embed_passages(passages)
    return len(passages) / (time.perf_counter() - started)


def resident_megabytes() -> float:
    """Return the memory of this process."""
    import psutil

    return float(psutil.Process().memory_info().rss / 2**20)


if __name__ == "__main__":
    main()
