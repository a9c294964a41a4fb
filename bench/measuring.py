"""What the benchmarks share: percentiles, memory, tables in Markdown, and the place of a table in a page. Imports nothing heavy."""

from __future__ import annotations

import os
import platform
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROOT = Path(__file__).resolve().parents[1]
SEARCH_PAGE = ROOT / "docs" / "search.md"
GOLDEN = ROOT / "tests" / "relevance" / "golden.jsonl"
WARM_UP = 5
MEGABYTE = 1e6
FREE = 0.1
"""Share of the cores that other processes may take before a page says so."""

Asked = TypeVar("Asked")


def milliseconds(call: Callable[[Asked], object], asked: Sequence[Asked], *, pause: float = 0.0) -> list[float]:
    """Return how long the call takes for each of `asked`, after a warm-up with the first few.

    `pause` seconds go by before each: people leave gaps in which the cores of an idle machine fall asleep; waking takes time.
    """
    for one in asked[:WARM_UP]:
        call(one)
    times = []
    for one in asked:
        time.sleep(pause)
        started = time.perf_counter()
        call(one)
        times.append((time.perf_counter() - started) * 1000)
    return times


def percentiles(call: Callable[[Asked], object], asked: Sequence[Asked], *, pause: float = 0.0) -> tuple[float, float]:
    """Return p50 and p95 in milliseconds of the call over all of `asked`, after a warm-up."""
    p50, p95 = np.percentile(milliseconds(call, asked, pause=pause), (50, 95))
    return float(p50), float(p95)


def resident_megabytes() -> float:
    """Return the memory of this process."""
    return float(psutil.Process().memory_info().rss / MEGABYTE)


def megabytes_on_disk(folder: Path) -> float:
    """Return the size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MEGABYTE


def busy_elsewhere() -> float:
    """Return the share of all cores that other processes take, watched for a second while this one sleeps."""
    return float(psutil.cpu_percent(interval=1.0) / 100)


def remark_on(busy: float) -> str:
    """Return what a page says of times that were measured while others took that share of the cores; nothing if it was small."""
    return f"**Other processes took up to {busy:.0%} of the cores: times say little.**" if busy > FREE else ""


def machine() -> str:
    """Return on what, with what and when something was measured."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def put(path: Path, mark: str, text: str) -> None:
    """Replace what stands between `<!-- mark:start -->` and `<!-- mark:end -->` in a page, which must be there."""
    page = path.read_text(encoding="utf-8")
    marked = re.compile(rf"(<!-- {mark}:start -->).*?(<!-- {mark}:end -->)", re.DOTALL)
    assert marked.search(page), f"{path.name} has no place for {mark}"
    path.write_text(marked.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", page), encoding="utf-8")
