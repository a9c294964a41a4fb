"""Compares Casebase with other ways to search the same passages by the same weights: `make bench-peers`.

`python bench/peers.py [QUERIES.jsonl] [--write]` needs the extra `bench` and a library that `casebase init` has made ready. Every
system indexes title and text of every passage and answers every query in processes of its own; a case is as good as its best
passage. `--write` puts the tables into docs/search.md and draws docs/images/peers.svg. Takes about eight minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bars import Panel, draw
from measuring import GOLDEN, ROOT, SEARCH_PAGE, busy_elsewhere, machine, markdown, megabytes_on_disk, put, remark_on
from peer_systems import CASES, SYSTEMS

from casebase.bootstrap import Services, installed, installed_settings
from casebase.search.evaluation import Answer, JudgedQuery, report, select
from casebase.search.model.prepare import NAME
from casebase.services.evaluating import read_judged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PICTURE = ROOT / "docs" / "images" / "peers.svg"
STARTS = 3
PACKAGES = ("txtai", "lancedb", "sentence-transformers", "torch", "faiss-cpu")
ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "PASSIVE"}
"""Passive: PyTorch's threads sleep while they wait for one another. Left spinning, they made a query 20 times slower while another
process had one of two cores."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one system reached. `quality` is the report of `casebase eval`; sizes in megabytes, `start` in seconds."""

    name: str
    quality: Mapping[str, Any]
    passages_a_second: float
    memory: float
    disk: float
    start: float
    busy: float
    """The largest share of all cores that other processes were seen to take."""

    def of(self, group: str, name: str) -> str:
        """Return nDCG@10 and success@1 of all queries, or of those of a language or a style."""
        measures = self.quality[group][name] if group else self.quality
        return f"{measures[f'ndcg@{CASES}']:.3f} / {measures['success@1']:.3f}"


def errand(words: Sequence[str], job: Mapping[str, object]) -> dict[str, Any]:
    """Run a process of `peer_systems.py` and return its figures."""
    command = [sys.executable, str(ROOT / "bench" / "peer_systems.py"), *words]
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(name: str, judged: Sequence[JudgedQuery], texts: Mapping[str, Any]) -> Measured:
    """Let one system index, start three times, and answer."""
    print(f"{name} …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        job = {**texts, "folder": folder, "queries": [query.text for query in judged]}
        before = busy_elsewhere()
        seconds = errand(["index", name], job)["seconds"]
        first = {**job, "queries": [judged[0].text]}
        starts = [errand(["answer", name, str(time.time())], first)["first"] for _ in range(STARTS)]
        figures = errand(["answer", name, str(time.time())], job)
        busy = max(before, busy_elsewhere())
        disk = megabytes_on_disk(Path(folder))
    answers = [
        Answer(query, tuple(ranked), took, "")
        for query, ranked, took in zip(judged, figures["ranked"], figures["times"], strict=True)
    ]
    return Measured(name, report(answers), len(job["texts"]) / seconds, figures["memory"], disk, min(starts), busy)


def cost_table(measured: Sequence[Measured]) -> str:
    """Return one row a system: quality in short, and what it costs."""
    head = [machine(), "nDCG@10 / first right", "query ms p50", "p95", "passages/s", "memory MB", "index MB", "start s"]
    rows = [
        [
            one.name,
            one.of("", ""),
            f"{one.quality['latency_ms']['p50']:.1f}",
            f"{one.quality['latency_ms']['p95']:.1f}",
            f"{one.passages_a_second:,.1f}" if one.passages_a_second < 100 else f"{one.passages_a_second:,.0f}",
            f"{one.memory:.0f}",
            f"{one.disk:.1f}",
            f"{one.start:.1f}",
        ]
        for one in measured
    ]
    return markdown(head, rows)


def quality_table(measured: Sequence[Measured], judged: Sequence[JudgedQuery]) -> str:
    """Return one row for each language and each style that has answers, one column a system."""
    answerable = [query for query in judged if query.answerable]
    groups = {
        "by_lang": Counter(query.lang for query in answerable),
        "by_style": Counter(query.style for query in answerable),
    }
    rows = [
        [name, str(count), *(one.of(group, name) for one in measured)]
        for group, counts in groups.items()
        for name, count in sorted(counts.items())
    ]
    return markdown(["nDCG@10 / first right", "queries", *(one.name for one in measured)], rows)


def picture(measured: Sequence[Measured]) -> str:
    """Return quality, time, memory and start of all systems as an SVG."""
    return draw(
        "Casebase beside other ways to search the same passages",
        [one.name for one in measured],
        [
            Panel("nDCG@10", [one.quality[f"ndcg@{CASES}"] for one in measured], digits=3),
            Panel("ms a query (p50)", [one.quality["latency_ms"]["p50"] for one in measured], digits=1),
            Panel("memory, MB", [one.memory for one in measured], digits=0),
            Panel("start to first answer, s", [one.start for one in measured], digits=1),
        ],
    )


def library(services: Services) -> dict[str, object]:
    """Return what every system is given: the passages with their titles, the case of each, and the weights."""
    passages = services.store.passages()
    return {
        "model": str(installed_settings().models / NAME),
        "texts": [passage.full_text for passage in passages],
        "cases": [passage.case_id for passage in passages],
    }


def described(judged: Path, queries: Sequence[JudgedQuery], passages: int, *, busy: float) -> str:
    """Return the sentences that say what was measured with what, and whether the machine was free for it."""
    versions = ", ".join(f"{package} {metadata.version(package)}" for package in PACKAGES)
    answerable = sum(query.answerable for query in queries)
    return f"{answerable} judged needs of `{judged.name}` over {passages} passages; {versions}. {remark_on(busy)}".strip()


def main() -> None:
    """Measure every system and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queries", type=Path, nargs="?", default=GOLDEN, help="judged queries, as in tests/relevance/golden.jsonl")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), help="those to measure; all unless told")
    parser.add_argument("--write", action="store_true", help="put tables and picture into docs/")
    arguments = parser.parse_args()
    services, judged = installed(), select(read_judged(arguments.queries), twins=True)
    if services.index.check().differences:
        raise SystemExit("run `casebase init` first")
    texts = library(services)
    measured = [measure(name, judged, texts) for name in arguments.systems]
    busy = max(one.busy for one in measured)
    about = described(arguments.queries, judged, len(services.store.passages()), busy=busy)
    tables = "\n\n".join([about, cost_table(measured), quality_table(measured, judged)])
    print(tables)
    if arguments.write:
        put(SEARCH_PAGE, "peers", tables)
        PICTURE.write_text(picture(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
