"""Measures fifty people who search at once: `python bench/crowd.py [--write]`.

All search in one process through the services, as the pages of the app do, each through the needs of `tests/relevance/golden.jsonl`
in an order of their own. First everybody pauses for about a second between an answer and the next search, which is faster than
people read; then nobody pauses, which is the worst that so many can do. `--write` puts the table into docs/search.md. Needs a
library that `casebase init` has made ready. Takes three quarters of a minute.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, cycle
from typing import TYPE_CHECKING

import numpy as np
from measuring import GOLDEN, SEARCH_PAGE, WARM_UP, busy_elsewhere, machine, markdown, put, remark_on

from casebase.bootstrap import installed
from casebase.domain.query import SearchQuery
from casebase.services.evaluating import read_judged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from casebase.domain.query import SearchResult

PEOPLE = 50
SECONDS = 20.0
PAUSE = 1.0
"""Seconds between an answer and the next search; each pause is from half to one and a half times as long."""


@dataclass(slots=True)
class Seen:
    """What one person saw: milliseconds of each answer, and what failed instead."""

    times: list[float] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)


def search_on(search: Callable[[str], SearchResult], texts: Sequence[str], *, person: int, pause: float, until: float) -> Seen:
    """Search one text after another until it is time, and return what was seen."""
    random, seen = np.random.default_rng(person), Seen()
    for number in cycle(random.permutation(len(texts))):
        time.sleep(pause * random.uniform(0.5, 1.5))
        started = time.perf_counter()
        if started >= until:
            return seen
        try:
            search(texts[number])
        except Exception as error:  # noqa: BLE001 - whatever fails is counted
            seen.errors.append(error)
        else:
            seen.times.append((time.perf_counter() - started) * 1000)
    return seen


def crowd(search: Callable[[str], SearchResult], texts: Sequence[str], *, pause: float) -> list[Seen]:
    """Let all people search at once for `SECONDS`, and return what each saw."""
    until = time.perf_counter() + SECONDS
    with ThreadPoolExecutor(PEOPLE) as people:
        searching = [people.submit(search_on, search, texts, person=person, pause=pause, until=until) for person in range(PEOPLE)]
    return [one.result() for one in searching]


def row(about: str, seen: Sequence[Seen]) -> list[str]:
    """Return the row of one crowd."""
    times = np.array(list(chain.from_iterable(one.times for one in seen)))
    p50, p95 = np.percentile(times, (50, 95))
    errors = [error for one in seen for error in one.errors]
    for error in errors[:1]:
        print(f"the first error: {error!r}", file=sys.stderr)
    return [about, f"{p50:,.0f}", f"{p95:,.0f}", f"{times.max():,.0f}", f"{len(times) / SECONDS:.0f}", str(len(errors))]


def main() -> None:
    """Measure both crowds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/search.md")
    arguments = parser.parse_args()
    services, texts = installed(), [query.text for query in read_judged(GOLDEN)]
    if services.index.check().differences:
        raise SystemExit("run `casebase init` first")

    def search(text: str) -> SearchResult:
        return services.search(SearchQuery(text))

    for text in texts[:WARM_UP]:
        search(text)
    before = busy_elsewhere()
    rows = [
        row(f"{PEOPLE} people who pause for a second", crowd(search, texts, pause=PAUSE)),
        row(f"{PEOPLE} people who never pause", crowd(search, texts, pause=0)),
    ]
    busy = max(before, busy_elsewhere())
    table = markdown([machine(), "search ms p50", "p95", "longest", "searches a second", "errors"], rows)
    measured = "\n\n".join([table, remark_on(busy)]).strip()
    print(measured)
    if arguments.write:
        put(SEARCH_PAGE, "crowd", measured)


if __name__ == "__main__":
    main()
