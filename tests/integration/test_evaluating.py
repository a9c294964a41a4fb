"""Measuring search: judged queries over the library, and data sets in BEIR layout in a throw-away index."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from library import CASES, PAYROLL, RAILWAY, SALARY, library_in_memory

from casebase.domain.query import Mode
from casebase.errors import DatasetError
from casebase.i18n import describe_error
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.services.evaluating import evaluate_dataset, evaluate_queries, read_judged

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.bootstrap import Services

MEASURES = {"queries", "ndcg@10", "recall@5", "mrr@10", "success@1"}
KEYS = MEASURES | {"by_lang", "by_style", "unanswerable", "latency_ms"}
QUERIES = [
    {"id": "1", "lang": "vi", "style": "need", "text": "mua vé tàu đường sắt", "relevant": {RAILWAY.id: 3}},
    {"id": "2", "lang": "en", "style": "keywords", "text": "payroll system", "relevant": {PAYROLL.id: 3, SALARY.id: 1}},
    {"id": "3", "lang": "vi", "style": "need", "text": "zzz", "relevant": {}},
]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return library_in_memory(tmp_path_factory.mktemp("home"), *CASES)


def write_lines(path: Path, rows: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    return path


def write_dataset(folder: Path, *, qrels: str = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\n") -> Path:
    write_lines(
        folder / "corpus.jsonl",
        [
            {"_id": "d1", "title": "Đường sắt", "text": "Hành khách mua vé tàu qua mạng thay vì xếp hàng ở nhà ga."},
            {"_id": "d2", "title": "Payroll", "text": "The payroll system went live too early and nobody was paid."},
            {"_id": "d3", "title": "", "text": "Học sinh dùng học bạ điện tử."},
            {"_id": "d4", "title": "Chỉ có tên", "text": ""},
        ],
    )
    write_lines(
        folder / "queries.jsonl",
        [
            {"_id": "q1", "text": "mua vé tàu"},
            {"_id": "q2", "text": "payroll nobody was paid", "lang": "en", "style": "need"},
            {"_id": "q3", "text": "not judged"},
        ],
    )
    (folder / "qrels").mkdir(exist_ok=True)
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


def evaluate(services: Services, path: Path, mode: Mode = Mode.HYBRID) -> dict[str, Any]:
    return evaluate_queries(read_judged(path), store=services.store, index=services.index, embedder=services.embedder, mode=mode)


# --- judged queries -------------------------------------------------------------------------------------------------------------


def test_judged_queries_are_run_through_the_search_that_people_use(services: Services, tmp_path: Path) -> None:
    report = evaluate(services, write_lines(tmp_path / "q.jsonl", QUERIES))
    assert set(report) == KEYS
    assert (report["queries"], report["success@1"], report["mrr@10"]) == (3, 1.0, 1.0)
    assert report["unanswerable"] == {"none": 1}


def test_a_report_has_the_same_measures_by_language_and_by_style(services: Services, tmp_path: Path) -> None:
    report = evaluate(services, write_lines(tmp_path / "q.jsonl", QUERIES))
    assert {key: set(of) for key, of in report["by_lang"].items()} == {"en": MEASURES, "vi": MEASURES}
    assert {key: set(of) for key, of in report["by_style"].items()} == {"keywords": MEASURES, "need": MEASURES}
    assert set(report["latency_ms"]) == {"p50", "p95"}


@pytest.mark.parametrize("mode", Mode)
def test_each_kind_of_evidence_can_be_measured(services: Services, tmp_path: Path, mode: Mode) -> None:
    assert evaluate(services, write_lines(tmp_path / "q.jsonl", QUERIES), mode)["success@1"] == 1.0


def test_a_file_without_queries_measures_nothing(services: Services, tmp_path: Path) -> None:
    report = evaluate(services, write_lines(tmp_path / "q.jsonl", []))
    assert (report["queries"], report["ndcg@10"]) == (0, 0)


def test_judged_queries_are_read_with_their_grades(tmp_path: Path) -> None:
    [first, *_] = read_judged(write_lines(tmp_path / "q.jsonl", QUERIES))
    assert (first.id, first.lang, first.style, first.relevant) == ("1", "vi", "need", {RAILWAY.id: 3})


def test_blank_lines_between_queries_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text("\n" + json.dumps(QUERIES[0]) + "\n\n", encoding="utf-8")
    assert len(read_judged(path)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        json.dumps({**QUERIES[0], "relevant": ["a"]}),
        json.dumps({**QUERIES[0], "relevant": {"a": "many"}}),
        json.dumps({key: value for key, value in QUERIES[0].items() if key != "text"}),
    ],
)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str, lang: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f"{json.dumps(QUERIES[0])}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        read_judged(path)
    assert caught.value.context["line"] == 3
    assert "3" in describe_error(caught.value, lang)
    assert str(path) in describe_error(caught.value, lang)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not text"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "q.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError) as caught:
        read_judged(path)
    assert caught.value.context["path"] == path


# --- data sets in BEIR layout ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_a_dataset_is_measured_in_an_index_of_its_own(tmp_path: Path, mode: Mode) -> None:
    report = evaluate_dataset(write_dataset(tmp_path), embedder=HashingEmbedder(), mode=mode)
    assert set(report) == KEYS
    assert (report["queries"], report["success@1"]) == (2, 1.0)


def test_a_query_of_a_dataset_has_the_language_it_names_or_the_one_detected(tmp_path: Path) -> None:
    report: dict[str, Any] = evaluate_dataset(write_dataset(tmp_path), embedder=HashingEmbedder())
    assert {lang: of["queries"] for lang, of in report["by_lang"].items()} == {"en": 1, "vi": 1}
    assert set(report["by_style"]) == {"need", "question"}


def test_the_passages_of_a_dataset_are_counted_as_they_are_embedded(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    evaluate_dataset(write_dataset(tmp_path), embedder=HashingEmbedder(), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)


@pytest.mark.parametrize(
    "qrels",
    ["q1\td1\t1\nq2\td2\t2\n", "query-id\tcorpus-id\tscore\nq1\td1\t1\n\nq2\td2\t2\n\n", "a\tb\tc\r\nq1\td1\t1\r\nq2\td2\t2"],
    ids=["no heading", "blank lines", "Windows"],
)
def test_judgements_are_read_with_and_without_a_heading(tmp_path: Path, qrels: str) -> None:
    assert evaluate_dataset(write_dataset(tmp_path, qrels=qrels), embedder=HashingEmbedder())["queries"] == 2


@pytest.mark.parametrize("line", ["q1\td1", "q1 d1 1", "q1\td1\tmany"])
def test_a_judgement_that_does_not_fit_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    write_dataset(tmp_path, qrels=f"query-id\tcorpus-id\tscore\nq1\td1\t1\n{line}\n")
    with pytest.raises(DatasetError) as caught:
        evaluate_dataset(tmp_path, embedder=HashingEmbedder())
    assert caught.value.context["line"] == 3
    assert caught.value.context["path"] == tmp_path / "qrels" / "test.tsv"


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_of_a_dataset_is_named(tmp_path: Path, name: str) -> None:
    (write_dataset(tmp_path) / name).unlink()
    with pytest.raises(DatasetError) as caught:
        evaluate_dataset(tmp_path, embedder=HashingEmbedder())
    assert caught.value.context["path"] == tmp_path / name


def test_a_dataset_without_documents_finds_nothing(tmp_path: Path) -> None:
    (write_dataset(tmp_path) / "corpus.jsonl").write_text("", encoding="utf-8")
    assert evaluate_dataset(tmp_path, embedder=HashingEmbedder())["ndcg@10"] == 0


def test_text_that_no_encoding_holds_is_measured_all_the_same(tmp_path: Path) -> None:
    write_dataset(tmp_path)
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1", "text": "vé \\ud800 tàu"}\n', encoding="utf-8")
    assert evaluate_dataset(tmp_path, embedder=HashingEmbedder())["queries"] == 2
