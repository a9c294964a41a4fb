"""The command line: exit codes, what goes to stdout and what to stderr, and the JSON that scripts rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import Run
from library import BIRTH, CASES, PAYROLL, RAILWAY, SALARY, answers, edit_database, library, open_services, write_files
from typer.testing import CliRunner

from casebase.cli import app
from casebase.domain.query import Facet
from casebase.domain.vocabulary import vocabularies
from casebase.ingest.markdown import format_case

if TYPE_CHECKING:
    from collections.abc import Iterable

    from command_line import Casebase

    from casebase.bootstrap import Services

ROOT = Path(__file__).parents[2]
HIT = {"id", "title", "lang", "reader_title", "score", "relevance", "section", "reason", "provenance"}
REASON = {"section", "lang", "sentence", "matched", "words", "parts"}
ANSWER = {"query", "analysis", "verdict", "took_ms", "by_meaning", "hits"}
MEASURES = {"queries", "ndcg@10", "recall@5", "mrr@10", "success@1"}


@pytest.fixture(autouse=True)
def hashing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let every command use the hashing engine, and start from a folder of a few cases."""
    write_files(tmp_path / "starter", CASES)
    monkeypatch.setenv("CASEBASE_ENGINE", "hashing")
    monkeypatch.setenv("CASEBASE_STARTER_CASES", str(tmp_path / "starter"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CASEBASE_LANG", raising=False)


@pytest.fixture
def filled(home: Path) -> Services:
    return library(home, *CASES)


def run_for_real(*arguments: object) -> Run:
    """Run `casebase` as a process of its own, as a person or a script does."""
    command = [str(Path(sys.executable).with_name("casebase")), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, encoding="utf-8", check=False)
    return Run(done.returncode, done.stdout, done.stderr)


# --- exit codes -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["search"],
        ["search", "x", "--limit", "0"],
        ["search", "x", "--limit", "101"],
        ["search", "x", "--section", "prologue"],
        ["search", "x", "--no-such-option"],
        ["--lang", "xx", "init"],
        ["check"],
        ["similar"],
        ["similar", "an-id", "--file", "f.md"],
        ["eval"],
        ["eval", "--queries", "a", "--dataset", "b"],
        ["eval", "--queries", "a", "--mode", "magic"],
    ],
)
def test_wrong_usage_ends_with_2_and_prints_nothing_on_stdout_but_help(casebase: Casebase, arguments: list[str]) -> None:
    done = casebase(*arguments)
    assert done.code == 2
    assert "Usage: casebase" in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "x"],
        ["similar", "x"],
        ["check", "x.md"],
        ["export", "out"],
        ["index", "check"],
        ["index", "build"],
        ["import", "."],
        ["eval", "--queries", "q.jsonl"],
    ],
)
@pytest.mark.parametrize(("lang", "advice"), [("vi", "Hãy chạy `casebase init`"), ("en", "Run `casebase init` first")])
def test_before_init_every_command_says_what_to_do(
    casebase: Casebase, home: Path, arguments: list[str], lang: str, advice: str
) -> None:
    done = casebase("--lang", lang, *arguments)
    assert (done.code, done.out) == (1, "")
    assert advice in done.err
    assert list(home.iterdir()) == []


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(("lang", "message"), [("vi", "Chưa tìm thấy"), ("en", "There is no case")])
def test_an_error_is_one_message_in_the_language_asked_for(casebase: Casebase, lang: str, message: str) -> None:
    done = casebase("--lang", lang, "similar", "no-such-case")
    assert (done.code, done.out) == (1, "")
    assert message in done.err
    assert "no-such-case" in done.err
    assert "Traceback" not in done.err


