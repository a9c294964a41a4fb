"""`casebase propose` and `casebase template`: a report becomes a case file to go on from."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from documents import REPORT, make_docx, make_latin_pdf, make_pdf

from casebase.cli import main
from casebase.ingest.documents.kind import Kind, recognise
from casebase.ingest.markdown import parse_case

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "bao-cao.pdf"
    path.write_bytes(make_pdf(REPORT))
    return path


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of a command."""
    monkeypatch.setattr(sys, "argv", ["casebase", *map(str, arguments)])
    capsys.readouterr()
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0), *capsys.readouterr()
    return 0, *capsys.readouterr()


def test_a_report_is_printed_as_a_case_file(
    report: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capsys, monkeypatch, "--lang", "en", "propose", report)
    assert code == 0
    assert "This is a proposal" in err
    assert list(home.iterdir()) == []
    faults = parse_case(out).faults
    assert {fault.code for fault in faults} == {"field.missing"}
    assert {fault.where for fault in faults} == {
        "summary",
        "agency.name",
        "agency.type",
        "level",
        "sectors",
        "stage",
        "outcome",
    }
    assert "id: so-hoa-bo-phan-mot-cua-o-phuong-mau\n" in out
    assert "title: Số hóa bộ phận một cửa ở phường Mẫu\n" in out
    assert "# results: p. 2 (heading)\n" in out
    assert "## Kết quả\n\nThời gian chờ giảm từ 5 ngày xuống 1 ngày." in out


def test_a_filled_in_skeleton_is_a_case(report: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = run(capsys, monkeypatch, "propose", report)
    summary = "Người dân phải đi lại nhiều lần; phường nhận hồ sơ qua mạng và cử người giúp, thời gian chờ giảm còn một ngày."
    for empty, value in {
        "summary:\n": f"summary: {summary}",
        "name:\n": "name: UBND phường Mẫu",
        "type:\n": "type: local-government",
        "level:\n": "level: commune",
        "sectors:\n": "sectors: [public-administration]",
        "stage:\n": "stage: operating",
        "outcome:\n": "outcome: success",
    }.items():
        assert empty in out
        out = out.replace(empty, f"{value}\n")
    reading = parse_case(out)
    assert reading.faults == ()
    assert reading.document
    assert (reading.document.period.start, reading.document.period.end) == ("2022-03", "2023-06")
    assert reading.document.metrics[0].before == "5"


def test_json_has_everything_with_its_place(
    report: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capsys, monkeypatch, "propose", report, "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert set(found) == {"kind", "pages", "lang", "title", "sections", "period", "days", "figures", "remarks"}
    assert (found["kind"], found["pages"], found["lang"]) == ("pdf", 3, "vi")
    assert found["title"]["page"] == 1
    assert found["sections"]["results"]["pages"] == [2]
    assert found["figures"][0] | {"text": ""} == {
        "before": "5",
        "after": "1",
        "unit": "ngày",
        "text": "",
        "page": 2,
        "line": 6,
        "basis": "heading",
    }


def test_v02_a_pdf_in_tcvn3_is_converted_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cu.pdf"
    path.write_bytes(make_latin_pdf(["I. Thùc tr¹ng", "Hå s¬ giÊy ph¶i chuyÓn tay gi÷a ba bé phËn, d©n kh«ng biÕt ë ®©u."]))
    code, out, err = run(capsys, monkeypatch, "--lang", "en", "propose", path)
    assert code == 0
    assert "Hồ sơ giấy phải chuyển tay giữa ba bộ phận, dân không biết ở đâu." in out
    assert "old encoding TCVN3" in err


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"MZ\x90\0", "không phải PDF hay Word"), (make_pdf(REPORT)[:400], "bị hỏng"), (None, "Không đọc được")],
    ids=["exe", "truncated", "missing"],
)
def test_what_cannot_be_read_is_told_in_one_message(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    content: bytes | None,
    message: str,
) -> None:
    path = tmp_path / "tep.pdf"
    if content is not None:
        path.write_bytes(content)
    code, out, err = run(capsys, monkeypatch, "--lang", "vi", "propose", path)
    assert (code, out) == (1, "")
    assert message in err


def test_limits_come_from_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lon.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"\0" * 1_000_000)
    monkeypatch.setenv("CASEBASE_DOCUMENT_MEGABYTES", "1")
    code, _, err = run(capsys, monkeypatch, "--lang", "en", "propose", path)
    assert code == 1
    assert "1 MB at most" in err


def test_the_template_is_a_word_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mau.docx"
    code, out, err = run(capsys, monkeypatch, "template", path)
    assert (code, out) == (0, "")
    assert str(path) in err
    assert recognise(path.read_bytes()) is Kind.DOCX


def test_a_template_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(capsys, monkeypatch, "--lang", "en", "template", tmp_path / "nowhere" / "mau.docx")
    assert code == 1
    assert "Cannot write" in err


def test_a_word_report_without_pages_is_printed_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bao-cao.docx"
    path.write_bytes(make_docx(("Title", "Một cửa"), ("Heading 1", "Kết quả"), "Thời gian chờ giảm từ 5 ngày xuống 1 ngày."))
    code, out, _ = run(capsys, monkeypatch, "propose", path)
    assert code == 0
    assert "# results: p. - (heading)\n" in out
