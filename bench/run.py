"""Measures what docs/search.md promises and prints a table in Markdown; `--write` puts it into README.md and docs/search.md.

`make bench`, or `python bench/run.py [--write]`. Needs a library that `casebase init` has made ready. Takes a few minutes.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
from enlarging import Fixed, enlarge
from measuring import GOLDEN, ROOT, SEARCH_PAGE, machine, markdown, percentiles, put

from casebase.bootstrap import Services, installed, installed_settings
from casebase.domain.query import SearchQuery
from casebase.search.snapshot import build_snapshot
from casebase.services import searching
from casebase.services.evaluating import read_judged
from casebase.services.indexing import PublicTexts, make_snapshot

QUERIES = [query.text for query in read_judged(GOLDEN)]
MANY_PASSAGES = 50_000


def search_at_library_size(services: Services) -> list[tuple[str, str]]:
    """Measure the whole search call, reasons included: back to back, and as people search, with pauses."""
    busy = percentiles(lambda text: services.search(SearchQuery(text)), QUERIES)
    paused = percentiles(lambda text: services.search(SearchQuery(text)), QUERIES, pause=0.3)
    count = len(services.index.current().passages.ids)
    return [
        (f"warm search, {count} passages, back to back", f"p50 {busy[0]:.1f} ms, p95 {busy[1]:.1f} ms"),
        (f"warm search, {count} passages, one every 0.3 s", f"p50 {paused[0]:.1f} ms, p95 {paused[1]:.1f} ms"),
    ]


def search_at_fifty_thousand(services: Services) -> list[tuple[str, str]]:
    """Measure the same call over many passages, and how long their snapshot takes to build."""
    enlarged = enlarge(services, MANY_PASSAGES)
    cases, model = enlarged.store.cases(), services.embedder.fingerprint
    started = time.perf_counter()
    snapshot = build_snapshot(enlarged.passages, cases, generation=1, vectors=enlarged.vectors, model=model)
    seconds = time.perf_counter() - started
    p50, p95 = percentiles(
        lambda text: searching.search(SearchQuery(text), store=enlarged.store, index=Fixed(snapshot), embedder=services.embedder),
        QUERIES,
    )
    return [
        (f"warm search, {MANY_PASSAGES:,} passages, back to back", f"p50 {p50:.1f} ms, p95 {p95:.1f} ms"),
        (f"index rebuild, {MANY_PASSAGES:,} passages", f"{seconds:.1f} s"),
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
    table = markdown([machine(), ""], rows)
    print(table)
    if arguments.write:
        for page in (ROOT / "README.md", SEARCH_PAGE):
            put(page, "bench", table)


if __name__ == "__main__":
    main()