def test_the_language_of_messages_can_be_set_for_good(casebase: Casebase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBASE_LANG", "en")
    assert "Run `casebase init`" in casebase("search", "x").err


def test_a_setting_that_makes_no_sense_is_named(casebase: Casebase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBASE_PORT", "many")
    done = casebase("init")
    assert (done.code, done.out) == (2, "")
    assert "CASEBASE_PORT" in done.err


def test_a_model_that_cannot_be_had_is_told_with_the_way_out(casebase: Casebase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBASE_ENGINE", "onnx")
    monkeypatch.setenv("CASEBASE_MODEL", "no-such-model")
    done = casebase("--lang", "en", "init")
    assert done.code == 1
    assert "no-such-model" in done.err
    assert "casebase model prepare" in done.err


@pytest.mark.parametrize("command", [[], ["init"], ["search"], ["index"], ["index", "build"], ["model"], ["eval"]])
def test_every_command_has_help(command: list[str]) -> None:
    done = CliRunner().invoke(app, [*command, "--help"])
    assert done.exit_code == 0
    assert "Usage: " in done.stdout


# --- init and index -------------------------------------------------------------------------------------------------------------


def test_init_makes_everything_ready_and_a_second_time_changes_nothing(casebase: Casebase, home: Path) -> None:
    first = casebase("--lang", "en", "init")
    assert (first.code, first.out) == (0, "")
    assert "Done: 5 cases, 5 new or changed" in first.err
    before = {path: path.stat().st_mtime_ns for path in (home / "indexes").rglob("*")}
    second = casebase("--lang", "en", "init")
    assert (second.code, second.err.strip()) == (0, "Everything is ready, nothing changed: 5 cases.")
    assert {path: path.stat().st_mtime_ns for path in (home / "indexes").rglob("*")} == before


def test_init_names_the_faults_of_starter_cases_and_goes_on(casebase: Casebase, tmp_path: Path) -> None:
    (tmp_path / "starter" / "hong.md").write_text("không có gì", encoding="utf-8")
    done = casebase("--lang", "en", "init")
    assert done.code == 0
    assert f"{tmp_path / 'starter' / 'hong.md'}:1: " in done.err
    assert "Done: 5 cases" in done.err


def test_r15_index_check_finds_a_disagreement_and_build_heals_it(casebase: Casebase, filled: Services) -> None:
    assert casebase("index", "check").code == 0
    edit_database(filled, "DELETE FROM passages WHERE id = 2")
    found = casebase("--lang", "en", "index", "check")
    assert (found.code, found.out) == (1, "")
    assert "1 passages of the index are no longer in the database." in found.err
    assert "Run `casebase index build`." in found.err
    built = casebase("--lang", "en", "index", "build")
    assert (built.code, built.out) == (0, "")
    assert "0 texts newly embedded" in built.err
    assert casebase("index", "check").code == 0


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("DELETE FROM passages WHERE id = 2", "passages_extra"),
        ("UPDATE passages SET text = 'Khác.' WHERE id = 2", "passages_changed"),
        ("UPDATE counters SET value = 99", "generation"),
    ],
)
def test_r15_index_check_tells_scripts_what_differs(casebase: Casebase, filled: Services, statement: str, difference: str) -> None:
    edit_database(filled, statement)
    found = casebase("index", "check", "--json")
    assert found.code == 1
    assert found.json["differences"] == [difference]
    assert casebase("index", "build").code == 0
    assert casebase("index", "check", "--json").json["differences"] == []


def test_index_check_of_a_sound_index_says_so_on_stdout(casebase: Casebase, filled: Services) -> None:
    done = casebase("--lang", "en", "index", "check")
    count = len(filled.store.passages())
    assert (done.code, done.out.strip(), done.err) == (
        0,
        f"The index agrees with the database: {count} passages, generation 5.",
        "",
    )


def test_r03_a_damaged_index_file_is_named_and_rebuilt(casebase: Casebase, filled: Services) -> None:
    before = answers(filled)
    next(filled.settings.indexes.glob("*/vectors.faiss")).write_bytes(b"not an index")
    found = casebase("--lang", "en", "index", "check")
    assert found.code == 1
    assert "vectors.faiss" in found.err
    assert casebase("index", "build").code == 0
    assert casebase("index", "check").code == 0
    assert answers(open_services(filled.settings.home)) == before


def test_index_check_looks_into_the_database_too(casebase: Casebase, filled: Services) -> None:
    edit_database(
        filled,
        "DROP TRIGGER versions_keep_published_text",
        f"UPDATE versions SET content_hash = 'x' WHERE case_id = '{BIRTH.id}'",  # noqa: S608 - our own words
    )
    done = casebase("--lang", "en", "index", "check")
    assert done.code == 1
    assert BIRTH.id in done.err


# --- search ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
def test_the_json_of_search_has_the_shape_that_scripts_rely_on(casebase: Casebase) -> None:
    done = casebase("search", "duong sat", "--json", "--limit", 2)
    assert (done.code, done.err) == (0, "")
    assert set(done.json) == ANSWER
    assert (done.json["query"], done.json["verdict"], done.json["by_meaning"]) == ("duong sat", "good", True)
    assert set(done.json["analysis"]) == {"typed", "text", "lang", "marked", "changes"}
    assert done.json["analysis"]["text"] == "đường sắt"
    [first, second] = done.json["hits"]
    assert set(first) == set(second) == HIT
    assert set(first["reason"]) == REASON
    assert (first["id"], first["title"], first["lang"]) == (RAILWAY.id, RAILWAY.title, "vi")
    assert first["score"] >= second["score"]


@pytest.mark.usefixtures("filled")
def test_marks_are_written_as_they_are_and_not_escaped(casebase: Casebase) -> None:
    assert RAILWAY.title in casebase("search", "đường sắt", "--json").out


@pytest.mark.usefixtures("filled")
def test_a_search_prints_cases_on_stdout_and_words_about_them_on_stderr(casebase: Casebase) -> None:
    done = casebase("--lang", "en", "search", "duong sat")
    assert done.code == 0
    assert done.out.startswith(f"1. {RAILWAY.title}  [{RAILWAY.id}]")
    assert "Understood as: đường sắt" in done.err
    assert "Comparable cases:" in done.err


@pytest.mark.usefixtures("filled")
def test_a_case_is_shown_in_the_language_of_the_reader(casebase: Casebase) -> None:
    assert PAYROLL.headlines["vi"].title in casebase("--lang", "vi", "search", "payroll").out
    assert PAYROLL.title in casebase("--lang", "en", "search", "payroll").out


def test_stored_text_is_never_taken_for_markup(casebase: Casebase, home: Path) -> None:
    library(home, RAILWAY.model_copy(update={"title": "Đường sắt [red]đỏ[/red] [/] :smile:"}))
    assert "Đường sắt [red]đỏ[/red] [/] :smile:" in casebase("search", "đường sắt").out


@pytest.mark.usefixtures("filled")
def test_one_section_can_be_searched(casebase: Casebase) -> None:
    hits = casebase("search", "vé tàu", "--section", "lessons", "--json").json["hits"]
    assert {hit["section"] for hit in hits} == {"lessons"}


@pytest.mark.usefixtures("filled")
def test_filters_of_one_facet_are_alternatives_and_facets_must_all_hold(casebase: Casebase) -> None:
    both = casebase("search", "x", "--sector", "health", "--sector", "energy", "--json").json["hits"]
    assert {hit["id"] for hit in both} == {BIRTH.id, "nang-luong-mat-troi"}
    one = casebase("search", "x", "--sector", "health", "--sector", "energy", "--filter", "outcome=partial", "--json").json["hits"]
    assert [hit["id"] for hit in one] == ["nang-luong-mat-troi"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("option", "value", "names"),
    [
        ("--sector", "magic", vocabularies()["sectors"]),
        ("--filter", "outcome=magic", vocabularies()["outcomes"]),
        ("--filter", "level=", vocabularies()["levels"]),
        ("--filter", "magic=1", Facet),
        ("--filter", "magic", Facet),
    ],
)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_an_unknown_filter_value_names_the_values(
    casebase: Casebase, option: str, value: str, names: Iterable[str], lang: str
) -> None:
    done = casebase("--lang", lang, "search", "x", option, value)
    assert (done.code, done.out) == (2, "")
    assert ", ".join(names) in done.err


@pytest.mark.usefixtures("filled")
def test_filters_that_let_nothing_through_are_told_apart_from_an_empty_store(casebase: Casebase) -> None:
    done = casebase("--lang", "en", "search", "x", "--filter", "year=1999")
    assert (done.code, done.out) == (0, "")
    assert "No case passes these filters" in done.err


def test_an_empty_store_is_told(casebase: Casebase, home: Path) -> None:
    library(home)
    done = casebase("--lang", "en", "search", "x")
    assert (done.code, done.out) == (0, "")
    assert "The store has no cases yet" in done.err


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("query", ["", "\x00", '"', "-- ; DROP", "\udcff\udcfe", "a" * 100_000])
def test_any_query_is_answered(casebase: Casebase, query: str) -> None:
    done = casebase("search", "--json", "--", query)
    assert done.code == 0
    assert set(done.json) == ANSWER


@pytest.mark.usefixtures("filled")
def test_a_verbatim_search_takes_the_text_as_typed(casebase: Casebase) -> None:
    assert casebase("search", "duong sat", "--verbatim", "--json").json["analysis"]["text"] == "duong sat"


def test_words_alone_are_told_while_vectors_are_missing(
    casebase: Casebase, filled: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from casebase.search.embedders import hashing

    monkeypatch.setattr(hashing.HashingEmbedder, "fingerprint", property(lambda _: "hashing/next"))
    assert filled.embedder.fingerprint == "hashing/next"
    done = casebase("--lang", "en", "search", "đường sắt")
    assert "Only words are compared" in done.err
    assert RAILWAY.id in done.out


# --- similar --------------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
def test_the_json_of_similar_is_like_that_of_search(casebase: Casebase) -> None:
    done = casebase("similar", PAYROLL.id, "--limit", 2, "--json")
    assert (done.code, done.err, set(done.json)) == (0, "", ANSWER)
    assert [set(hit) for hit in done.json["hits"]] == [HIT, HIT]
    assert PAYROLL.id not in {hit["id"] for hit in done.json["hits"]}


@pytest.mark.usefixtures("filled")
def test_a_file_is_compared_with_the_store(casebase: Casebase, tmp_path: Path) -> None:
    write_files(tmp_path / "new", [SALARY.model_copy(update={"id": "paie-nouvelle"})])
    done = casebase("similar", "--file", tmp_path / "new" / "paie-nouvelle.md", "--json")
    assert (done.code, done.json["hits"][0]["id"]) == (0, SALARY.id)
    assert set(done.json) == ANSWER | {"duplicate_of"}
    assert (done.json["verdict"], done.json["duplicate_of"]) == ("duplicate", SALARY.id)
    assert {frozenset(hit) for hit in done.json["hits"]} == {frozenset(HIT | {"likeness", "resemblance"})}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("lang", "verdict"), [("vi", f"Kho có vẻ đã có câu chuyện này: {SALARY.id}"), ("en", "have this story already")]
)
def test_people_are_told_that_a_story_is_there_already(casebase: Casebase, tmp_path: Path, lang: str, verdict: str) -> None:
    write_files(tmp_path / "new", [SALARY.model_copy(update={"id": "paie-nouvelle"})])
    done = casebase("--lang", lang, "similar", "--file", tmp_path / "new" / "paie-nouvelle.md")
    assert done.code == 0
    assert verdict in done.err
    assert SALARY.id in done.out


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("content", ["không có gì", None])
def test_a_file_with_faults_is_named_with_its_line(casebase: Casebase, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "moi.md"
    if content:
        path.write_text(content, encoding="utf-8")
    done = casebase("similar", "--file", path, "--json")
    assert (done.code, done.out) == (1, "")
    assert f"{path}:1: " in done.err


# --- check ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def story_file(tmp_path: Path) -> Path:
    """Return a file with a story of the store under another id, a telephone number in it."""
    lessons = f"{BIRTH.sections.lessons} Hỏi anh Nam, 0912 345 678."
    story = BIRTH.model_copy(update={"id": "chuyen-moi", "sections": BIRTH.sections.model_copy(update={"lessons": lessons})})
    write_files(tmp_path / "new", [story])
    return tmp_path / "new" / "chuyen-moi.md"


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(("lang", "advice"), [("vi", "Nếu là số của một người, hãy xóa"), ("en", "If it is a person's, delete it")])
def test_a_check_prints_hints_with_place_and_words_and_never_fails_for_them(
    casebase: Casebase, story_file: Path, lang: str, advice: str
) -> None:
    done = casebase("--lang", lang, "check", story_file)
    assert done.code == 0
    assert "“0912 345 678”" in done.out
    assert advice in done.out
    assert BIRTH.id in done.err


@pytest.mark.usefixtures("filled")
def test_a_check_gives_scripts_hints_and_verdict(casebase: Casebase, story_file: Path) -> None:
    done = casebase("check", story_file, "--json")
    assert (done.code, done.err) == (0, "")
    assert set(done.json) == ANSWER | {"duplicate_of", "hints"}
    assert (done.json["verdict"], done.json["duplicate_of"]) == ("duplicate", BIRTH.id)
    phone = next(hint for hint in done.json["hints"] if hint["code"] == "private.phone")
    assert set(phone) == {"code", "where", "lang", "quote", "message"}
    assert (phone["where"], phone["lang"], phone["quote"]) == ("lessons", "vi", "0912 345 678")


@pytest.mark.usefixtures("filled")
def test_a_check_of_a_new_version_does_not_call_it_a_duplicate_of_the_old_one(casebase: Casebase, tmp_path: Path) -> None:
    done = casebase("check", tmp_path / "starter" / f"{BIRTH.id}.md", "--json")
    assert done.json["duplicate_of"] is None
    assert BIRTH.id not in {hit["id"] for hit in done.json["hits"]}


@pytest.mark.usefixtures("filled")
def test_a_check_of_a_bad_file_names_its_faults(casebase: Casebase, bad_file: Path) -> None:
    done = casebase("check", bad_file, "--json")
    assert (done.code, done.out) == (1, "")
    assert f"{bad_file}:" in done.err


# --- validate, import, export ---------------------------------------------------------------------------------------------------


@pytest.fixture
def bad_file(tmp_path: Path) -> Path:
    path = tmp_path / "starter" / f"{BIRTH.id}.md"
    text = format_case(BIRTH).replace("level: commune", "level: galaxy").replace("country: VN", "country: ZZ")
    path.write_text(text.replace("## Bài học", "## Lời bàn"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lang", "messages"),
    [
        ("vi", ("không phải mã nước", "không có trong bảng từ", "Không có mục nào tên “Lời bàn”", "4 chỗ cần sửa trong 1 tệp")),
        ("en", ("not a country code", "not in the vocabulary", "There is no section named “Lời bàn”", "4 faults in 1 files")),
    ],
)
def test_validate_prints_every_fault_with_its_line(
    casebase: Casebase, bad_file: Path, lang: str, messages: tuple[str, ...]
) -> None:
    done = casebase("--lang", lang, "validate", bad_file.parent)
    lines = bad_file.read_text(encoding="utf-8").split("\n")
    assert (done.code, done.out) == (1, "")
    for message in messages:
        assert message in done.err
    for wrong in ("country: ZZ", "level: galaxy", "## Lời bàn"):
        assert f"{bad_file}:{lines.index(wrong) + 1}: " in done.err


def test_validate_tells_scripts_every_fault(casebase: Casebase, bad_file: Path) -> None:
    done = casebase("validate", bad_file.parent, "--json")
    assert (done.code, done.err) == (1, "")
    assert sorted(done.json["valid"]) == sorted(case.id for case in CASES if case is not BIRTH)
    assert {fault["code"] for fault in done.json["faults"]} == {
        "country.unknown", "vocabulary.unknown", "section.unknown", "section.missing",
    }  # fmt: skip
    assert all(set(fault) == {"code", "path", "line", "field", "message"} for fault in done.json["faults"])


@pytest.fixture
def untidy_file(tmp_path: Path) -> Path:
    path = tmp_path / "starter" / f"{BIRTH.id}.md"
    path.write_text(format_case(BIRTH).replace(BIRTH.title, f"{BIRTH.title} số hoá"), encoding="utf-8")
    return path


def test_validate_prints_remarks_on_style_and_does_not_fail_for_them(casebase: Casebase, untidy_file: Path) -> None:
    done = casebase("--lang", "en", "validate", untidy_file.parent)
    assert (done.code, done.out) == (0, "")
    assert "hoá. Write hóa." in done.err
    assert "5 cases are valid, no faults; 1 remarks on style." in done.err


def test_validate_tells_scripts_the_remarks(casebase: Casebase, untidy_file: Path) -> None:
    done = casebase("validate", untidy_file, "--json")
    assert done.code == 0
    assert [(remark["code"], remark["path"]) for remark in done.json["remarks"]] == [("style.tone", str(untidy_file))]


def test_validate_of_good_files_needs_no_store_and_leaves_nothing(casebase: Casebase, home: Path, tmp_path: Path) -> None:
    done = casebase("--lang", "en", "validate", tmp_path / "starter")
    assert (done.code, done.out, done.err.strip()) == (0, "", "5 cases are valid, no faults.")
    assert list(home.iterdir()) == []


def test_import_takes_in_the_good_files_and_fails_for_the_bad_one(casebase: Casebase, home: Path, bad_file: Path) -> None:
    library(home)
    done = casebase("--lang", "en", "import", bad_file.parent)
    assert (done.code, done.out) == (1, "")
    assert "Imported 4 new or changed cases; 0 are as they were." in done.err
    assert f"{bad_file}:" in done.err
    assert casebase("search", "đường sắt", "--json").json["hits"][0]["id"] == RAILWAY.id
    assert casebase("index", "check").code == 0


def test_an_export_imported_again_changes_nothing(casebase: Casebase, filled: Services, tmp_path: Path) -> None:
    exported = casebase("--lang", "en", "export", tmp_path / "out")
    assert (exported.code, exported.out) == (0, "")
    assert "Wrote 5 files" in exported.err
    imported = casebase("--lang", "en", "import", tmp_path / "out")
    assert imported.code == 0
    assert "Imported 0 new or changed cases; 5 are as they were." in imported.err
    assert filled.store.generation() == 5


@pytest.mark.usefixtures("filled")
def test_an_unknown_format_names_those_there_are(casebase: Casebase, tmp_path: Path) -> None:
    done = casebase("--lang", "en", "export", tmp_path / "out", "--format", "docx")
    assert done.code == 2
    assert "The values are: md" in done.err


@pytest.mark.usefixtures("filled")
def test_a_folder_that_cannot_be_written_to_is_an_expected_error(casebase: Casebase, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = casebase("export", tmp_path / "file")
    assert done.code == 1
    assert str(tmp_path / "file") in done.err


# --- eval and model -------------------------------------------------------------------------------------------------------------


def write_queries(path: Path) -> Path:
    row = {"id": "1", "lang": "vi", "style": "need", "text": "mua vé tàu đường sắt", "relevant": {RAILWAY.id: 2}}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return path


@pytest.mark.usefixtures("filled")
def test_the_json_of_eval_has_the_shape_that_scripts_rely_on(casebase: Casebase, tmp_path: Path) -> None:
    done = casebase("eval", "--queries", write_queries(tmp_path / "q.jsonl"), "--json")
    assert (done.code, done.err) == (0, "")
    assert set(done.json) == MEASURES | {"by_lang", "by_style", "latency_ms", "unanswerable"}
    assert set(done.json["by_lang"]["vi"]) == set(done.json["by_style"]["need"]) == MEASURES
    assert set(done.json["latency_ms"]) == {"p50", "p95"}
    assert done.json["success@1"] == 1.0


@pytest.mark.usefixtures("filled")
def test_eval_prints_a_table_for_people(casebase: Casebase, tmp_path: Path) -> None:
    done = casebase("eval", "--queries", write_queries(tmp_path / "q.jsonl"))
    assert done.code == 0
    assert "ndcg@10" in done.out
    assert "latency ms" in done.out


@pytest.mark.usefixtures("filled")
def test_a_line_that_cannot_be_read_is_named(casebase: Casebase, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"id": 1}\n', encoding="utf-8")
    done = casebase("--lang", "en", "eval", "--queries", tmp_path / "q.jsonl", "--json")
    assert (done.code, done.out) == (1, "")
    assert f"{tmp_path / 'q.jsonl'} (line 1)" in done.err


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_dataset_is_measured_without_a_store_and_leaves_nothing(
    casebase: Casebase, home: Path, tmp_path: Path, mode: str
) -> None:
    (tmp_path / "set" / "qrels").mkdir(parents=True)
    documents = ["hành khách mua vé tàu đường sắt qua mạng", "học sinh dùng học bạ điện tử ở trường", "bệnh viện bỏ bệnh án giấy"]
    corpus = [{"_id": f"d{number}", "title": "", "text": text} for number, text in enumerate(documents)]
    (tmp_path / "set" / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)), encoding="utf-8")
    (tmp_path / "set" / "queries.jsonl").write_text('{"_id": "q", "text": "học bạ điện tử"}', encoding="utf-8")
    (tmp_path / "set" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td1\t1\n", encoding="utf-8")
    done = casebase("eval", "--dataset", tmp_path / "set", "--mode", mode, "--json")
    assert (done.code, done.json["queries"], done.json["success@1"]) == (0, 1, 1.0)
    assert list(home.iterdir()) == []


def test_model_info_tells_which_model_is_used(casebase: Casebase) -> None:
    done = casebase("model", "info", "--json")
    assert (done.code, done.json["engine"], done.json["fingerprint"]) == (0, "hashing", "hashing/256")
    assert "hashing/256" in casebase("model", "info").out


@pytest.mark.model
def test_model_info_of_the_real_model_names_its_licence(
    casebase: Casebase, monkeypatch: pytest.MonkeyPatch, real_library: Path
) -> None:
    monkeypatch.setenv("CASEBASE_ENGINE", "onnx")
    done = casebase("--home", real_library, "model", "info", "--json")
    assert (done.code, done.json["licence"], done.json["dimension"]) == (0, "MIT", 384)


# --- as processes ---------------------------------------------------------------------------------------------------------------


def test_init_search_and_check_work_as_commands(home: Path) -> None:
    initialised = run_for_real("init")
    assert (initialised.code, initialised.out) == (0, "")
    found = run_for_real("search", "ĐƯỜNG SẮT", "--json")
    assert (found.code, found.err, found.json["hits"][0]["id"]) == (0, "", RAILWAY.id)
    assert (home / "data" / "casebase.db").is_file()
    checked = run_for_real("index", "check")
    assert (checked.code, checked.err) == (0, "")


def test_an_expected_error_of_a_command_is_a_message_and_no_traceback() -> None:
    done = run_for_real("--lang", "en", "search", "x")
    assert (done.code, done.out) == (1, "")
    assert done.err.strip() == "The store is not set up yet. Run `casebase init` first."


@pytest.mark.model
def test_the_real_model_answers_as_a_command(monkeypatch: pytest.MonkeyPatch, real_library: Path) -> None:
    monkeypatch.setenv("CASEBASE_ENGINE", "onnx")
    done = run_for_real(
        "--home", real_library, "--lang", "en", "search", "payroll system went live although it was not ready", "--json"
    )
    assert (done.code, done.err) == (0, "")
    assert {hit["id"] for hit in done.json["hits"][:2]} == {"ca-phoenix-pay", "au-qld-health-payroll"}
