"""Whatever a story says, the checks answer, quote what stands there, and can be told in both languages."""

from __future__ import annotations

from typing import Any

from factories import make_case
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from casebase.domain.case import NARRATIVE
from casebase.domain.story import Story
from casebase.domain.text import has_outer_heading, has_remote_image
from casebase.i18n import LANGUAGES, describe_hint
from casebase.search.likeness import fingerprint, resemblance
from casebase.services.checking import check_case, check_story

FRAGMENTS = (
    "0912 345 678", "001085012345", "số tài khoản 0011001234567", "MST 8012345678", "a@gmail.com", "+44 20 7946 0958", "CSDL",
    "QĐ-TTg", "06/QĐ-TTg", "vượt trội", "“", "”", '"', "(", ")", "[", "]", "{", "}", "|a|b|",
    "1. ", "- ", "\n", "\n\n", ". ", "TỔNG", "%s",
    "{place}", "İ", "ß", "đ", "e\u0301", "١٢", "½", "²", "🇻🇳",
)  # fmt: skip
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff")
PROSE = st.lists(st.sampled_from(FRAGMENTS) | st.text(CHARACTERS, max_size=40), max_size=20).map("".join)
SECTION = PROSE.filter(lambda text: not has_outer_heading(text) and not has_remote_image(text))
LINE = PROSE.map(lambda text: " ".join(text.split())[:100] or "x")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]), max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(
    st.sampled_from(["lang", "title", "summary", "useful_when", "sections", "sources", "period", "metrics", "contact_public"])
    | st.text(max_size=10),
    ANYTHING | st.fixed_dictionaries({section.value: PROSE for section in NARRATIVE}),
    max_size=9,
)
THOROUGH = settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@given(
    title=LINE,
    useful=st.lists(LINE, max_size=3, unique=True),
    source=LINE,
    contact=LINE,
    sections=st.fixed_dictionaries({section.value: SECTION for section in NARRATIVE}),
    lang=st.sampled_from(["vi", "en", "fr"]),
)
@THOROUGH
def test_a_case_of_any_words_gets_hints_that_can_be_told(
    title: str, useful: list[str], source: str, contact: str, sections: dict[str, str], lang: str
) -> None:
    case = make_case(
        title=title, useful_when=useful, sources=[{"title": source}], contact_public=contact, sections=sections, lang=lang
    )
    for hint in check_case(case):
        for reader in LANGUAGES:
            assert hint.quote in describe_hint(hint, reader) or not hint.quote or hint.code == "results.no_figure"


@given(fields=FIELDS)
@example(fields={"sections": {"steps": "“" * 20_000}})
@example(fields={"sections": {"problem": "0 " * 10_000}})
@example(fields={"sections": {"problem": "a@" * 10_000}})
@example(fields={"sections": {"problem": "[" * 20_000}})
@example(fields={"sections": {"problem": "số tài khoản " * 1_500}})
@THOROUGH
def test_a_draft_of_anything_at_all_gets_hints(fields: dict[str, Any]) -> None:
    check_story(Story.of_fields(fields))


@given(some=st.lists(PROSE, max_size=4), others=st.lists(PROSE, max_size=4), meaning=st.none() | st.floats(-1, 1))
@THOROUGH
def test_two_texts_resemble_each_other_alike_both_ways(some: list[str], others: list[str], meaning: float | None) -> None:
    here, there = fingerprint(some), fingerprint(others)
    assert resemblance(here, there, meaning=meaning) == resemblance(there, here, meaning=meaning)
    assert 0 <= resemblance(here, there, meaning=meaning).shared <= 1
