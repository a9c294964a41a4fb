"""The live snapshot: built from the store, compared with it, replaced without a break, and never of another model."""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from library import (
    BIRTH,
    CASES,
    NOON,
    PAYROLL,
    RAILWAY,
    CountingEmbedder,
    HeldEmbedder,
    answers,
    edit_database,
    ids,
    library,
    open_services,
    publish,
    write_files,
)
from sqlite_utils.utils import sqlite3

from casebase.domain.passage import Passage
from casebase.domain.query import SearchQuery
from casebase.errors import ModelUnavailableError
from casebase.i18n import describe_error
from casebase.ingest.passages import cut_passages
from casebase.search.embedders import open_embedder
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.search.snapshot_files import KEPT_BUILDS, SnapshotFolder
from casebase.services import indexing
from casebase.services.importing import import_files
from casebase.services.initialising import InitReport, initialise

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.bootstrap import Services
    from casebase.domain.case import CaseStudy
    from casebase.domain.ports import Embedder
    from casebase.search.snapshot import Snapshot

RAIL_QUERY = SearchQuery("mua vé tàu đường sắt")
PAY_QUERY = SearchQuery("payroll system went live")


def texts_of(*cases: CaseStudy) -> set[str]:
    """Return every text of the cases that needs a vector."""
    passages = [passage for case in cases for passage in cut_passages(case)]
    return {passage.full_text for passage in passages} | {sentence.text for passage in passages for sentence in passage.sentences}


