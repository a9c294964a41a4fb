"""The map: the same vectors make the same map, neighbours stay near, and any number of vectors has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from casebase.search import projection
from casebase.search.centring import unit
from casebase.search.projection import project

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from casebase.bootstrap import Services
    from casebase.domain.ports import Vectors


def groups(count: int, *, of: int, seed: int = 0) -> Vectors:
    """Return `count` groups of `of` unit vectors (count · of, 64), the members of a group beside one another."""
    chance = np.random.default_rng(seed)
    centres = np.repeat(chance.normal(size=(count, 64)), of, axis=0)
    return unit((centres + 0.6 * chance.normal(size=centres.shape)).astype(np.float32))


def nearest(closeness: NDArray[np.floating], k: int) -> list[set[int]]:
    np.fill_diagonal(closeness, -np.inf)
    return [set(row) for row in np.argsort(-closeness, axis=1, kind="stable")[:, :k].tolist()]


def kept(vectors: Vectors, places: NDArray[np.float64], k: int = 5) -> float:
    """Return the share of each vector's k nearest that are among the k nearest places."""
    near = nearest(vectors @ vectors.T, k)
    drawn = nearest(-((places[:, None] - places) ** 2).sum(axis=2), k)
    return float(np.mean([len(true & seen) / k for true, seen in zip(near, drawn, strict=True)]))


def test_the_same_vectors_make_the_same_map() -> None:
    vectors = groups(6, of=8)
    assert np.array_equal(project(vectors), project(vectors.copy()))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 40])
def test_any_number_of_vectors_has_a_map_that_fills_its_square(count: int) -> None:
    places = project(groups(40, of=1)[:count])
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    if count > 2:
        assert places.min(axis=0).tolist() == [-1, -1]
        assert places.max(axis=0).tolist() == [1, 1]


def test_one_vector_lies_in_the_middle_and_two_lie_apart() -> None:
    vectors = groups(2, of=1)
    assert project(vectors[:1]).tolist() == [[0, 0]]
    assert sorted(project(vectors)[:, 0].tolist()) == [-1, 1]


def test_equal_vectors_do_not_hide_one_another() -> None:
    places = project(np.repeat(groups(3, of=1), 4, axis=0))
    assert len({tuple(place) for place in places.round(3).tolist()}) == len(places)


def test_neighbours_stay_near_and_better_than_by_principal_components() -> None:
    vectors = groups(12, of=8)
    principal = projection._principal(vectors.astype(np.float64))
    assert kept(vectors, project(vectors)) > 0.6
    assert kept(vectors, project(vectors)) > 1.5 * kept(vectors, principal)


def test_vectors_beyond_the_landmarks_lie_among_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = groups(8, of=30)
    monkeypatch.setattr(projection, "LANDMARKS", 60)
    places = project(vectors)
    drawn = nearest(-((places[:, None] - places) ** 2).sum(axis=2), 5)
    together = [number // 30 == other // 30 for number, near in enumerate(drawn) for other in near]
    assert np.mean(together) > 0.9


@pytest.mark.model
def test_the_map_of_the_library_keeps_half_of_the_neighbours(real_services: Services) -> None:
    vectors = real_services.index.current().case_vectors
    assert vectors is not None
    assert kept(vectors, project(vectors)) > 0.45
