"""What the checks say about the case library is true: every hint is one that stands here, with the reason why it does."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from casebase.domain.case import TranslationMethod
from casebase.domain.hints import HintCode
from casebase.ingest.markdown import read_folder
from casebase.services.checking import check_case

CASES = read_folder([Path(__file__).parents[2] / "cases"]).cases
ALLOWED: dict[HintCode, set[str]] = {
    # Their Vietnamese translations say CNTT and nowhere công nghệ thông tin.
    HintCode.ABBREVIATION_UNEXPLAINED: {"au-qld-health-payroll", "ee-x-road", "us-healthcare-gov"},
    # Each tells a fact in the words of the headline that reported it.
    HintCode.SOURCES_REPEATED: {"csdl-can-bo-cong-chuc-vien-chuc", "hoc-ba-so-tieu-hoc"},
    # Its summary tells the pilot in six departments in the words of the title.
    HintCode.SUMMARY_REPEATS_TITLE: {"benh-an-dien-tu-bach-mai"},
    # All translations and headlines in other languages are by a machine, and say so.
    HintCode.TRANSLATION_UNREVIEWED: {
        case.id
        for case in CASES
        if TranslationMethod.MACHINE in {version.method for version in (*case.headlines.values(), *case.translations)}
    },
}


@pytest.fixture(scope="module")
def noticed() -> dict[HintCode, set[str]]:
    """Return, by code, the cases with such a hint."""
    found: dict[HintCode, set[str]] = defaultdict(set)
    for case in CASES:
        for hint in check_case(case):
            found[hint.code].add(case.id)
    return found


@pytest.mark.parametrize("code", HintCode)
def test_a_hint_on_the_library_is_a_true_one(noticed: dict[HintCode, set[str]], code: HintCode) -> None:
    assert noticed.get(code, set()) == ALLOWED.get(code, set())
