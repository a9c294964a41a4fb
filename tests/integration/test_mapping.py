"""The map follows the store: drawn once a generation, in the reader's language, with public cases only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from factories import make_case
from library import BIRTH, CASES, PAYROLL, RAILWAY, library, publish

from casebase.services import mapping
from casebase.services.mapping import Spread, spread

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.domain.ports import Vectors
    from casebase.search.projection import Places


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the number of cases with every projection."""
    made: list[int] = []

    def counted(vectors: Vectors) -> Places:
        made.append(len(vectors))
        return real(vectors)

    real = mapping.project
    monkeypatch.setattr(mapping, "project", counted)
    return made


def test_every_public_case_is_a_dot_with_its_main_sector(home: Path) -> None:
    dots = library(home, *CASES).map.dots("vi")
    assert {dot.case_id: dot.sector for dot in dots} == {case.id: case.sectors[0] for case in CASES}
    assert all(-1 <= place <= 1 for dot in dots for place in (dot.x, dot.y))


def test_a_dot_is_named_in_the_language_of_the_reader(home: Path) -> None:
    services = library(home, RAILWAY, PAYROLL)
    titles = {lang: {dot.case_id: dot.title for dot in services.map.dots(lang)} for lang in ("vi", "en")}
    assert titles["vi"][PAYROLL.id] == "Hệ thống trả lương đưa vào vận hành quá sớm"
    assert titles["en"][PAYROLL.id] == PAYROLL.title


def test_the_map_is_drawn_once_for_all_readers_until_a_case_is_published(home: Path, drawings: list[int]) -> None:
    services = library(home, RAILWAY, PAYROLL)
    assert drawings == []
    for lang in ("vi", "en", "vi"):
        services.map.dots(lang)
    assert drawings == [2]
    publish(services.store, BIRTH)
    services.index.build()
    assert [dot.case_id for dot in services.map.dots("vi")] == [RAILWAY.id, PAYROLL.id, BIRTH.id]
    assert drawings == [2, 3]


def test_without_vectors_there_is_no_map_and_with_them_there_is(home: Path) -> None:
    services = library(home, RAILWAY)
    with_vectors = services.index.current()
    services.index._snapshot = replace(with_vectors, model=None, vectors=None, means=None, case_vectors=None)
    assert services.map.dots("vi") == ()
    services.index._snapshot = with_vectors
    assert len(services.map.dots("vi")) == 1


def test_the_spread_counts_a_case_in_each_sector_and_leaves_no_year_out() -> None:
    cases = [
        make_case(sectors=["health", "education"], period={"start": "2020", "end": "2021"}),
        make_case(sectors=["health"], period={"start": "2023-05"}),
        make_case(sectors=["agriculture"], period={}),
    ]
    counted = spread(cases)
    assert counted.sectors == (("health", 2), ("agriculture", 1), ("education", 1))
    assert counted.years == ((2021, 1), (2022, 0), (2023, 1))
    assert counted.undated == 1


def test_nothing_spreads_over_nothing() -> None:
    assert spread([]) == Spread((), (), 0)
