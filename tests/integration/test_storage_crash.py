"""A process that dies while it publishes: afterwards the database is as before or as after, never between.

Run as a program, this file publishes one case again and again, each time in a child process that dies at the next statement.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from factories import make_case, make_passages

from casebase.domain.case import CaseId
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

    from casebase.storage.connections import Version

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
OLD, NEW = make_case(), make_case(title="Một cửa số")
KILLED, SURVIVED = 9, 8
WITH_FACTORIES = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
VERSIONS = {"wal": (3, 53, 4), "delete": (3, 40, 1)}


class DyingConnections(Connections):
    """Connections whose process dies at the given statement, from 1 for BEGIN; after the commit where there are fewer.

    It dies with the connection open, so that nothing is tidied up.
    """

    def __init__(self, path: Path, *, version: Version, statement: int) -> None:
        super().__init__(path, version=version)
        self._statement = statement

    @contextmanager
    def _open(self) -> Iterator[Database]:
        with super()._open() as db:
            numbers = count(1)
            db.conn.set_trace_callback(lambda _: os._exit(KILLED) if next(numbers) == self._statement else None)
            yield db
            os._exit(SURVIVED)


def publish(connections: Connections) -> None:
    SqliteCaseStore(connections).publish(NEW, make_passages(NEW), actor="importer", now=NOON)


def die_at_every_statement(folder: Path, version: Version) -> None:
    """Make one database a statement in `folder`, from `before.db`, until a process has outlived all of them."""
    for statement in count(1):
        path = folder / f"{statement:03}.db"
        shutil.copy(folder / "before.db", path)
        child = os.fork()
        if child == 0:
            publish(DyingConnections(path, version=version, statement=statement))
        _, status = os.waitpid(child, 0)
        exit_code = os.waitstatus_to_exitcode(status)
        if exit_code != KILLED:
            sys.exit(exit_code)


def state_of(path: Path, version: Version) -> tuple[object, ...]:
    """Return all that a publish changes, after making sure that the database is sound."""
    store = SqliteCaseStore(Connections(path, version=version))
    assert store.check() == []
    stored = store.get(CaseId(OLD.id))
    passages = store.passages()
    sentences = store.sentences([passage.id for passage in passages])
    return store.generation(), stored, tuple(passages), tuple(sentences.items()), tuple(store.history())


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_r01_a_process_killed_at_any_statement_of_a_publish_leaves_all_of_it_or_nothing(tmp_path: Path, version: Version) -> None:
    connections = Connections(tmp_path / "before.db", version=version)
    migrate(connections)
    SqliteCaseStore(connections).publish(OLD, make_passages(OLD), actor="importer", now=NOON)
    command = [sys.executable, __file__, tmp_path, *map(str, version)]
    assert subprocess.run(command, check=False, timeout=120, env=WITH_FACTORIES).returncode == SURVIVED
    *killed, survived = sorted(tmp_path.glob("[0-9]*.db"))
    before = state_of(tmp_path / "before.db", version)
    publish(connections)
    after = state_of(tmp_path / "before.db", version)
    assert len(killed) > 20
    assert [state_of(path, version) for path in killed] == [before] * len(killed)
    assert state_of(survived, version) == after
    publish(Connections(killed[-1], version=version))
    assert state_of(killed[-1], version) == after


if __name__ == "__main__":
    die_at_every_statement(Path(sys.argv[1]), (int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
