"""What a read costs: the same few statements for one case and for many, each by an index."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

import pytest
from factories import make_case, make_passages

from casebase.domain.case import CaseId
from casebase.domain.passage import PassageId
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlite_utils import Database

    Read: TypeAlias = Callable[[SqliteCaseStore, list[CaseId]], object]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
READS: dict[str, Read] = {
    "get_many": lambda store, ids: store.get_many(ids),
    "public": lambda store, _: store.public(),
    "passages": lambda store, _: store.passages(),
    "sentences": lambda store, _: store.sentences([passage.id for passage in store.passages()]),
    "vectors": lambda store, ids: store.vectors(ids, model="one"),
    "unembedded": lambda store, _: store.unembedded(model="one"),
    "history": lambda store, _: store.history(),
}
LOOKUPS: dict[str, Read] = {
    "get_many": lambda store, ids: store.get_many(ids),
    "version": lambda store, ids: store.version(ids[0], 1),
    "sentences": lambda store, _: store.sentences([PassageId(1)]),
    "vectors": lambda store, ids: store.vectors(ids, model="one"),
    "history": lambda store, ids: store.history(ids[0]),
    "publish": lambda store, ids: publish(store, ids[0], title="Một cửa khác"),
}


class RecordingConnections(Connections):
    """Connections that remember every statement, with its parameters filled in, and how SQLite carries it out."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.statements: list[str] = []
        self.plans: list[str] = []

    @contextmanager
    def _open(self) -> Iterator[Database]:
        with super()._open() as db:
            heard: list[str] = []
            db.conn.set_trace_callback(heard.append)
            yield db
            db.conn.set_trace_callback(None)
            self.statements += heard
            for sql in heard:
                if sql.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
                    self.plans += [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]


def publish(store: SqliteCaseStore, case_id: str, *, title: str = "Một cửa") -> None:
    case = make_case(id=case_id, title=title)
    store.publish(case, make_passages(case), actor="importer", now=NOON)


@pytest.fixture
def connections(tmp_path: Path) -> RecordingConnections:
    recording = RecordingConnections(tmp_path / "casebase.db")
    migrate(recording)
    return recording


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_read_takes_as_many_statements_for_many_cases_as_for_one(connections: RecordingConnections, read: Read) -> None:
    store = SqliteCaseStore(connections)
    taken = []
    for count in (1, 20):
        ids = [CaseId(f"case-{number}") for number in range(count)]
        for case_id in ids:
            publish(store, case_id)
        connections.statements.clear()
        read(store, ids)
        taken.append(len(connections.statements))
    assert taken[0] == taken[1]


@pytest.mark.parametrize("read", LOOKUPS.values(), ids=LOOKUPS)
def test_what_is_asked_by_its_key_is_found_by_an_index(connections: RecordingConnections, read: Read) -> None:
    store = SqliteCaseStore(connections)
    ids = [CaseId(f"case-{number}") for number in range(20)]
    for case_id in ids:
        publish(store, case_id)
    connections.plans.clear()
    read(store, ids)
    assert connections.plans
    asked = ("SCAN asked", "SCAN json_each", "SCAN CONSTANT ROW")
    assert [step for step in connections.plans if step.startswith("SCAN") and not step.startswith(asked)] == []