def rows(services: Services, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(str(services.settings.database))) as connection:
        return list(connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2"))  # noqa: S608 - our own names


def start(folder: Path, services: Services) -> InitReport:
    return initialise(folder, store=services.store, index=services.index, clock=lambda: NOON)


# --- building -------------------------------------------------------------------------------------------------------------------


def test_a_build_embeds_every_passage_and_sentence_once(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    library(tmp_path, *CASES, embedder=embedder)
    assert sorted(embedder.texts) == sorted(texts_of(*CASES))


def test_a_second_build_embeds_nothing(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    services = library(tmp_path, *CASES, embedder=embedder)
    embedder.texts.clear()
    assert services.index.build().embedded == 0
    assert embedder.texts == []


def test_one_changed_section_embeds_its_passage_and_its_new_sentences_only(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    services = library(tmp_path, *CASES, embedder=embedder)
    embedder.texts.clear()
    kept, new = "Thí điểm hai tỉnh.", "Mở rộng ra cả nước trong sáu tháng cuối năm."
    sections = {**dict(BIRTH.sections.items()), "steps": f"{kept} Sửa phần mềm. {new}"}
    changed = BIRTH.model_copy(update={"sections": type(BIRTH.sections).model_validate(sections)})
    publish(services.store, changed)
    report = services.index.build()
    assert set(embedder.texts) == texts_of(changed) - texts_of(BIRTH)
    assert (report.embedded, len(embedder.texts)) == (2, 2)


def test_a_changed_classification_embeds_nothing(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    services = library(tmp_path, *CASES, embedder=embedder)
    embedder.texts.clear()
    publish(services.store, BIRTH.model_copy(update={"sectors": ("education",)}))
    assert services.index.build().embedded == 0


def test_a_new_title_embeds_the_passages_that_carry_it_and_no_sentence(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    services = library(tmp_path, *CASES, embedder=embedder)
    embedder.texts.clear()
    renamed = BIRTH.model_copy(update={"title": "Khai sinh liên thông"})
    publish(services.store, renamed)
    services.index.build()
    assert sorted(embedder.texts) == sorted(passage.full_text for passage in cut_passages(renamed))


def test_a_build_reports_what_it_did(tmp_path: Path) -> None:
    services = open_services(tmp_path)
    publish(services.store, *CASES)
    progress: list[tuple[int, int]] = []
    report = services.index.build(progress=lambda done, total: progress.append((done, total)))
    assert report.passages == len(services.store.passages())
    assert report.embedded == len(texts_of(*CASES)) == progress[-1][1]
    assert [done for done, _ in progress] == sorted({done for done, _ in progress})
    assert (services.settings.indexes / report.name / "manifest.json").is_file()


def test_what_was_embedded_survives_a_build_that_fails(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    services = open_services(tmp_path, embedder=embedder)

    def fail_after_the_first_batch(done: int, total: int) -> None:
        assert done < total
        embedder.refuses = RuntimeError("power cut")

    publish(services.store, *CASES)
    with pytest.raises(RuntimeError, match="power cut"):
        services.index.build(progress=fail_after_the_first_batch)
    left = services.store.unembedded(model=services.embedder.fingerprint)
    assert 0 < len(left) < len(texts_of(*CASES))


def test_an_empty_library_is_built_and_answers_with_nothing(tmp_path: Path) -> None:
    services = library(tmp_path)
    result = services.search(RAIL_QUERY)
    assert (result.hits, result.total, result.verdict) == ((), 0, "none")
    assert open_services(tmp_path).index.check().differences == ()


def test_builds_before_the_last_two_are_swept(tmp_path: Path) -> None:
    services = library(tmp_path, RAILWAY)
    for number in range(3):
        publish(services.store, RAILWAY.model_copy(update={"title": f"Đường sắt {number}"}))
        services.index.build()
    assert len([path for path in services.settings.indexes.iterdir() if path.is_dir()]) == KEPT_BUILDS


def test_the_same_library_gives_the_same_files(tmp_path: Path) -> None:
    names = {library(tmp_path / name, *CASES).index.build().name for name in ("one", "two")}
    assert len(names) == 1


def test_a_text_that_comes_during_a_build_does_not_cost_the_build_its_meaning(tmp_path: Path) -> None:
    embedder = HeldEmbedder(HashingEmbedder())
    services = open_services(tmp_path, embedder=embedder)
    publish(services.store, RAILWAY)
    building = threading.Thread(target=services.index.build)
    building.start()
    assert embedder.reached.wait(timeout=60)
    publish(services.store, PAYROLL)
    embedder.released.set()
    building.join()
    assert services.search(RAIL_QUERY).by_meaning
    assert [key for key, _ in services.index.check().differences] == ["generation", "passages_missing"]


# --- init -----------------------------------------------------------------------------------------------------------------------


def test_init_a_second_time_changes_nothing(tmp_path: Path) -> None:
    write_files(tmp_path / "cases", CASES)
    embedder = CountingEmbedder()
    assert not start(tmp_path / "cases", open_services(tmp_path, embedder=embedder)).nothing_changed
    embedder.texts.clear()
    services = open_services(tmp_path, embedder=embedder)

    def everything() -> list[object]:
        tables = ("cases", "versions", "narrative", "passages", "sentences", "vectors", "audit", "counters")
        indexes = sorted((path.as_posix(), path.stat().st_mtime_ns) for path in services.settings.indexes.rglob("*"))
        return [indexes, *(rows(services, table) for table in tables)]

    before = everything()
    report = start(tmp_path / "cases", services)
    assert report.nothing_changed
    assert everything() == before
    assert embedder.texts == []


def test_init_after_one_changed_file_embeds_only_what_changed(tmp_path: Path) -> None:
    write_files(tmp_path / "cases", CASES)
    embedder = CountingEmbedder()
    services = open_services(tmp_path, embedder=embedder)
    start(tmp_path / "cases", services)
    embedder.texts.clear()
    file = tmp_path / "cases" / f"{BIRTH.id}.md"
    file.write_text(file.read_text(encoding="utf-8").replace("Cần quy trình chung", "Phải có quy trình chung"), encoding="utf-8")
    report = start(tmp_path / "cases", services)
    assert report.imported.changed == (BIRTH.id,)
    assert (report.embedded, len(embedder.texts)) == (2, 2)
    assert all("Phải có quy trình chung" in text for text in embedder.texts)


def test_init_without_a_folder_of_cases_makes_an_empty_library(tmp_path: Path) -> None:
    report = start(tmp_path / "nothing", open_services(tmp_path))
    assert (report.cases, report.built) == (0, True)


def test_init_after_an_import_that_was_killed_before_the_build_finishes_it(tmp_path: Path) -> None:
    write_files(tmp_path / "cases", CASES)
    services = open_services(tmp_path)
    import_files([tmp_path / "cases"], store=services.store, clock=lambda: NOON)
    report = start(tmp_path / "cases", open_services(tmp_path))
    assert (report.imported.changed, report.built) == ((), True)
    assert services.index.check().differences == ()


# --- a live snapshot ------------------------------------------------------------------------------------------------------------


def test_searches_read_nothing_from_disk(tmp_path: Path) -> None:
    library(tmp_path, *CASES)
    services = open_services(tmp_path, follow_seconds=0)
    for _ in range(20):
        services.search(RAIL_QUERY)
    assert services.index.loads == 1


def test_many_first_searches_at_once_read_the_snapshot_once(tmp_path: Path) -> None:
    library(tmp_path, *CASES)
    services = open_services(tmp_path)
    together = threading.Barrier(8)

    def first() -> None:
        together.wait()
        services.search(RAIL_QUERY)

    run_all(*[first] * 8)
    assert services.index.loads == 1


def test_a_new_snapshot_replaces_the_old_one_and_leaves_it_whole(tmp_path: Path) -> None:
    services = library(tmp_path, RAILWAY)
    old = services.index.current()
    publish(services.store, PAYROLL)
    services.index.build()
    assert services.index.current() is not old
    assert old.passages.cases == (RAILWAY.id,)
    assert ids(services.search(PAY_QUERY))[0] == PAYROLL.id


def test_a_process_follows_what_another_publishes(tmp_path: Path) -> None:
    mine = library(tmp_path, *CASES[:2], follow_seconds=0)
    assert PAYROLL.id not in ids(mine.search(PAY_QUERY))
    theirs = open_services(tmp_path)
    publish(theirs.store, PAYROLL)
    theirs.index.build()
    mine.index.current()
    mine.index.wait()
    assert ids(mine.search(PAY_QUERY))[0] == PAYROLL.id
    assert mine.index.loads == 1


def test_no_search_waits_for_the_disk_when_another_process_has_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = library(tmp_path, *CASES[:2], follow_seconds=0)
    mine.index.current()
    theirs = open_services(tmp_path)
    publish(theirs.store, PAYROLL)
    theirs.index.build()
    readers: list[str] = []
    load = SnapshotFolder.load

    def noted(folder: SnapshotFolder) -> Snapshot:
        readers.append(threading.current_thread().name)
        return load(folder)

    monkeypatch.setattr(SnapshotFolder, "load", noted)
    mine.search(PAY_QUERY)
    mine.index.wait()
    assert readers == ["casebase-index"]


def test_a_process_does_not_look_again_before_its_time(tmp_path: Path) -> None:
    mine = library(tmp_path, *CASES[:2], follow_seconds=3600)
    theirs = open_services(tmp_path)
    publish(theirs.store, PAYROLL)
    theirs.index.build()
    assert PAYROLL.id not in ids(mine.search(PAY_QUERY))


def test_a_process_builds_what_another_published_and_did_not_build(tmp_path: Path) -> None:
    mine = library(tmp_path, *CASES[:2], follow_seconds=0)
    publish(open_services(tmp_path).store, PAYROLL)
    mine.index.current()
    mine.index.wait()
    assert ids(mine.search(PAY_QUERY))[0] == PAYROLL.id
    assert mine.index.check().differences == ()


def test_the_last_good_snapshot_answers_during_a_build(tmp_path: Path) -> None:
    library(tmp_path, *CASES[:2])
    embedder = HeldEmbedder(HashingEmbedder())
    services = open_services(tmp_path, embedder=embedder, follow_seconds=0)
    publish(services.store, PAYROLL)
    before = services.search(RAIL_QUERY)
    assert embedder.reached.wait(timeout=60)
    during = services.search(RAIL_QUERY)
    assert (ids(during), during.by_meaning) == (ids(before), True)
    embedder.released.set()
    services.index.wait()
    assert PAYROLL.id in ids(services.search(PAY_QUERY))


@pytest.mark.parametrize("error", [ModelUnavailableError(name="x"), RuntimeError("out of memory"), OSError("disk full")])
def test_a_build_in_the_background_that_fails_keeps_the_old_snapshot(
    tmp_path: Path, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    library(tmp_path, *CASES[:2])
    embedder = CountingEmbedder(refuses=error)
    services = open_services(tmp_path, embedder=embedder, follow_seconds=0)
    old = services.index.current()
    publish(services.store, PAYROLL)
    with caplog.at_level(logging.ERROR):
        services.index.current()
        services.index.wait()
    assert services.index._snapshot is old
    assert "could not be built" in caplog.text
    assert ids(services.search(RAIL_QUERY))[0] == RAILWAY.id


def test_a_build_that_failed_is_left_alone_for_a_while(tmp_path: Path) -> None:
    library(tmp_path, *CASES[:2])
    embedder = CountingEmbedder(refuses=RuntimeError("out of memory"))
    services = open_services(tmp_path, embedder=embedder, follow_seconds=0)
    services.index.current()
    publish(services.store, PAYROLL)
    services.index.current()
    services.index.wait()
    failed = services.index._background
    services.index.current()
    assert services.index._background is failed


def test_a_build_that_failed_is_tried_again_when_the_cause_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "RETRY_SECONDS", 0.0)
    library(tmp_path, *CASES[:2])
    embedder = CountingEmbedder(refuses=RuntimeError("out of memory"))
    services = open_services(tmp_path, embedder=embedder, follow_seconds=0)
    publish(services.store, PAYROLL)
    services.index.current()
    services.index.wait()
    embedder.refuses = None
    services.index.current()
    services.index.wait()
    assert ids(services.search(PAY_QUERY))[0] == PAYROLL.id


def test_searches_never_fail_while_snapshots_are_swapped(tmp_path: Path) -> None:
    services = library(tmp_path, *CASES, follow_seconds=0)

    def search() -> None:
        for _ in range(25):
            assert ids(services.search(RAIL_QUERY))[0] == RAILWAY.id

    def republish() -> None:
        for number in range(6):
            publish(services.store, PAYROLL.model_copy(update={"title": f"A payroll system, told {number} times"}))
            services.index.build()

    run_all(search, search, search, republish)
    services.index.wait()
    assert services.index.check().differences == ()


def test_two_processes_that_build_at_once_do_not_sweep_each_other_away(tmp_path: Path) -> None:
    first, second = library(tmp_path, *CASES), open_services(tmp_path)

    def build(services: Services) -> None:
        for _ in range(8):
            services.index.build()

    run_all(lambda: build(first), lambda: build(second))
    assert first.index.check().differences == ()


def run_all(*jobs: object) -> None:
    """Run the jobs at once, each in a thread of its own, and raise what any of them raised."""
    failures: list[BaseException] = []

    def run(job: object) -> None:
        try:
            job()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - it is raised below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


# --- another model --------------------------------------------------------------------------------------------------------------

OTHER_MODELS: list[Embedder] = [CountingEmbedder(name="-next"), HashingEmbedder(64)]


@pytest.mark.parametrize("engine", OTHER_MODELS, ids=["fingerprint", "dimension"])
def test_r04_vectors_of_another_model_are_never_compared(tmp_path: Path, engine: Embedder) -> None:
    library(tmp_path, *CASES)
    held = HeldEmbedder(engine)
    services = open_services(tmp_path, embedder=held)
    result = services.search(RAIL_QUERY)
    assert held.reached.wait(timeout=60)
    assert not result.by_meaning
    assert not services.readiness()["ready"]
    held.released.set()
    services.index.wait()


@pytest.mark.parametrize("engine", OTHER_MODELS, ids=["fingerprint", "dimension"])
def test_r04_words_answer_until_the_background_has_embedded_anew(tmp_path: Path, engine: Embedder) -> None:
    library(tmp_path, *CASES)
    held = HeldEmbedder(engine)
    services = open_services(tmp_path, embedder=held)
    assert ids(services.search(RAIL_QUERY))[0] == RAILWAY.id
    assert held.reached.wait(timeout=60)
    result = services.search(PAY_QUERY)
    assert (result.by_meaning, ids(result)[0]) == (False, PAYROLL.id)
    held.released.set()
    services.index.wait()
    result = services.search(RAIL_QUERY)
    assert (result.by_meaning, ids(result)[0]) == (True, RAILWAY.id)
    assert services.readiness()["ready"]
    assert services.index.check().differences == ()


@pytest.mark.parametrize("engine", OTHER_MODELS, ids=["fingerprint", "dimension"])
def test_r04_check_names_both_models(tmp_path: Path, engine: Embedder) -> None:
    library(tmp_path, *CASES)
    differences = dict(open_services(tmp_path, embedder=engine).index.check().differences)
    assert differences == {"model": {"snapshot": HashingEmbedder().fingerprint, "wanted": engine.fingerprint}}


def test_r04_every_text_is_embedded_anew_and_the_old_vectors_stay(tmp_path: Path) -> None:
    library(tmp_path, *CASES)
    embedder = CountingEmbedder(name="-next")
    services = open_services(tmp_path, embedder=embedder)
    services.index.build()
    assert sorted(embedder.texts) == sorted(texts_of(*CASES))
    back = CountingEmbedder()
    assert open_services(tmp_path, embedder=back).index.build().embedded == 0


def test_r04_a_failing_new_model_leaves_the_words(tmp_path: Path) -> None:
    library(tmp_path, *CASES)
    services = open_services(tmp_path, embedder=CountingEmbedder(name="-next", refuses=ModelUnavailableError(name="next")))
    services.search(RAIL_QUERY)
    services.index.wait()
    result = services.search(RAIL_QUERY)
    assert (result.by_meaning, ids(result)[0]) == (False, RAILWAY.id)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_r04_a_model_that_cannot_be_had_is_named_with_the_way_out(tmp_path: Path, lang: str) -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        open_embedder(engine="onnx", model="no-such-model", models_folder=tmp_path)
    message = describe_error(caught.value, lang)
    assert "no-such-model" in message
    assert "casebase model prepare" in message
    assert "CASEBASE_MODEL" in message


# --- a snapshot that disagrees with the database --------------------------------------------------------------------------------

REMOVED = "DELETE FROM passages WHERE id = 3"
ADDED = """
    INSERT INTO passages (case_id, lang, section, position, text, context, text_hash)
    SELECT case_id, lang, section, 9, 'Một đoạn thêm.', '', lower(hex(randomblob(32))) FROM passages WHERE id = 3
"""
CHANGED = "UPDATE passages SET text = 'Một đoạn khác.' WHERE id = 3"
CHANGED_WITH_HASH = """
    UPDATE passages SET text = 'Một đoạn khác.', context = '', text_hash = '{hash}' WHERE id = 3
"""
MOVED = "UPDATE passages SET section = 'lessons' WHERE id = 3"
BUMPED = "UPDATE counters SET value = value + 1 WHERE name = 'generation'"
DISAGREEMENTS = {
    "passages_missing": (ADDED,),
    "passages_extra": (REMOVED,),
    "passages_changed": (CHANGED,),
    "generation": (BUMPED,),
}


@pytest.mark.parametrize(("difference", "statements"), DISAGREEMENTS.items())
def test_r15_check_finds_what_was_done_behind_its_back(tmp_path: Path, difference: str, statements: tuple[str, ...]) -> None:
    services = library(tmp_path, *CASES)
    assert services.index.check().differences == ()
    edit_database(services, *statements)
    assert [key for key, _ in services.index.check().differences] == [difference]


@pytest.mark.parametrize(("difference", "statements"), [*DISAGREEMENTS.items(), ("everything", (REMOVED, ADDED, BUMPED))])
def test_r15_a_build_heals_it(tmp_path: Path, difference: str, statements: tuple[str, ...]) -> None:
    services = library(tmp_path, *CASES)
    edit_database(services, *statements)
    services.index.build()
    assert services.index.check().differences == (), difference
    assert services.search(RAIL_QUERY).by_meaning


def test_r15_a_changed_text_with_its_hash_is_found_and_healed(tmp_path: Path) -> None:
    services = library(tmp_path, *CASES)
    text = "Một đoạn khác."
    third = services.store.passages()[2]
    hashed = Passage(third.case_id, third.lang, third.section, third.position, text).hash
    edit_database(services, CHANGED_WITH_HASH.format(hash=hashed))
    assert [key for key, _ in services.index.check().differences] == ["passages_changed"]
    assert services.index.build().embedded == 1
    assert services.index.check().differences == ()


def test_r15_a_passage_moved_to_another_section_is_found(tmp_path: Path) -> None:
    services = library(tmp_path, *CASES)
    edit_database(services, MOVED)
    assert [key for key, _ in services.index.check().differences] == ["passages_changed"]


@pytest.mark.parametrize("statement", [REMOVED, ADDED, CHANGED, MOVED, BUMPED])
def test_r15_a_start_heals_it_too(tmp_path: Path, statement: str) -> None:
    edit_database(library(tmp_path, *CASES), statement)
    started = open_services(tmp_path)
    assert ids(started.search(PAY_QUERY))[0] == PAYROLL.id
    started.index.wait()
    assert started.index.check().differences == ()
    assert started.search(PAY_QUERY).by_meaning


def test_r15_refresh_builds_only_when_something_differs(tmp_path: Path) -> None:
    services = library(tmp_path, *CASES)
    assert services.index.refresh() is None
    edit_database(services, BUMPED)
    assert services.index.refresh() is not None
    assert services.index.refresh() is None


def test_vectors_lost_from_the_database_are_made_again(tmp_path: Path) -> None:
    services = library(tmp_path, *CASES)
    before = answers(services)
    edit_database(services, "DELETE FROM vectors")
    report = services.index.refresh()
    assert report is not None
    assert report.embedded == len(texts_of(*CASES))
    assert answers(services) == before


def test_check_without_any_snapshot_says_so(tmp_path: Path) -> None:
    health = open_services(tmp_path).index.check()
    assert (health.generation, [key for key, _ in health.differences]) == (None, ["missing"])


def test_check_of_a_damaged_snapshot_names_the_file(tmp_path: Path) -> None:
    services = library(tmp_path, *CASES)
    next(services.settings.indexes.glob("*/tables.json")).write_text("{}", encoding="utf-8")
    [(key, values)] = services.index.check().differences
    assert (key, values["file"]) == ("corrupt", "tables.json")
