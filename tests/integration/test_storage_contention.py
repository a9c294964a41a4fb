"""Several writers at once: everybody's work is there, the chain is whole, and nobody is told that the database is busy.

Run as a program, this file publishes a number of texts of one case, as one of several processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import numpy as np
import pytest
from factories import make_case, make_passages

from casebase.domain.case import CaseId
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.memory import MemoryCaseStore
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from casebase.domain.ports import CaseStore
    from casebase.storage.connections import Version

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CASE = CaseId(make_case().id)
WITH_FACTORIES = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
VERSIONS = {"wal": (3, 53, 4), "delete": (3, 40, 1)}


def publish(store: CaseStore, title: str, *, actor: str) -> bool:
    case = make_case(title=title)
    return store.publish(case, make_passages(case), actor=actor, now=NOON).changed


def publish_rounds(store: CaseStore, *, actor: str, rounds: int) -> None:
    """Publish texts that nobody else publishes, and read in between."""
    for number in range(rounds):
        assert publish(store, f"{actor} {number}", actor=actor)
        store.add_vectors({f"{actor} {number}": np.ones(4, np.float32)}, model="one")
        assert store.get(CASE) is not None


def assert_complete(store: CaseStore, *, actors: list[str], rounds: int) -> None:
    total = len(actors) * rounds
    history = store.history()
    assert [entry.number for entry in history] == [entry.version for entry in history] == list(range(1, total + 1))
    assert sorted(entry.actor for entry in history) == sorted(actors * rounds)
    assert store.generation() == total
    assert len(store.passages()) == len(make_passages(make_case()))
    assert len(store.vectors([f"{actor} {number}" for actor in actors for number in range(rounds)], model="one")) == total
    assert store.check() == []


@pytest.fixture(params=["memory", *VERSIONS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> CaseStore:
    if request.param == "memory":
        return MemoryCaseStore()
    connections = Connections(tmp_path / "casebase.db", version=VERSIONS[request.param])
    migrate(connections)
    return SqliteCaseStore(connections)


def test_threads_that_publish_at_once_all_succeed(store: CaseStore) -> None:
    actors = ["an", "bình", "chi"]
    with ThreadPoolExecutor(len(actors)) as pool:
        for future in [pool.submit(publish_rounds, store, actor=actor, rounds=30) for actor in actors]:
            future.result()
    assert_complete(store, actors=actors, rounds=30)


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_processes_that_publish_at_once_all_succeed(tmp_path: Path, version: Version) -> None:
    path = tmp_path / "casebase.db"
    actors = ["an", "bình"]
    command = [sys.executable, __file__, path]
    running = [subprocess.Popen([*command, actor, *map(str, version)], env=WITH_FACTORIES) for actor in actors]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    assert_complete(SqliteCaseStore(Connections(path, version=version)), actors=actors, rounds=100)


def test_of_two_that_publish_the_same_text_at_once_exactly_one_changes_it(store: CaseStore) -> None:
    rounds, together = 50, Barrier(2)

    def take_part(actor: str) -> list[bool]:
        won = []
        for number in range(rounds):
            together.wait()
            won.append(publish(store, f"Lần {number}", actor=actor))
        return won

    with ThreadPoolExecutor(2) as pool:
        first, second = [future.result() for future in [pool.submit(take_part, actor) for actor in ("an", "bình")]]
    assert [one + other for one, other in zip(first, second, strict=True)] == [1] * rounds
    assert len(store.history()) == store.generation() == rounds
    assert store.check() == []


if __name__ == "__main__":
    _connections = Connections(Path(sys.argv[1]), version=(int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])))
    migrate(_connections)
    publish_rounds(SqliteCaseStore(_connections), actor=sys.argv[2], rounds=100)
