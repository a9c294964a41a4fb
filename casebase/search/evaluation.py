"""Measures of a ranking against judgements (graded, gain 2^g − 1), and their averages by language and style."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from casebase.domain.vietnamese import without_marks
from casebase.search.text import has_marks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DEPTH = 10
RECALL_DEPTH = 5


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with the grade of each relevant document; one with no relevant document asks for nothing the library has."""

    id: str
    lang: str
    style: str
    text: str
    relevant: Mapping[str, int]
    half: str = ""
    """`tune` for queries that weights may be chosen on, `test` for those that only measure."""

    @property
    def answerable(self) -> bool:
        """Tell whether any document is relevant: a grade of 0 says that one is not."""
        return any(grade > 0 for grade in self.relevant.values())


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query got: documents, best first, and how long it took."""

    query: JudgedQuery
    ranked: tuple[str, ...]
    took_ms: float
    verdict: str


def select(queries: Sequence[JudgedQuery], *, half: str | None = None, twins: bool = False) -> list[JudgedQuery]:
    """Return the queries of a half, or all, with their twins without marks if wanted."""
    chosen = [query for query in queries if half in (None, query.half)]
    return with_twins(chosen) if twins else chosen


def with_twins(queries: Sequence[JudgedQuery]) -> list[JudgedQuery]:
    """Return the queries, each Vietnamese one that has marks followed by its twin without them."""
    found = []
    for query in queries:
        found.append(query)
        if query.lang == "vi" and has_marks(query.text):
            found.append(replace(query, id=f"{query.id}-bare", style=f"{query.style}-no-marks", text=without_marks(query.text)))
    return found


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return normalised discounted cumulative gain of the first `depth`, in [0, 1]."""
    gained = sum(
        (2 ** max(relevant.get(document, 0), 0) - 1) / math.log2(place + 2) for place, document in enumerate(ranked[:depth])
    )
    ideal = sum(
        (2 ** max(grade, 0) - 1) / math.log2(place + 2)
        for place, grade in enumerate(sorted(relevant.values(), reverse=True)[:depth])
    )
    return gained / ideal if ideal else 0.0


def recall(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = RECALL_DEPTH) -> float:
    """Return the share of the relevant documents among the first `depth`; of at most `depth` of them."""
    wanted = {document for document, grade in relevant.items() if grade > 0}
    return len(wanted & set(ranked[:depth])) / min(len(wanted), depth) if wanted else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return one over the place of the first relevant document, 0 where none is among the first `depth`."""
    places = (place for place, document in enumerate(ranked[:depth], 1) if relevant.get(document, 0) > 0)
    return 1.0 / next(places, math.inf)


def success(ranked: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Return 1 when the first document is relevant, else 0."""
    return reciprocal_rank(ranked, relevant, depth=1)


def _measures(answers: Sequence[Answer]) -> dict[str, float]:
    measures: dict[str, Callable[[Sequence[str], Mapping[str, int]], float]] = {
        f"ndcg@{DEPTH}": ndcg,
        f"recall@{RECALL_DEPTH}": recall,
        f"mrr@{DEPTH}": reciprocal_rank,
        "success@1": success,
    }
    judged = [answer for answer in answers if answer.query.answerable]
    means = {
        name: round(sum(measure(answer.ranked, answer.query.relevant) for answer in judged) / max(1, len(judged)), 4)
        for name, measure in measures.items()
    }
    return {"queries": len(answers), **means}


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else 0.0


def report(answers: Sequence[Answer]) -> dict[str, object]:
    """Return the measures of all answers, by language and by style, and the latency; the JSON of `casebase eval`.

    Queries without a relevant document count in `queries`, not in the measures; `unanswerable` says how their verdicts fell.
    """
    by_lang: defaultdict[str, list[Answer]] = defaultdict(list)
    by_style: defaultdict[str, list[Answer]] = defaultdict(list)
    unanswerable: defaultdict[str, int] = defaultdict(int)
    for answer in answers:
        by_lang[answer.query.lang].append(answer)
        by_style[answer.query.style].append(answer)
        if not answer.query.answerable:
            unanswerable[answer.verdict] += 1
    times = [answer.took_ms for answer in answers]
    return {
        **_measures(answers),
        "by_lang": {lang: _measures(group) for lang, group in sorted(by_lang.items())},
        "by_style": {style: _measures(group) for style, group in sorted(by_style.items())},
        "unanswerable": dict(sorted(unanswerable.items())),
        "latency_ms": {"p50": _percentile(times, 0.5), "p95": _percentile(times, 0.95)},
    }
