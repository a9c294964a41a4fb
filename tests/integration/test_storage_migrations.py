"""Migrations of real database files."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Migrations

from casebase.domain.case import CaseId
from casebase.errors import MigrationError
from casebase.storage.audit import GENESIS
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.migrations import STEPS, migrate

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

RELEASED = ("m001_cases", "m002_passages", "m003_vectors", "m004_audit", "m005_generation", "m006_submissions", "m007_accounts")


def schema(connections: Connections) -> list[tuple[str, str]]:
    with connections.reading() as db:
        return db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()


def two_steps(*, second_fails: bool) -> Migrations:
    steps = Migrations("test")

    @steps()
    def first(db: Database) -> None:
        db.executescript("CREATE TABLE one (x INTEGER) STRICT; INSERT INTO one VALUES (1);")

    @steps()
    def second(db: Database) -> None:
        db.executescript("CREATE TABLE two (x INTEGER) STRICT; UPDATE one SET x = 2;")
        if second_fails:
            db.execute("INSERT INTO two VALUES ('not a number')")

    return steps


def test_a_new_database_gets_every_step_in_order(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "data" / "casebase.db")
    assert migrate(connections)[: len(RELEASED)] == RELEASED


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "casebase.db")
    migrate(connections)
    before = connections.path.read_bytes()
    assert migrate(connections) == ()
    assert connections.path.read_bytes() == before


def test_every_table_is_strict(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "casebase.db")
    migrate(connections)
    with connections.reading() as db:
        tables = db.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'").fetchall()
    ours = {name: strict for name, strict in tables if not name.startswith(("sqlite_", "_sqlite_"))}
    assert len(ours) == 15
    assert set(ours.values()) == {1}


def test_r12_a_step_that_raises_halfway_leaves_the_database_as_it_was_and_is_named(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "casebase.db")
    migrate(connections)
    before = schema(connections)
    with pytest.raises(MigrationError) as raised:
        migrate(connections, steps=two_steps(second_fails=True))
    assert raised.value.context["name"] == "second"
    assert "second" in str(raised.value)
    assert schema(connections) == before
    with connections.reading() as db:
        assert [step.name for step in two_steps(second_fails=False).pending(db)] == ["first", "second"]


def test_r12_the_mended_step_is_applied_afterwards(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "casebase.db")
    with pytest.raises(MigrationError):
        migrate(connections, steps=two_steps(second_fails=True))
    assert migrate(connections, steps=two_steps(second_fails=False)) == ("first", "second")
    with connections.reading() as db:
        assert db.execute("SELECT x FROM one").fetchall() == [(2,)]


def test_r12_only_the_pending_steps_are_undone(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "casebase.db")
    only_first = Migrations("test")
    only_first(name="first")(create_one)
    migrate(connections, steps=only_first)
    with pytest.raises(MigrationError):
        migrate(connections, steps=two_steps(second_fails=True))
    with connections.reading() as db:
        assert db.execute("SELECT x FROM one").fetchall() == [(1,)]
        assert [step.name for step in two_steps(second_fails=False).pending(db)] == ["second"]


def create_one(db: Database) -> None:
    db.executescript("CREATE TABLE one (x INTEGER) STRICT; INSERT INTO one VALUES (1);")


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "casebase.db")
    migrate(connections)
    older = Migrations(STEPS.name)
    older(name="m001_cases")(create_one)
    with pytest.raises(MigrationError) as raised:
        migrate(connections, steps=older)
    assert raised.value.context == {"path": connections.path, "name": "m002_passages", "why": "newer"}


def test_programs_that_start_together_apply_each_step_once(tmp_path: Path) -> None:
    path, together = tmp_path / "casebase.db", Barrier(6)

    def start() -> tuple[str, ...]:
        together.wait()
        return migrate(Connections(path))

    with ThreadPoolExecutor(6) as pool:
        applied = [future.result() for future in [pool.submit(start) for _ in range(6)]]
    assert sorted(applied, reverse=True) == [RELEASED, (), (), (), (), ()]


def test_audit_entries_from_before_there_were_accounts_stay_whole(tmp_path: Path) -> None:
    """The entry is hashed here as it was then: over every field but the digest, and no account."""
    connections = Connections(tmp_path / "casebase.db")
    connections.create()
    entry = {
        "number": 1,
        "at": "2026-11-24T12:00:00+00:00",
        "actor": "import",
        "action": "publish",
        "case_id": "khai-sinh",
        "version": 1,
        "note": "lần đầu",
    }
    canonical = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{GENESIS}{canonical}".encode()).hexdigest()
    with connections.writing() as db:
        STEPS.apply(db, stop_before=("m007_accounts",))
        db.execute(
            """
            INSERT INTO audit (number, at, actor, action, case_id, version, note, digest)
            VALUES (:number, :at, :actor, :action, :case_id, :version, :note, :digest)
            """,
            entry | {"digest": digest},
        )
    assert migrate(connections) == ("m007_accounts",)
    store = SqliteCaseStore(connections)
    assert store.check() == []
    assert [(kept.case_id, kept.account_id, kept.digest) for kept in store.history()] == [(CaseId("khai-sinh"), "", digest)]
