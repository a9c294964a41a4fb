"""Measures what docs/search.md promises and prints a table in Markdown; `--write` puts it into README.md and docs/search.md.

`make bench`, or `python bench/run.py [--write]`. Needs a library that `casebase init` has made ready. Takes a few minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from casebase.bootstrap import Services, installed, installed_settings
from casebase.domain.case import CaseId
from casebase.domain.query import SearchQuery
from casebase.search.snapshot import build_snapshot
from casebase.services import searching
from casebase.services.evaluating import read_judged
from casebase.services.indexing import PublicTexts, make_snapshot
from casebase.storage.memory import MemoryCaseStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from casebase.domain.passage import Passage
    from casebase.domain.ports import CaseStore
    from casebase.search.snapshot import Snapshot

ROOT = Path(__file__).resolve().parents[1]
QUERIES = [query.text for query in read_judged(ROOT / "tests" / "relevance" / "starter.jsonl")]
MANY_PASSAGES = 50_000
NOISE = 0.02
"""Standard deviation added to each coordinate of a copied vector of length one."""


class Fixed:
    """A snapshot where an index is expected."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def current(self) -> Snapshot:
        """Return it."""
        return self._snapshot


def percentiles(call: Callable[[str], object], *, pause: float = 0.0) -> tuple[float, float]:
    """Return p50 and p95 in milliseconds of the call over all queries, after a warm-up."""
    for text in QUERIES[:5]:
        call(text)
    times = []
    for text in QUERIES:
        time.sleep(pause)
        started = time.perf_counter()
        call(text)
        times.append((time.perf_counter() - started) * 1000)
    return float(np.percentile(times, 50)), float(np.percentile(times, 95))


def search_at_library_size(services: Services) -> list[tuple[str, str]]:
    """Measure the whole search call, reasons included: back to back, and as people search, with pauses."""
    busy = percentiles(lambda text: services.search(SearchQuery(text)))
    paused = percentiles(lambda text: services.search(SearchQuery(text)), pause=0.3)
    count = len(services.index.current().passages.ids)
    return [
        (f"warm search, {count} passages, back to back", f"p50 {busy[0]:.1f} ms, p95 {busy[1]:.1f} ms"),
        (f"warm search, {count} passages, one every 0.3 s", f"p50 {paused[0]:.1f} ms, p95 {paused[1]:.1f} ms"),
    ]


