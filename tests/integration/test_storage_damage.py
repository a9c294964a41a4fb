"""What happens when somebody edits the database file, or the disk damages it: it is detected, and named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from factories import make_case, make_passages
from sqlite_utils.utils import sqlite3

from casebase.domain.case import CaseId
from casebase.domain.fault import Fault
from casebase.domain.passage import PassageId
from casebase.errors import DatabaseCorruptError, StorageError
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Operation: TypeAlias = Callable[[SqliteCaseStore], object]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENTRIES = 4
CASE = "mot-cua-dien-tu-ba-dinh"
WITHOUT_TRIGGERS = (
    "DROP TRIGGER audit_keeps_entries",
    "DROP TRIGGER audit_keeps_every_entry",
    "DROP TRIGGER versions_keep_published_text",
    "DROP TRIGGER versions_keep_published",
)
OPERATIONS: dict[str, Operation] = {
    "generation": lambda store: store.generation(),
    "publish": lambda store: store.publish(make_case(title="C"), [], actor="importer", now=NOON),
    "get": lambda store: store.get(CaseId(CASE)),
    "version": lambda store: store.version(CaseId(CASE), 1),
    "public": lambda store: store.public(),
    "passages": lambda store: store.passages(),
    "sentences": lambda store: store.sentences([PassageId(1)]),
    "vectors": lambda store: store.vectors(["a"], model="one"),
    "unembedded": lambda store: store.unembedded(model="one"),
    "add_vectors": lambda store: store.add_vectors({"b": np.ones(4, np.float32)}, model="one"),
    "history": lambda store: store.history(),
    "check": lambda store: store.check(),
}


@pytest.fixture
def store(tmp_path: Path) -> SqliteCaseStore:
    connections = Connections(tmp_path / "casebase.db")
    migrate(connections)
    filled = SqliteCaseStore(connections)
    for number in range(ENTRIES):
        case = make_case(title=f"Một cửa {number}")
        filled.publish(case, make_passages(case), actor="importer", now=NOON, note=f"lần {number}")
    filled.add_vectors({"a": np.ones(4, np.float32)}, model="one")
    return filled


def edit(store: SqliteCaseStore, *statements: str, **values: int) -> None:
    """Run statements on the file behind the store's back, as a person with a database tool would."""
    connection = sqlite3.connect(str(store._connections.path), isolation_level=None)
    try:
        for statement in statements:
            connection.execute(statement, values)
    finally:
        connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE versions SET document = '{}'",
        "UPDATE versions SET content_hash = 'x' WHERE number = 1",
        "UPDATE versions SET published_at = NULL",
        "UPDATE versions SET number = number + 10",
        "DELETE FROM versions WHERE number = 1",
        "UPDATE narrative SET text = 'x' WHERE version = 1",
        "DELETE FROM narrative WHERE version = 1",
        "UPDATE audit SET note = 'x' WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
    ],
)
def test_published_text_and_audit_log_refuse_to_be_changed(store: SqliteCaseStore, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="cannot be"):
        edit(store, statement)
    assert store.check() == []


def test_replacing_a_row_does_not_get_round_the_refusal(store: SqliteCaseStore) -> None:
    with pytest.raises(StorageError), store._connections.writing() as db:
        db.execute("INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE number = 2")


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET note = 'khác' WHERE number = :number",
        "UPDATE audit SET actor = 'somebody else' WHERE number = :number",
        "UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE number = :number",
        "UPDATE audit SET at = 'yesterday' WHERE number = :number",
        "UPDATE audit SET action = 'remove' WHERE number = :number",
        "UPDATE audit SET version = version + 1 WHERE number = :number",
        "UPDATE audit SET case_id = 'other-case' WHERE number = :number",
        "UPDATE audit SET account_id = 'somebody' WHERE number = :number",
        "UPDATE audit SET digest = substr(digest, 2) || 'x' WHERE number = :number",
        "UPDATE audit SET note = CAST(x'ff' AS TEXT) WHERE number = :number",
        "DELETE FROM audit WHERE number = :number",
    ],
)
def test_s16_an_edited_or_deleted_audit_entry_is_named(store: SqliteCaseStore, number: int, statement: str) -> None:
    edit(store, *WITHOUT_TRIGGERS, statement, number=number)
    assert store.check() == [Fault("storage.audit_broken", context={"number": number})]


