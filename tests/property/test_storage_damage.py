"""Whatever happens to the bytes of the file, the store answers or raises an error of ours, never one of the driver's."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pytest
from factories import make_case, make_passages
from hypothesis import given, settings
from hypothesis import strategies as st

from casebase.domain.case import CaseId
from casebase.domain.passage import PassageId
from casebase.errors import StorageError
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Callable
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CASE = CaseId(make_case().id)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    connections = Connections(tmp_path_factory.mktemp("whole") / "casebase.db")
    migrate(connections)
    store = SqliteCaseStore(connections)
    for title in ("Một cửa", "Một cửa số"):
        case = make_case(title=title)
        store.publish(case, make_passages(case), actor="importer", now=NOON)
    store.add_vectors({"a": np.ones(384, np.float32)}, model="one")
    return connections.path


def operations(store: SqliteCaseStore) -> list[Callable[[], object]]:
    case = make_case(title="Một cửa khác")
    return [
        store.generation,
        store.public,
        store.passages,
        store.history,
        store.check,
        lambda: store.get(CASE),
        lambda: store.version(CASE, 1),
        lambda: store.sentences([PassageId(number) for number in range(20)]),
        lambda: store.vectors(["a"], model="one"),
        lambda: store.unembedded(model="one"),
        lambda: store.publish(case, make_passages(case), actor="importer", now=NOON),
        lambda: store.add_vectors({"b": np.ones(384, np.float32)}, model="one"),
    ]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), cut=st.booleans())
def test_damaged_bytes_never_raise_a_foreign_error(whole: Path, data: st.DataObject, *, cut: bool) -> None:
    content = bytearray(whole.read_bytes())
    positions = st.integers(0, len(content) - 1)
    for position, value in data.draw(st.lists(st.tuples(positions, st.integers(0, 255)), max_size=30)):
        content[position] = value
    with TemporaryDirectory() as folder:
        path = Path(folder) / "casebase.db"
        path.write_bytes(content[: data.draw(positions)] if cut else content)
        for operation in operations(SqliteCaseStore(Connections(path, timeout=0))):
            with suppress(StorageError):
                operation()