def _enlarged(services: Services) -> tuple[CaseStore, Snapshot, float]:
    """Return 50,000 passages: copies of the library with their words shuffled and their vectors perturbed."""
    noise = np.random.default_rng(0)
    originals = services.store.passages()
    model = services.embedder.fingerprint
    raw = services.store.vectors((passage.hash for passage in originals), model=model)
    sentences = services.store.sentences([passage.id for passage in originals])
    store = MemoryCaseStore()
    copies: dict[str, list[Passage]] = {}
    vectors = {}
    public = {stored.case.id: stored.case for stored in services.store.public()}
    for round_ in range(MANY_PASSAGES // len(originals) + 1):
        for passage in originals:
            words = noise.permutation(passage.text.split())
            case_id = CaseId(f"{passage.case_id[:70]}-{round_}")
            copy = replace(passage, case_id=case_id, text=" ".join(words), sentences=sentences[passage.id], id=0)
            copies.setdefault(case_id, []).append(copy)
            vector = raw[passage.hash] + noise.normal(0, NOISE, raw[passage.hash].shape).astype(np.float32)
            vectors[copy.hash] = vector / np.linalg.norm(vector)
    for case_id, passages in copies.items():
        original = public[passages[0].case_id.rsplit("-", 1)[0]]
        case = original.model_copy(update={"id": case_id, "translations": ()})
        store.publish(case, passages, actor="bench", now=datetime.now(UTC))
    hashes = {sentence.hash for group in sentences.values() for sentence in group}
    store.add_vectors(services.store.vectors(hashes, model=model), model=model)
    passages = store.passages()
    started = time.perf_counter()
    stacked = np.stack([vectors[passage.hash] for passage in passages])
    snapshot = build_snapshot(passages, [stored.case for stored in store.public()], generation=1, vectors=stacked, model=model)
    return store, snapshot, time.perf_counter() - started


def search_at_fifty_thousand(services: Services) -> list[tuple[str, str]]:
    """Measure the same call over many passages, and how long their snapshot takes to build."""
    store, snapshot, seconds = _enlarged(services)
    p50, p95 = percentiles(
        lambda text: searching.search(SearchQuery(text), store=store, index=Fixed(snapshot), embedder=services.embedder)
    )
    count = len(snapshot.passages.ids)
    return [
        (f"warm search, {count:,} passages, back to back", f"p50 {p50:.1f} ms, p95 {p95:.1f} ms"),
        (f"index rebuild, {count:,} passages", f"{seconds:.1f} s"),
    ]


def embedding(services: Services) -> list[tuple[str, str]]:
    """Measure passages of about 200 tokens a second."""
    texts = sorted((passage.full_text for passage in services.store.passages()), key=lambda text: abs(len(text.split()) - 155))[:60]
    services.embedder.embed_passages(texts[:4])
    started = time.perf_counter()
    services.embedder.embed_passages(texts)
    return [("passages of about 200 tokens embedded", f"{len(texts) / (time.perf_counter() - started):.1f} a second")]


def rebuild(services: Services) -> list[tuple[str, str]]:
    """Measure a rebuild from stored vectors, without writing."""
    started = time.perf_counter()
    make_snapshot(PublicTexts.read(services.store), services.store, services.embedder)
    return [("index rebuild, the library", f"{time.perf_counter() - started:.2f} s")]


def command_line() -> list[tuple[str, str]]:
    """Measure `casebase search` from process start to answer, the best of three."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(
            [Path(sys.executable).with_name("casebase"), "search", QUERIES[0], "--json"], check=True, capture_output=True
        )
        times.append(time.perf_counter() - started)
    return [("`casebase search` from process start to answer", f"{min(times):.1f} s")]


def server_memory() -> list[tuple[str, str]]:
    """Serve the app, search a hundred times in a browser, and read the memory of the server."""
    from playwright.sync_api import sync_playwright

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [Path(sys.executable).with_name("casebase"), "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(address)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            )
            page = browser.new_page()
            page.goto(address)
            box = page.get_by_role("textbox").first
            box.wait_for()
            for number in range(100):
                box.fill(f"{QUERIES[number % len(QUERIES)]} {number}")
                box.press("Enter")
                page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=30_000)
            browser.close()
        memory = psutil.Process(server.pid).memory_info().rss
    finally:
        server.terminate()
        server.wait(timeout=20)
    return [("memory of the server after 100 searches", f"{memory / 1e9:.2f} GB")]


def _wait_until_ready(address: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
                if json.load(answer)["ready"]:
                    return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the server did not become ready")


def write(table: str) -> None:
    """Put the table between the markers of README.md and docs/search.md."""
    for path in (ROOT / "README.md", ROOT / "docs" / "search.md"):
        text = path.read_text(encoding="utf-8")
        marked = re.sub(
            r"(<!-- bench:start -->).*?(<!-- bench:end -->)",
            lambda found: f"{found[1]}\n{table}\n{found[2]}",
            text,
            flags=re.DOTALL,
        )
        path.write_text(marked, encoding="utf-8")


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into README.md and docs/search.md")
    arguments = parser.parse_args()
    if not installed_settings().database.is_file():
        raise SystemExit("run `casebase init` first")
    services = installed()
    rows = [
        *search_at_library_size(services),
        *embedding(services),
        *rebuild(services),
        *search_at_fifty_thousand(services),
        *command_line(),
        *server_memory(),
    ]
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    table = "\n".join([f"| {machine} | |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows)])
    print(table)
    if arguments.write:
        write(table)


if __name__ == "__main__":
    main()
