"""What an official must get from the real library with the real model: the promises of the first release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from library import ids

from casebase.domain.query import SearchQuery, Verdict
from casebase.search.text import fold

if TYPE_CHECKING:
    from casebase.bootstrap import Services
    from casebase.domain.query import SearchResult

pytestmark = pytest.mark.model

BIRTH = "người dân phải đi lại nhiều lần để làm giấy khai sinh, hộ khẩu và thẻ bảo hiểm cho trẻ"
PAYROLL_VI = "hệ thống trả lương bị lỗi sau khi đưa vào vận hành"
PAYROLL_EN = "payroll system went live although it was not ready"
PAYROLL_FR = "quelles leçons d'un logiciel de paie raté"


def ask(services: Services, text: str, reader: str = "vi") -> SearchResult:
    result = services.search(SearchQuery(text, reader=reader))
    assert result.by_meaning
    return result


@pytest.mark.parametrize("text", [BIRTH, fold(BIRTH), BIRTH.upper()], ids=["marks", "no marks", "capitals"])
def test_birth_registration_finds_the_two_provinces_that_joined_it(real_services: Services, text: str) -> None:
    assert "lien-thong-khai-sinh-ha-noi-ha-nam" in ids(ask(real_services, text))[:2]


def test_payroll_in_english_finds_both_payroll_disasters(real_services: Services) -> None:
    assert set(ids(ask(real_services, PAYROLL_EN, "en"))[:2]) == {"ca-phoenix-pay", "au-qld-health-payroll"}


def test_payroll_in_french_finds_the_french_case_first(real_services: Services) -> None:
    assert ids(ask(real_services, PAYROLL_FR))[0] == "fr-louvois"


def test_payroll_in_vietnamese_crosses_languages(real_services: Services) -> None:
    assert "ca-phoenix-pay" in ids(ask(real_services, PAYROLL_VI))[:3]


def test_a_need_that_the_library_answers_gets_a_good_verdict(real_services: Services) -> None:
    assert ask(real_services, BIRTH).verdict is Verdict.GOOD


def test_the_quoted_sentence_tells_what_the_need_is_about(real_services: Services) -> None:
    reason = ask(real_services, BIRTH).hits[0].reason
    assert "khai sinh" in reason.sentence
    assert reason.matched


def test_a_reader_of_vietnamese_is_quoted_the_translation_of_an_english_case(real_services: Services) -> None:
    assert ask(real_services, PAYROLL_EN, "vi").hits[0].reason.lang == "vi"


@pytest.mark.parametrize(
    "text",
    [
        "cách nấu phở bò ngon",
        "lịch thi đấu bóng đá ngoại hạng Anh",
        "best pizza recipe",
        "how to grow tomatoes on a balcony",
        "asdf qwer zxcv",
        "xyzzy",
        "1234567",
        "🙂🙂",
        "",
    ],
)
def test_nonsense_is_told_honestly_that_nothing_fits(real_services: Services, text: str) -> None:
    assert ask(real_services, text).verdict is Verdict.NONE


def test_a_case_is_like_another_of_its_kind_in_another_language(real_services: Services) -> None:
    found = real_services.similar(ask(real_services, PAYROLL_EN).hits[0].case_id, limit=3, reader="vi")
    assert {"au-qld-health-payroll", "fr-louvois"} <= set(ids(found))
