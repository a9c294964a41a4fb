"""What a case must be: every rule of `casebase.domain.case`, with the code of its fault."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pytest
from factories import make_case
from pydantic import ValidationError

from casebase.domain.case import (
    LICENCE,
    NARRATIVE,
    Agency,
    BuildingBlock,
    CaseStudy,
    Metric,
    Period,
    Section,
    State,
    StoredCase,
    TranslationMethod,
)

CASE = make_case()
SUMMARY = "One office, one form and one number to call, so that nobody has to carry papers from door to door any more."
HEADLINE = {"title": "One-stop shop", "summary": SUMMARY, "method": "machine"}
SECTIONS = {"problem": "Paper.", "approach": "One form.", "steps": "Two.", "results": "Faster.", "lessons": "Ask first."}
FIGURE = {"indicator": "Waiting time", "before": "5", "after": "1", "unit": "days"}


def translation(lang: str, **overrides: object) -> dict[str, object]:
    return {"translation_of": CASE.id, "lang": lang, **HEADLINE, "sections": SECTIONS, **overrides}


def faults_of(**overrides: object) -> list[tuple[str, str]]:
    """Return where and what is wrong with the sample case once these fields are changed."""
    with pytest.raises(ValidationError) as caught:
        make_case(**overrides)
    return [(".".join(map(str, detail["loc"])), detail["type"]) for detail in caught.value.errors()]


@pytest.mark.parametrize(
    ("field", "value", "where", "code"),
    [
        ("id", "ab", "id", "string_too_short"),
        ("id", "a" * 81, "id", "string_too_long"),
        ("id", "Chuyen-Doi-So", "id", "string_pattern_mismatch"),
        ("id", "chuyển-đổi-số", "id", "string_pattern_mismatch"),
        ("id", "one--two", "id", "string_pattern_mismatch"),
        ("id", "-one", "id", "string_pattern_mismatch"),
        ("id", "one-", "id", "string_pattern_mismatch"),
        ("id", "../../etc", "id", "string_pattern_mismatch"),
        ("id", "one-two\n", "id", "string_pattern_mismatch"),
        ("lang", "de", "lang", "vocabulary.unknown"),
        ("title", " \t ", "title", "string_too_short"),
        ("title", "a" * 151, "title", "string_too_long"),
        ("title", "a\x07b", "title", "text.control"),
        ("title", ["a"], "title", "string_type"),
        ("summary", "a" * 79, "summary", "string_too_short"),
        ("summary", "a" * 501, "summary", "string_too_long"),
        ("summary", "e\u0301" * 79, "summary", "string_too_short"),
        ("headlines", {"vi": HEADLINE}, "headlines", "headline.own_language"),
        ("headlines", {"xx": HEADLINE}, "headlines.xx.[key]", "vocabulary.unknown"),
        ("headlines", {"en": {**HEADLINE, "method": "guess"}}, "headlines.en.method", "enum"),
        ("headlines", {"en": {**HEADLINE, "summary": "short"}}, "headlines.en.summary", "string_too_short"),
        ("headlines", "en", "headlines", "dict_type"),
        ("agency", {"name": "UBND"}, "agency.type", "missing"),
        ("agency", {"name": "UBND", "type": "club"}, "agency.type", "vocabulary.unknown"),
        ("agency", {"name": "", "type": "ministry"}, "agency.name", "string_too_short"),
        ("agency", {"name": "a" * 1001, "type": "ministry"}, "agency.name", "string_too_long"),
        ("agency", {"name": "UBND", "type": "ministry", "boss": "x"}, "agency.boss", "extra_forbidden"),
        ("country", "VNM", "country", "country.unknown"),
        ("country", "vn", "country", "country.unknown"),
        ("country", "ZZ", "country", "country.unknown"),
        ("places", ["Hà Nội", "Hà  Nội"], "places", "list.repeated"),
        ("places", "Hà Nội", "places", "tuple_type"),
        ("sectors", [], "sectors", "too_short"),
        ("sectors", ["health", "education", "energy", "agriculture"], "sectors", "too_long"),
        ("sectors", ["health", "health"], "sectors", "list.repeated"),
        ("level", "galaxy", "level", "vocabulary.unknown"),
        ("stage", "dreamt", "stage", "vocabulary.unknown"),
        ("outcome", "fine", "outcome", "vocabulary.unknown"),
        ("provenance", "rumour", "provenance", "vocabulary.unknown"),
        ("evidence_level", "certain", "evidence_level", "vocabulary.unknown"),
        ("sectors", ["sport"], "sectors.0", "vocabulary.unknown"),
        ("pillars", ["digital-army"], "pillars.0", "vocabulary.unknown"),
        ("challenges", ["weather"], "challenges.0", "vocabulary.unknown"),
        ("solution_areas", ["magic"], "solution_areas.0", "vocabulary.unknown"),
        ("levers", ["crowbar"], "levers.0", "vocabulary.unknown"),
        ("rollout_steps", ["party"], "rollout_steps.0", "vocabulary.unknown"),
        ("pillars", ["digital-economy", "digital-economy"], "pillars", "list.repeated"),
        ("challenges", ["resources", "resources"], "challenges", "list.repeated"),
        ("solution_areas", ["security", "security"], "solution_areas", "list.repeated"),
        ("levers", ["policy", "policy"], "levers", "list.repeated"),
        ("rollout_steps", ["plan", "plan"], "rollout_steps", "list.repeated"),
        ("period", {"start": "2023", "end": "2022-12"}, "period.end", "period.reversed"),
        ("period", {"start": "2023-06", "end": "2023-05"}, "period.end", "period.reversed"),
        ("period", {"start": "2023-06-01"}, "period.start", "period.day"),
        ("metrics", [{"indicator": "Time"}], "metrics.0.after", "missing"),
        ("metrics", [{"indicator": "Time", "after": "1", "source": 2}], "metrics", "metric.source"),
        ("metrics", [{"indicator": "Time", "after": "1", "source": 0}], "metrics.0.source", "greater_than_equal"),
        ("building_blocks", [{"name": "Portal", "kind": "spaceship"}], "building_blocks.0.kind", "vocabulary.unknown"),
        ("sources", [], "sources", "sources.none"),
        ("sources", [{"title": "Report", "published": "June"}], "sources.0.published", "date.malformed"),
        ("links", [{"title": "More"}], "links.0.url", "missing"),
        ("attachments", [{"name": "a.pdf", "sha256": "f" * 63}], "attachments.0.sha256", "string_pattern_mismatch"),
        ("attachments", [{"name": "a.pdf", "sha256": "F" * 64}], "attachments.0.sha256", "string_pattern_mismatch"),
        ("not_covered", ["summary"], "not_covered", "not_covered.summary"),
        ("not_covered", ["epilogue"], "not_covered.0", "enum"),
        ("contact_public", "", "contact_public", "string_too_short"),
        ("confirmed_at", "2026-02-30", "confirmed_at", "day.malformed"),
        ("review_due_at", "0", "review_due_at", "day.malformed"),
        ("sections", {"problem": "# Big"}, "sections.problem", "section.heading"),
        ("sections", {"steps": "text\n\n  ## Big"}, "sections.steps", "section.heading"),
        ("sections", {"lessons": "a" * 20_001}, "sections.lessons", "string_too_long"),
        ("sections", {"results": "a\u2028b"}, "sections.results", "text.control"),
        ("sections", {"epilogue": "The end."}, "sections.epilogue", "extra_forbidden"),
        ("translations", [translation("en", translation_of="another-case")], "translations", "translation.foreign"),
        ("translations", [translation("vi")], "translations", "translation.repeated"),
        ("translations", [translation("en"), translation("en")], "translations", "translation.repeated"),
        ("translations", [translation("xx")], "translations.0.lang", "vocabulary.unknown"),
        ("translations", [translation("en", metrics=[FIGURE])], "", "translation.incomplete"),
        ("translations", [translation("en", building_blocks=["portal"])], "", "translation.incomplete"),
        ("state", "published", "state", "extra_forbidden"),
    ],
)
def test_a_broken_rule_is_named_with_its_field(field: str, value: object, where: str, code: str) -> None:
    assert (where, code) in faults_of(**{field: value})


@pytest.mark.parametrize(
    "value", ["2O23", "23", "2023-13", "2023-00", "2023-1", "0000", "2023-02-30", "２０２３", "٢٠٢٣", "", "2023 "]
)
def test_what_is_no_year_month_or_day_is_no_date(value: str) -> None:
    assert ("sources.0.published", "date.malformed") in faults_of(sources=[{"title": "Report", "published": value}])


@pytest.mark.parametrize("value", ["2023", "2023-07", "2023-07-10", "2024-02-29"])
def test_a_source_is_dated_by_year_month_or_day(value: str) -> None:
    assert make_case(sources=[{"title": "Report", "published": value}]).sources[0].published == value


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "ftp://example.vn",
        "https://",
        "example.vn",
        "https://a b",
        'https://a"b',
        "https://<a>",
        "data:text/html,x",
    ],
)
def test_only_web_addresses_are_links(value: str) -> None:
    assert ("links.0.url", "link.malformed") in faults_of(links=[{"title": "More", "url": value}])


@pytest.mark.parametrize("field", [name for name, info in CaseStudy.model_fields.items() if info.is_required()])
def test_a_case_without_a_needed_field_is_none(field: str) -> None:
    content = CASE.model_dump()
    del content[field]
    with pytest.raises(ValidationError) as caught:
        CaseStudy.model_validate(content)
    assert [(detail["loc"], detail["type"]) for detail in caught.value.errors()] == [((field,), "missing")]


def test_every_fault_is_reported_at_once() -> None:
    found = faults_of(id="X", lang="de", country="??", sectors=[], stage="dreamt", links=[{"title": "", "url": "x"}])
    assert [where for where, _ in found] == ["id", "lang", "country", "sectors", "stage", "links.0.title", "links.0.url"]


def test_sources_are_needed_only_for_a_case_from_public_sources() -> None:
    assert make_case(provenance="agency-submitted", sources=[]).sources == ()


def test_public_sources_are_needed_where_the_field_is_left_out() -> None:
    content = CASE.model_dump(exclude={"sources"})
    with pytest.raises(ValidationError) as caught:
        CaseStudy.model_validate(content)
    assert [detail["type"] for detail in caught.value.errors()] == ["sources.none"]


def test_a_figure_may_name_the_last_source_and_none_beyond() -> None:
    two = [{"title": "First"}, {"title": "Second"}]
    assert make_case(sources=two, metrics=[{"indicator": "Time", "after": "1", "source": 2}]).metrics[0].source == 2
    assert ("metrics", "metric.source") in faults_of(sources=two, metrics=[{"indicator": "Time", "after": "1", "source": 3}])


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2023", "2023"),
        ("2023-05", "2023"),
        ("2023", "2023-05"),
        ("2023-05", "2023-05"),
        (None, "2023"),
        ("2023", None),
        (None, None),
    ],
)
def test_a_period_may_be_known_in_part(start: str | None, end: str | None) -> None:
    assert (Period(start=start, end=end).start, Period(start=start, end=end).end) == (start, end)


@pytest.mark.parametrize(
    ("period", "year"),
    [({"start": "2019-04", "end": "2021"}, 2021), ({"start": "2019-04"}, 2019), ({"end": "2020-12"}, 2020), ({}, None)],
)
def test_the_year_is_the_one_of_the_end_or_else_of_the_start(period: dict[str, str], year: int | None) -> None:
    assert make_case(period=period).year == year


DECOMPOSED = unicodedata.normalize("NFD", "Đề án số hóa hồ sơ")


@pytest.mark.parametrize(
    ("overrides", "read"),
    [
        ({"title": DECOMPOSED}, lambda case: case.title),
        ({"agency": {"name": DECOMPOSED, "type": "ministry"}}, lambda case: case.agency.name),
        ({"places": [DECOMPOSED]}, lambda case: case.places[0]),
        ({"metrics": [{"indicator": DECOMPOSED, "after": "1"}]}, lambda case: case.metrics[0].indicator),
        ({"sections": {"problem": DECOMPOSED}}, lambda case: case.sections.problem),
        ({"headlines": {"en": {**HEADLINE, "title": DECOMPOSED}}}, lambda case: case.headlines["en"].title),
        ({"translations": [translation("en", title=DECOMPOSED)]}, lambda case: case.translations[0].title),
    ],
)
def test_every_text_is_kept_in_nfc(overrides: dict[str, object], read: Any) -> None:
    assert read(make_case(**overrides)) == unicodedata.normalize("NFC", DECOMPOSED)


def test_lengths_are_counted_in_nfc() -> None:
    assert len(make_case(title="e\u0301" * 150).title) == 150


def test_a_line_has_single_spaces_and_none_around() -> None:
    assert make_case(title="  Một \n cửa\t điện   tử ").title == "Một cửa điện tử"


def test_a_section_keeps_its_lines_and_loses_loose_white_space() -> None:
    text = make_case(sections={"problem": "\n\none  \r\n- two\r\n\r\n\r\n\r\nthree \n"}).sections.problem
    assert text == "one\n- two\n\nthree"


@pytest.mark.parametrize("field", sorted(CaseStudy.model_fields))
def test_no_field_of_a_built_case_can_be_replaced(field: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(CASE, field, getattr(CASE, field))


@pytest.mark.parametrize("part", ["agency", "period", "sections"])
def test_no_part_of_a_built_case_can_be_changed(part: str) -> None:
    built = getattr(CASE, part)
    field = next(iter(type(built).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(built, field, "changed")


OTHER: dict[str, object] = {
    "id": "another-id",
    "lang": "en",
    "title": "Another title",
    "summary": SUMMARY,
    "useful_when": ["Citizens come again and again."],
    "headlines": {"en": HEADLINE},
    "agency": {"name": "Another", "type": "local-government"},
    "on_behalf_of": "Somebody",
    "country": "LA",
    "places": ["Huế"],
    "level": "province",
    "sectors": ["health"],
    "pillars": [],
    "challenges": [],
    "solution_areas": [],
    "levers": ["policy"],
    "rollout_steps": ["plan"],
    "technologies": ["Linux"],
    "beneficiaries": ["everybody"],
    "tags": ["paper"],
    "legal_basis": ["06/QĐ-TTg"],
    "stage": "stopped",
    "outcome": "failure",
    "period": {"start": "2023-01", "end": "2025"},
    "building_blocks": [{"name": "Portal", "kind": "software"}],
    "links": [{"title": "More", "url": "https://example.vn"}],
    "attachments": [{"name": "a.pdf", "sha256": "0" * 64}],
    "provenance": "agency-submitted",
    "sources": [{"title": "Another report"}],
    "metrics": [{"indicator": "Time", "after": "1"}],
    "evidence_level": "documented",
    "not_covered": ["lessons"],
    "contact_public": "Office of the people's committee",
    "licence": "CC0-1.0",
    "confirmed_at": "2026-11-24",
    "review_due_at": "2027-11-24",
    "sections": {**CASE.sections.model_dump(), "lessons": "Another lesson."},
    "translations": [translation("en")],
}


def test_the_table_of_changes_names_every_field() -> None:
    assert set(OTHER) == set(CaseStudy.model_fields)


@pytest.mark.parametrize("field", sorted(OTHER))
def test_the_content_hash_sees_every_field(field: str) -> None:
    assert make_case(**{field: OTHER[field]}).content_hash != CASE.content_hash


@pytest.mark.parametrize("section", NARRATIVE)
def test_the_content_hash_sees_one_letter_of_a_section(section: Section) -> None:
    changed = {**CASE.sections.model_dump(), section.value: CASE.sections[section] + "!"}
    assert make_case(sections=changed).content_hash != CASE.content_hash


def test_the_content_hash_sees_the_order_of_a_list() -> None:
    assert make_case(sectors=["health", "energy"]).content_hash != make_case(sectors=["energy", "health"]).content_hash


def test_the_content_hash_ignores_how_the_same_text_came() -> None:
    content = CASE.model_dump(mode="json")
    spelled_out = {**dict(reversed(content.items())), "title": f" {unicodedata.normalize('NFD', CASE.title)} ", "licence": LICENCE}
    assert CaseStudy.model_validate(spelled_out).content_hash == CASE.content_hash


def test_the_content_hash_ignores_the_order_in_which_translations_came() -> None:
    both = [translation("en"), translation("fr")]
    assert make_case(translations=both).content_hash == make_case(translations=both[::-1]).content_hash


def test_the_content_hash_is_the_same_on_every_machine() -> None:
    case = CaseStudy.model_validate(
        {
            "id": "pinned-case",
            "lang": "vi",
            "title": "Số hóa hồ sơ",
            "summary": SUMMARY,
            "agency": {"name": "UBND", "type": "ministry"},
            "country": "VN",
            "level": "central",
            "sectors": ["health"],
            "stage": "pilot",
            "outcome": "success",
            "provenance": "agency-submitted",
            "evidence_level": "self-reported",
            "sections": SECTIONS,
        }
    )
    assert case.content_hash == "e8db2d457ea1fec5190e5f6c2ad5e6eadfecc91ef24f9b7e9ee6a4a0a6d584d8"


def test_nothing_is_missing_from_a_case_with_five_sections() -> None:
    assert CASE.missing == ()


def test_an_empty_section_and_one_that_the_sources_do_not_cover_are_missing_in_order() -> None:
    case = make_case(sections={**SECTIONS, "approach": ""}, not_covered=["lessons", "problem"])
    assert case.missing == (Section.PROBLEM, Section.APPROACH, Section.LESSONS)


BARE: dict[str, object] = {
    "provenance": "agency-submitted",
    "sources": [],
    "challenges": [],
    "solution_areas": [],
    "period": {},
    "sections": {},
}


@pytest.mark.parametrize(
    ("overrides", "points"),
    [
        ({}, 0),
        ({"sections": {"problem": "Paper."}}, 12),
        ({"sections": SECTIONS}, 60),
        ({"sections": SECTIONS, "not_covered": ["lessons"]}, 48),
        ({"metrics": [{"indicator": "Time", "after": "1"}]}, 10),
        ({"sources": [{"title": "Report"}]}, 10),
        ({"challenges": ["resources"]}, 0),
        ({"challenges": ["resources"], "solution_areas": ["training"]}, 10),
        ({"period": {"start": "2023"}}, 10),
        ({"period": {"end": "2023"}}, 0),
        (
            {
                "sections": SECTIONS,
                "metrics": [{"indicator": "Time", "after": "1"}],
                "sources": [{"title": "Report"}],
                "challenges": ["resources"],
                "solution_areas": ["training"],
                "period": {"start": "2023"},
            },
            100,
        ),
    ],
)
def test_completeness_gives_twelve_points_a_section_and_ten_for_each_other_thing(overrides: dict[str, object], points: int) -> None:
    assert make_case(**{**BARE, **overrides}).completeness == points


WHOLE = translation("en", title="The whole translation", method="human")


@pytest.mark.parametrize(
    ("overrides", "lang", "title", "method"),
    [
        ({}, "vi", CASE.title, None),
        ({}, "en", CASE.title, None),
        ({"headlines": {"en": HEADLINE}}, "en", HEADLINE["title"], TranslationMethod.MACHINE),
        ({"headlines": {"en": HEADLINE}}, "vi", CASE.title, None),
        ({"headlines": {"en": HEADLINE}}, "fr", CASE.title, None),
        ({"translations": [WHOLE]}, "en", WHOLE["title"], TranslationMethod.HUMAN),
        ({"headlines": {"en": HEADLINE}, "translations": [WHOLE]}, "en", WHOLE["title"], TranslationMethod.HUMAN),
    ],
)
def test_a_headline_comes_from_the_translation_then_the_headlines_then_the_original(
    overrides: dict[str, object], lang: str, title: str, method: TranslationMethod | None
) -> None:
    shown, _, how = make_case(**overrides).headline(lang)
    assert (shown, how) == (title, method)


def test_translations_are_found_by_language_and_kept_in_order_of_it() -> None:
    case = make_case(translations=[translation("fr"), translation("en")])
    assert [whole.lang for whole in case.translations] == ["en", "fr"]
    assert case.translation("fr") == case.translations[1]
    assert case.translation("es") is None


def test_a_narrative_is_read_by_section_in_its_fixed_order() -> None:
    assert CASE.sections.items() == tuple((section, getattr(CASE.sections, section.value)) for section in NARRATIVE)
    assert [section.value for section in NARRATIVE] == ["problem", "approach", "steps", "results", "lessons"]


def test_days_are_read_from_text_and_from_dates() -> None:
    assert make_case(confirmed_at="2026-11-24").confirmed_at == make_case(confirmed_at=date(2026, 11, 24)).confirmed_at


def test_a_case_survives_json() -> None:
    case = make_case(**{**OTHER, "id": CASE.id, "lang": "vi"})
    assert CaseStudy.model_validate_json(case.model_dump_json()) == case


def test_a_stored_case_is_immutable_too() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    stored = StoredCase(case=CASE, version=1, state=State.DRAFT, content_hash=CASE.content_hash, created_at=now, updated_at=now)
    with pytest.raises(ValidationError, match="frozen"):
        stored.version = 2  # type: ignore[misc]


def test_a_translation_gives_its_words_to_the_front_matter() -> None:
    words = {
        "agency": "People's Committee of Ba Đình",
        "on_behalf_of": "City of Hà Nội",
        "useful_when": ["Citizens come again and again."],
        "places": ["Hanoi"],
        "technologies": ["portal"],
        "beneficiaries": ["citizens"],
        "tags": ["one-stop shop"],
        "legal_basis": ["Decree 61"],
    }
    metrics = [{"indicator": "Thời gian chờ", "before": "5", "after": "1", "unit": "ngày", "source": 1}]
    blocks = [{"name": "Phần mềm một cửa", "kind": "software", "link": "https://example.vn/code"}]
    case = make_case(
        metrics=metrics,
        building_blocks=blocks,
        translations=[translation("en", metrics=[FIGURE], building_blocks=["One-stop software"], **words)],
    )
    told = case.worded("en")
    assert told.agency == Agency(name=words["agency"], type=CASE.agency.type)
    assert told.on_behalf_of == words["on_behalf_of"]
    assert {name: list(getattr(told, name)) for name, value in words.items() if isinstance(value, list)} == {
        name: value for name, value in words.items() if isinstance(value, list)
    }
    assert told.building_blocks == (BuildingBlock.model_validate({**blocks[0], "name": "One-stop software"}),)
    assert told.metrics == (Metric.model_validate({**FIGURE, "source": 1}),)
    assert told.sections == case.translations[0].sections
    assert (told.id, told.lang, told.sectors, told.sources) == (case.id, case.lang, case.sectors, case.sources)


def test_what_a_translation_leaves_out_stays_in_the_words_of_the_original() -> None:
    case = make_case(
        technologies=["cổng dịch vụ công"], metrics=[{"indicator": "Thời gian chờ", "after": "1"}], translations=[translation("en")]
    )
    told = case.worded("en")
    assert (told.agency, told.technologies, told.metrics, told.on_behalf_of) == (case.agency, case.technologies, case.metrics, None)


@pytest.mark.parametrize("lang", ["vi", "fr"])
def test_a_case_without_a_translation_is_told_in_its_own_words(lang: str) -> None:
    case = make_case(translations=[translation("en")])
    assert case.worded(lang) is case
