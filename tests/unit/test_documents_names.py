"""Names of uploaded files are harmless wherever they are shown, saved or sent."""

from __future__ import annotations

import re
import unicodedata
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.text import control_characters
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.names import LONGEST_BYTES, content_disposition, display_name

LONG = "Báo cáo kết quả chuyển đổi số phường Nghĩa Đô " * 5


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Báo cáo.pdf", "Báo cáo.pdf"),
        ("Báo cáo.PDF", "Báo cáo.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\an\\báo cáo.pdf", "báo cáo.pdf"),
        ("a\x00b.pdf", "a b.pdf"),
        ("setup.exe", "setup.exe.pdf"),
        ("fdp.\u202eexe.pdf", "fdp.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie x.pdf"),
        ("..", "document.pdf"),
        ("", "document.pdf"),
        (".pdf", "document.pdf"),
        ("con.pdf", "_con.pdf"),
        ("aux.txt.pdf", "_aux.txt.pdf"),
        ('<img src=x onerror="a">.pdf', "img src=x onerror=a.pdf"),
    ],
)
def test_s10_a_name_loses_what_could_harm_and_keeps_what_people_know_it_by(name: str, shown: str) -> None:
    assert display_name(name, Kind.PDF) == shown


def test_s10_a_long_vietnamese_name_is_cut_in_whole_letters() -> None:
    shown = display_name(unicodedata.normalize("NFD", LONG) + ".docx", Kind.DOCX)
    assert len(shown.encode()) <= LONGEST_BYTES
    assert LONG.startswith(shown.removesuffix(".docx"))


def test_s10_a_download_has_its_name_in_the_header_for_new_and_old_browsers() -> None:
    assert content_disposition("Báo cáo Đà Nẵng.pdf") == (
        "attachment; filename=\"Bao cao Da Nang.pdf\"; filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20%C4%90%C3%A0%20N%E1%BA%B5ng.pdf"
    )


@given(st.text(max_size=400), st.sampled_from(Kind))
def test_any_name_becomes_one_that_can_be_saved_and_sent(name: str, kind: Kind) -> None:
    shown = display_name(name, kind)
    assert shown.endswith(f".{kind.value}")
    assert len(shown.encode()) <= LONGEST_BYTES
    assert not control_characters(shown)
    assert not re.search(r'[/\\<>:"|?*]', shown)
    assert display_name(shown, kind) == shown
    header = content_disposition(shown)
    assert header.isascii()
    assert "\n" not in header
    assert unquote(header.rpartition("''")[2]) == shown


@given(st.text(max_size=100))
def test_the_header_is_read_back_by_a_parser_of_headers(name: str) -> None:
    shown = display_name(name, Kind.PDF)
    message = Message()
    message["Content-Disposition"] = content_disposition(shown)
    assert message.get_content_disposition() == "attachment"
    assert message.get_filename() is not None
