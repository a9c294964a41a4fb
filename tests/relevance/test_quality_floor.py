"""Quality over the starter set must not sink: floors a little below what docs/search.md reports, by the service behind `eval`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from casebase.domain.query import Mode
from casebase.services.evaluating import evaluate_queries

if TYPE_CHECKING:
    from casebase.bootstrap import Services

pytestmark = pytest.mark.model

STARTER = Path(__file__).with_name("starter.jsonl")


@pytest.fixture(scope="module")
def reports(real_services: Services) -> dict[Mode, dict[str, object]]:
    return {
        mode: evaluate_queries(
            STARTER, store=real_services.store, index=real_services.index, embedder=real_services.embedder, mode=mode
        )
        for mode in Mode
    }


def test_the_default_mode_answers_the_starter_set(reports: dict[Mode, dict[str, object]]) -> None:
    report = reports[Mode.HYBRID]
    assert report["ndcg@10"] >= 0.88
    assert report["success@1"] >= 0.97


@pytest.mark.parametrize("other", [Mode.DENSE, Mode.LEXICAL])
def test_the_default_mode_is_better_than_either_evidence_alone(reports: dict[Mode, dict[str, object]], other: Mode) -> None:
    assert reports[Mode.HYBRID]["ndcg@10"] > reports[other]["ndcg@10"]


@pytest.mark.parametrize("lang", ["vi", "en", "fr", "es"])
def test_no_language_is_left_behind(reports: dict[Mode, dict[str, object]], lang: str) -> None:
    assert reports[Mode.HYBRID]["by_lang"][lang]["ndcg@10"] >= 0.80


@pytest.mark.parametrize("style", ["keyword", "lessons", "need"])
def test_a_need_without_marks_is_answered_nearly_as_well(reports: dict[Mode, dict[str, object]], style: str) -> None:
    by_style = reports[Mode.HYBRID]["by_style"]
    assert by_style[f"{style}-no-marks"]["ndcg@10"] >= by_style[style]["ndcg@10"] - 0.05


def test_a_need_that_nothing_answers_is_never_called_good(reports: dict[Mode, dict[str, object]]) -> None:
    assert "good" not in reports[Mode.HYBRID]["unanswerable"]
