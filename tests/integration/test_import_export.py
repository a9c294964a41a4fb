"""Case files into the store and out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from factories import make_case
from library import BIRTH, CASES, NOON, PAYROLL, RAILWAY, open_services, publish, write_files

from casebase.domain.case import CaseId, State
from casebase.errors import UsageError
from casebase.i18n import describe_fault
from casebase.ingest.markdown import format_case, parse_case
from casebase.services.exporting import case_files, export_markdown
from casebase.services.importing import ImportReport, import_files, validate_files
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.memory import MemoryCaseStore

if TYPE_CHECKING:
    from casebase.domain.ports import CaseStore

STARTER = Path(__file__).parents[2] / "cases"
TRANSLATED = make_case(
    id="co-ban-dich",
    translations=[
        {
            "translation_of": "co-ban-dich",
            "lang": "en",
            "method": "human",
            "title": "An electronic one-stop shop",
            "summary": "People went from office to office with paper files. One counter now takes them all, and answers in a day.",
            "sections": {"problem": "Paper files went through three offices."},
        }
    ],
)


@pytest.fixture
def store() -> MemoryCaseStore:
    return MemoryCaseStore()


def take_in(store: CaseStore, *paths: Path) -> ImportReport:
    return import_files(paths, store=store, clock=lambda: NOON)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_imported_cases_are_public_as_their_files_say(store: MemoryCaseStore, tmp_path: Path) -> None:
    write_files(tmp_path / "cases", CASES)
    report = take_in(store, tmp_path / "cases")
    assert sorted(report.changed) == sorted(case.id for case in CASES)
    assert {stored.case.id: stored.case for stored in store.public()} == {case.id: case for case in CASES}


def test_importing_again_changes_nothing(store: MemoryCaseStore, tmp_path: Path) -> None:
    write_files(tmp_path / "cases", CASES)
    take_in(store, tmp_path / "cases")
    generation = store.generation()
    report = take_in(store, tmp_path / "cases")
    assert (report.changed, report.unchanged, store.generation()) == ((), len(CASES), generation)


def test_a_changed_file_becomes_the_next_version(store: MemoryCaseStore, tmp_path: Path) -> None:
    write_files(tmp_path / "cases", CASES)
    take_in(store, tmp_path / "cases")
    write_files(tmp_path / "cases", [BIRTH.model_copy(update={"title": "Khai sinh một lần"})])
    report = take_in(store, tmp_path / "cases")
    stored = store.get(CaseId(BIRTH.id))
    assert stored is not None
    assert (report.changed, stored.version, stored.case.title) == ((BIRTH.id,), 2, "Khai sinh một lần")


def test_a_bad_file_never_stops_the_others(store: MemoryCaseStore, tmp_path: Path) -> None:
    write_files(tmp_path / "cases", CASES)
    (tmp_path / "cases" / "hong.md").write_text("---\nid: hong\n", encoding="utf-8")
    (tmp_path / "cases" / "not-text.md").write_bytes(b"\xff\xfe\x00")
    report = take_in(store, tmp_path / "cases")
    assert len(report.changed) == len(CASES)
    assert {Path(fault.path).name for fault in report.faults} == {"hong.md", "not-text.md"}


def test_single_files_and_folders_can_be_mixed(store: MemoryCaseStore, tmp_path: Path) -> None:
    write_files(tmp_path / "one", [RAILWAY])
    write_files(tmp_path / "two", [BIRTH, PAYROLL])
    report = take_in(store, tmp_path / "one", tmp_path / "two" / f"{BIRTH.id}.md")
    assert sorted(report.changed) == sorted([RAILWAY.id, BIRTH.id])


def test_a_path_that_does_not_exist_is_a_fault(store: MemoryCaseStore, tmp_path: Path) -> None:
    [fault] = take_in(store, tmp_path / "gone.md").faults
    assert (fault.code, fault.path) == ("file.unreadable", str(tmp_path / "gone.md"))


def test_a_case_that_was_removed_is_not_brought_back(store: MemoryCaseStore, tmp_path: Path) -> None:
    write_files(tmp_path / "cases", [RAILWAY, BIRTH])
    take_in(store, tmp_path / "cases")
    versions = store._versions[CaseId(RAILWAY.id)]
    versions[-1] = versions[-1].model_copy(update={"state": State.REMOVED})
    report = take_in(store, tmp_path / "cases")
    assert (report.removed_before, report.unchanged) == ((RAILWAY.id,), 1)
    assert store.get(CaseId(RAILWAY.id)) is None


def test_progress_counts_cases(store: MemoryCaseStore, tmp_path: Path) -> None:
    write_files(tmp_path / "cases", CASES)
    seen: list[tuple[int, int]] = []
    import_files([tmp_path / "cases"], store=store, clock=lambda: NOON, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, len(CASES)) for number in range(1, len(CASES) + 1)]


def test_validation_touches_nothing_and_finds_every_fault(tmp_path: Path) -> None:
    write_files(tmp_path / "cases", CASES)
    text = format_case(BIRTH).replace("level: commune", "level: galaxy").replace("outcome: success", "outcome: splendid")
    (tmp_path / "cases" / f"{BIRTH.id}.md").write_text(text, encoding="utf-8")
    reading = validate_files([tmp_path / "cases"])
    assert [(fault.where, fault.line) for fault in reading.faults] == [
        (field, 1 + text.split("\n").index(line)) for field, line in (("level", "level: galaxy"), ("outcome", "outcome: splendid"))
    ]
    assert len(reading.cases) == len(CASES) - 1


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_fault_of_a_file_can_be_described(lang: str) -> None:
    assert all(describe_fault(fault, lang) for fault in parse_case("---\nid: X\n---\n\n## Lạ\n").faults)


# --- out again ------------------------------------------------------------------------------------------------------------------


def test_exported_files_are_those_that_came_in(store: MemoryCaseStore, tmp_path: Path) -> None:
    write_files(tmp_path / "cases", [*CASES, TRANSLATED])
    take_in(store, tmp_path / "cases")
    assert export_markdown(tmp_path / "out", store=store) == len(CASES) + 2
    assert contents(tmp_path / "out") == contents(tmp_path / "cases")


def test_importing_an_export_changes_nothing(tmp_path: Path) -> None:
    services = open_services(tmp_path)
    publish(services.store, *CASES, TRANSLATED)
    services.index.build()
    export_markdown(tmp_path / "out", store=services.store)
    generation = services.store.generation()
    report = take_in(services.store, tmp_path / "out")
    assert (report.changed, report.faults, report.unchanged) == ((), (), len(CASES) + 1)
    assert services.store.generation() == generation
    assert services.index.refresh() is None


def test_an_export_into_another_store_makes_the_same_library(tmp_path: Path) -> None:
    services = open_services(tmp_path / "one")
    publish(services.store, *CASES, TRANSLATED)
    export_markdown(tmp_path / "out", store=services.store)
    other = open_services(tmp_path / "two")
    assert isinstance(other.store, SqliteCaseStore)
    take_in(other.store, tmp_path / "out")
    assert [stored.content_hash for stored in other.store.public()] == [stored.content_hash for stored in services.store.public()]


def test_the_starter_library_goes_round_unchanged(store: MemoryCaseStore, tmp_path: Path) -> None:
    report = take_in(store, STARTER)
    assert report.faults == ()
    export_markdown(tmp_path / "out", store=store)
    again = take_in(store, tmp_path / "out")
    assert (again.changed, again.faults) == ((), ())


def test_a_case_and_each_of_its_translations_is_a_file() -> None:
    assert set(case_files(TRANSLATED)) == {"co-ban-dich.md", "co-ban-dich.en.md"}


def test_only_public_cases_are_exported(store: MemoryCaseStore, tmp_path: Path) -> None:
    publish(store, RAILWAY, BIRTH)
    versions = store._versions[CaseId(RAILWAY.id)]
    versions[-1] = versions[-1].model_copy(update={"state": State.REMOVED})
    export_markdown(tmp_path / "out", store=store)
    assert list(contents(tmp_path / "out")) == [f"{BIRTH.id}.md"]


def test_a_folder_that_cannot_be_written_is_named(store: MemoryCaseStore, tmp_path: Path) -> None:
    publish(store, RAILWAY)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        export_markdown(tmp_path / "file", store=store)
    assert str(tmp_path / "file") in str(caught.value.context["why"])