def test_s16_a_deleted_entry_is_still_named_when_the_later_ones_close_the_gap(store: SqliteCaseStore) -> None:
    edit(store, *WITHOUT_TRIGGERS, "DELETE FROM audit WHERE number = 2", "UPDATE audit SET number = number - 1 WHERE number > 2")
    assert store.check() == [Fault("storage.audit_broken", context={"number": 2})]


def test_s16_an_emptied_audit_log_is_detected(store: SqliteCaseStore) -> None:
    edit(store, *WITHOUT_TRIGGERS, "DELETE FROM audit")
    assert store.check() == [Fault("storage.audit_broken", context={"number": 1})]


def test_s16_an_invented_entry_at_the_end_is_named(store: SqliteCaseStore) -> None:
    invent = """
        INSERT INTO audit (number, at, actor, action, case_id, version, note, digest)
        SELECT number + 1, at, actor, action, case_id, version, note, digest FROM audit WHERE number = :last
    """
    edit(store, invent, last=ENTRIES)
    assert store.check() == [Fault("storage.audit_broken", context={"number": ENTRIES + 1})]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE versions SET document = json_set(document, '$.title', 'Khác') WHERE number = 2",
        "UPDATE versions SET document = '{}' WHERE number = 2",
        "UPDATE versions SET document = 'not JSON' WHERE number = 2",
        "UPDATE versions SET document = CAST(replace(document, 'Ba', 'B' || x'ff') AS TEXT) WHERE number = 2",
    ],
)
def test_a_stored_text_that_was_edited_is_named(store: SqliteCaseStore, statement: str) -> None:
    edit(store, *WITHOUT_TRIGGERS, "PRAGMA ignore_check_constraints = ON", statement)
    expected = Fault("storage.version_hash", context={"case_id": CASE, "version": 2})
    assert expected in store.check()


def test_a_row_that_points_nowhere_is_named(store: SqliteCaseStore) -> None:
    edit(store, "PRAGMA foreign_keys = OFF", "INSERT INTO passages VALUES (900, 'nowhere', 'vi', 'summary', 0, 'x', '', 'x')")
    assert store.check() == [Fault("storage.foreign_key", context={"table": "passages", "row": 900, "parent": "cases"})]


def test_an_index_that_disagrees_with_its_table_is_found(store: SqliteCaseStore) -> None:
    edit(
        store,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, '(case_id)', '(lang)') WHERE name = 'passages_by_case'",
    )
    assert {fault.code for fault in store.check()} == {"storage.integrity"}


@pytest.mark.parametrize(
    ("statement", "operation"),
    [
        ("UPDATE versions SET document = '{}'", "get"),
        ("UPDATE versions SET document = '{}'", "version"),
        ("UPDATE versions SET document = '{}'", "public"),
        ("UPDATE versions SET document = '{}'", "publish"),
        ("UPDATE versions SET state = 'nonsense'", "version"),
        ("UPDATE versions SET updated_at = 'yesterday'", "get"),
        ("UPDATE passages SET section = 'nonsense'", "passages"),
        ("UPDATE passages SET text = CAST(x'ff' AS TEXT)", "passages"),
        ("UPDATE audit SET at = 'yesterday'", "history"),
        ("UPDATE vectors SET vector = x'ffffff'", "vectors"),
    ],
)
def test_a_row_that_makes_no_sense_is_damage(store: SqliteCaseStore, statement: str, operation: str) -> None:
    edit(store, *WITHOUT_TRIGGERS, "PRAGMA ignore_check_constraints = ON", statement)
    with pytest.raises(DatabaseCorruptError) as raised:
        OPERATIONS[operation](store)
    assert raised.value.context["path"] == store._connections.path


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize("size", [50, 100, 4096, 20_000])
def test_a_truncated_file_is_called_damaged_by_every_operation(store: SqliteCaseStore, operation: Operation, size: int) -> None:
    path = store._connections.path
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DatabaseCorruptError):
        operation(store)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_file_that_is_no_database_is_called_damaged_by_every_operation(store: SqliteCaseStore, operation: Operation) -> None:
    store._connections.path.write_text("not a database " * 1000)
    with pytest.raises(DatabaseCorruptError):
        operation(store)


def test_a_file_that_is_no_database_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "casebase.db"
    path.write_text("a letter that somebody wrote")
    with pytest.raises(DatabaseCorruptError):
        migrate(Connections(path))
    assert path.read_text() == "a letter that somebody wrote"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_database_that_was_never_migrated_is_a_storage_error(tmp_path: Path, operation: Operation) -> None:
    connections = Connections(tmp_path / "casebase.db")
    connections.create()
    with pytest.raises(StorageError):
        operation(SqliteCaseStore(connections))
