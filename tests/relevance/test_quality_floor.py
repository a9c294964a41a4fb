"""Quality on the test half of the golden set must not sink: floors a little below what docs/search.md reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from casebase.domain.query import Mode
from casebase.ingest.markdown import read_folder
from casebase.search.evaluation import select
from casebase.services.evaluating import evaluate_queries, read_judged

if TYPE_CHECKING:
    from casebase.bootstrap import Services

pytestmark = pytest.mark.model

GOLDEN = read_judged(Path(__file__).with_name("golden.jsonl"))
CASES = {case.id for case in read_folder([Path(__file__).parents[2] / "cases"]).cases}


@pytest.fixture(scope="module")
def reports(real_services: Services) -> dict[Mode, dict[str, object]]:
    judged = select(GOLDEN, half="test", twins=True)
    return {
        mode: evaluate_queries(
            judged, store=real_services.store, index=real_services.index, embedder=real_services.embedder, mode=mode
        )
        for mode in Mode
    }


def test_the_golden_set_is_as_large_and_as_fair_as_it_says() -> None:
    assert len(GOLDEN) >= 160
    assert sum(not query.answerable for query in GOLDEN) >= 20
    assert {query.half for query in GOLDEN} == {"tune", "test"}
    assert {case for query in GOLDEN for case, grade in query.relevant.items() if grade == 2} == CASES
    assert len({query.text.casefold() for query in GOLDEN}) == len({query.id for query in GOLDEN}) == len(GOLDEN)


def _of_style(report: dict[str, object], style: str) -> float:
    return cast("dict[str, dict[str, float]]", report["by_style"])[style]["ndcg@10"]


def test_the_default_mode_answers_the_test_half(reports: dict[Mode, dict[str, object]]) -> None:
    report = reports[Mode.HYBRID]
    assert report["ndcg@10"] >= 0.85
    assert report["success@1"] >= 0.87


@pytest.mark.parametrize("style", ["need", "keyword", "abbreviation", "colloquial"])
def test_a_query_without_its_marks_finds_nearly_as_much(reports: dict[Mode, dict[str, object]], style: str) -> None:
    report = reports[Mode.HYBRID]
    assert _of_style(report, f"{style}-no-marks") > _of_style(report, style) - 0.035


@pytest.mark.parametrize("other", [Mode.DENSE, Mode.LEXICAL])
@pytest.mark.parametrize("style", ["need", "keyword", "abbreviation", "english", "french-spanish", "lessons"])
def test_the_default_mode_is_better_than_either_evidence_alone(
    reports: dict[Mode, dict[str, object]], style: str, other: Mode
) -> None:
    assert reports[Mode.HYBRID]["ndcg@10"] > reports[other]["ndcg@10"]
    assert _of_style(reports[Mode.HYBRID], style) > _of_style(reports[other], style)


def test_a_need_that_nothing_answers_is_hardly_ever_called_good(reports: dict[Mode, dict[str, object]]) -> None:
    verdicts = reports[Mode.HYBRID]["unanswerable"]
    assert verdicts.get("good", 0) <= 0.1 * sum(verdicts.values())
