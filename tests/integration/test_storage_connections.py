"""Connections to real database files: the journal, the lock, the settings, and what happens to errors of the driver."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlite_utils.utils import sqlite3

from casebase.errors import DatabaseBusyError, DatabaseCorruptError, StorageError
from casebase.storage.connections import Connections, journal_mode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from casebase.storage.connections import Version

UNSAFE = (3, 40, 1)
SAFE = (3, 53, 4)


def connections(path: Path, version: Version | None = None, timeout: float = 0.0) -> Connections:
    opened = Connections(path, version=version, timeout=timeout)
    opened.create()
    return opened


def journal_of(path: Path) -> str:
    """Return the journal mode that the file itself carries: bytes 18 and 19 of the header are 2 for WAL, 1 otherwise."""
    return {b"\x01\x01": "delete", b"\x02\x02": "wal"}[path.read_bytes()[18:20]]


def write_something(opened: Connections) -> None:
    with opened.writing() as db:
        db.execute("CREATE TABLE IF NOT EXISTS t (x INTEGER) STRICT")
        db.execute("INSERT INTO t VALUES (1)")


@contextmanager
def another_connection(path: Path, *statements: str) -> Iterator[None]:
    other = sqlite3.connect(str(path), isolation_level=None)
    try:
        for statement in statements:
            other.execute(statement).fetchall()
        yield
    finally:
        other.close()


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 7, 0), "delete"),
        ((3, 40, 1), "delete"),
        ((3, 44, 5), "delete"),
        ((3, 44, 6), "wal"),
        ((3, 44, 9), "wal"),
        ((3, 45, 0), "delete"),
        ((3, 49, 2), "delete"),
        ((3, 50, 6), "delete"),
        ((3, 50, 7), "wal"),
        ((3, 51, 0), "delete"),
        ((3, 51, 2), "delete"),
        ((3, 51, 3), "wal"),
        ((3, 52, 0), "wal"),
        ((3, 53, 4), "wal"),
        ((4, 0, 0), "wal"),
    ],
)
def test_r07_only_versions_with_the_fix_may_use_wal(version: Version, mode: str) -> None:
    assert journal_mode(version) == mode


@pytest.mark.parametrize(("version", "mode"), [(UNSAFE, "delete"), (SAFE, "wal")])
def test_r07_a_new_database_gets_the_journal_that_is_safe(tmp_path: Path, version: Version, mode: str) -> None:
    path = tmp_path / "new.db"
    write_something(connections(path, version))
    assert journal_of(path) == mode


def test_r07_a_database_in_wal_mode_is_switched_back_by_a_version_without_the_fix(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "old.db"
    write_something(connections(path, SAFE))
    assert journal_of(path) == "wal"
    caplog.clear()
    with caplog.at_level(logging.WARNING), connections(path, UNSAFE).reading() as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert db.execute("SELECT count(*) FROM t").fetchone() == (1,)
    assert journal_of(path) == "delete"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "3.40.1" in caplog.text


def test_r07_a_version_without_the_fix_refuses_a_wal_database_that_somebody_else_uses(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    write_something(connections(path, SAFE))
    with (
        another_connection(path, "BEGIN", "SELECT * FROM t"),
        pytest.raises(DatabaseBusyError),
        connections(path, UNSAFE).reading(),
    ):
        pytest.fail("A database in WAL mode was opened by a version that can corrupt it")
    write_something(connections(path, UNSAFE))
    assert journal_of(path) == "delete"


def test_a_database_in_use_keeps_its_rollback_journal_until_the_change_to_wal_is_possible(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    write_something(connections(path, UNSAFE))
    with another_connection(path, "BEGIN", "SELECT * FROM t"), connections(path, SAFE).reading() as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (1,)
        assert journal_of(path) == "delete"
    write_something(connections(path, SAFE))
    assert journal_of(path) == "wal"


def test_the_version_in_use_is_one_with_the_fix(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    Connections(tmp_path / "any.db")
    assert caplog.records == []
    assert journal_mode(sqlite3.sqlite_version_info) == "wal"


@pytest.mark.parametrize(
    ("setting", "value"), [("foreign_keys", 1), ("trusted_schema", 0), ("synchronous", 3), ("recursive_triggers", 1)]
)
def test_every_connection_has_the_settings_that_keep_data_safe(tmp_path: Path, setting: str, value: int) -> None:
    opened = connections(tmp_path / "any.db")
    for connection in (opened.reading(), opened.writing()):
        with connection as db:
            assert db.execute(f"PRAGMA {setting}").fetchone() == (value,)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    opened = connections(tmp_path / "any.db")
    write_something(opened)
    with pytest.raises(StorageError), opened.reading() as db:
        db.execute("INSERT INTO t VALUES (2)")


def test_a_reader_sees_one_state_throughout(tmp_path: Path) -> None:
    opened = connections(tmp_path / "any.db")
    write_something(opened)
    with opened.reading() as db:
        before = db.execute("SELECT count(*) FROM t").fetchone()
        write_something(opened)
        assert db.execute("SELECT count(*) FROM t").fetchone() == before == (1,)


@pytest.mark.parametrize("version", [SAFE, UNSAFE])
def test_whatever_is_raised_while_writing_undoes_all_of_it(tmp_path: Path, version: Version) -> None:
    opened = connections(tmp_path / "any.db", version)
    write_something(opened)

    def write_and_fail() -> None:
        with opened.writing() as db:
            db.execute("INSERT INTO t VALUES (2)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_fail()
    with opened.reading() as db:
        assert db.execute("SELECT x FROM t").fetchall() == [(1,)]


@pytest.mark.parametrize("version", [SAFE, UNSAFE])
def test_a_second_writer_waits_for_the_timeout_and_is_told_that_the_database_is_busy(tmp_path: Path, version: Version) -> None:
    path = tmp_path / "any.db"
    write_something(connections(path, version))
    with another_connection(path, "BEGIN IMMEDIATE"), pytest.raises(DatabaseBusyError) as raised:
        write_something(connections(path, version, timeout=0.01))
    assert raised.value.context == {"path": path, "seconds": 0.01}


def test_a_database_that_has_gone_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "gone.db"
    with pytest.raises(StorageError) as raised, Connections(path).reading():
        pytest.fail("A missing database was opened")
    assert raised.value.context["path"] == path
    assert not path.exists()


def test_the_file_is_made_with_its_folders_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "dữ liệu" / "50% ?#" / "casebase.db"
    opened = connections(path)
    write_something(opened)
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(found.name for found in path.parent.iterdir()) == ["casebase.db"]


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        Connections(tmp_path / "file" / "casebase.db").create()


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\x00", b"x" * 5000])
def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseCorruptError) as raised, Connections(path).reading():
        pytest.fail("Something that is no database was opened")
    assert raised.value.context["path"] == path
    assert path.read_bytes() == content
