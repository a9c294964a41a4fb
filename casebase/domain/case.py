"""The case study and its parts, with the rules that always hold.

Models rather than dataclasses, because a case always comes from outside (a file, a form, a program): building one checks every
field and reports every fault at once, and an unknown field is a fault. A built case is immutable.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NewType

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from casebase.domain import text as texts
from casebase.domain.vocabulary import countries, vocabularies

CaseId = NewType("CaseId", str)
LICENCE = "CC-BY-4.0"
LONGEST_SECTION = 20_000
"""Characters."""
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)


class Section(StrEnum):
    """The part of a case that a passage comes from: title and summary, when it is useful, or a section of the narrative."""

    SUMMARY = "summary"
    USEFUL_WHEN = "useful_when"
    PROBLEM = "problem"
    APPROACH = "approach"
    STEPS = "steps"
    RESULTS = "results"
    LESSONS = "lessons"


NARRATIVE = (Section.PROBLEM, Section.APPROACH, Section.STEPS, Section.RESULTS, Section.LESSONS)


class TranslationMethod(StrEnum):
    """Who translated."""

    HUMAN = "human"
    MACHINE = "machine"


def _fault(code: str, **context: object) -> PydanticCustomError:
    return PydanticCustomError(code, code, context)


def _clean_line(value: object) -> object:
    return texts.one_line(value) if isinstance(value, str) else value


def _clean_paragraphs(value: object) -> object:
    return texts.paragraphs(value) if isinstance(value, str) else value


def _no_controls(value: str) -> str:
    if found := texts.control_characters(value):
        raise _fault("text.control", found=found)
    return value


def _no_outer_heading(value: str) -> str:
    if texts.has_outer_heading(value):
        raise _fault("section.heading")
    return value


def _no_remote_image(value: str) -> str:
    if texts.has_remote_image(value):
        raise _fault("section.remote_image")
    return value


def _term(vocabulary: str) -> AfterValidator:
    def known(value: str) -> str:
        if value not in vocabularies()[vocabulary]:
            raise _fault("vocabulary.unknown", value=value, vocabulary=vocabulary, terms=", ".join(vocabularies()[vocabulary]))
        return value

    return AfterValidator(known)


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise _fault("list.repeated", values=", ".join(sorted({value for value in values if values.count(value) > 1})))
    return values


def _country(value: str) -> str:
    if value not in countries("en"):
        raise _fault("country.unknown", value=value)
    return value


def _partial_date(value: str) -> str:
    if match := _PARTIAL_DATE.fullmatch(value):
        with suppress(ValueError):
            date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
            return value
    raise _fault("date.malformed", value=value)


def _year_or_month(value: str) -> str:
    if len(value) > len("2023-07"):
        raise _fault("period.day", value=value)
    return value


def _day(value: object) -> object:
    """Read a day as people write it; pydantic alone would take "0" for the first of January 1970."""
    if not isinstance(value, str):
        return value
    with suppress(ValueError):
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    raise _fault("day.malformed", value=value)


def _link(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"]+", value):
        raise _fault("link.malformed", value=value)
    return value


Line = Annotated[str, StringConstraints(min_length=1, max_length=1000), BeforeValidator(_clean_line), AfterValidator(_no_controls)]
Slug = Annotated[str, StringConstraints(min_length=3, max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\z")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=150), BeforeValidator(_clean_line), AfterValidator(_no_controls)]
Summary = Annotated[
    str, StringConstraints(min_length=80, max_length=500), BeforeValidator(_clean_line), AfterValidator(_no_controls)
]
Prose = Annotated[
    str,
    StringConstraints(max_length=LONGEST_SECTION),
    BeforeValidator(_clean_paragraphs),
    AfterValidator(_no_controls),
    AfterValidator(_no_outer_heading),
    AfterValidator(_no_remote_image),
]
PartialDate = Annotated[str, AfterValidator(_partial_date)]
YearOrMonth = Annotated[PartialDate, AfterValidator(_year_or_month)]
Day = Annotated[date, BeforeValidator(_day)]
Link = Annotated[
    str, StringConstraints(max_length=2000), BeforeValidator(_clean_line), AfterValidator(_link), AfterValidator(_no_controls)
]
Language = Annotated[str, _term("languages")]
Lines = Annotated[tuple[Line, ...], AfterValidator(_unique)]
Pillars = Annotated[tuple[Annotated[str, _term("pillars")], ...], AfterValidator(_unique)]
Sectors = Annotated[tuple[Annotated[str, _term("sectors")], ...], Field(min_length=1, max_length=3), AfterValidator(_unique)]
Challenges = Annotated[tuple[Annotated[str, _term("challenges")], ...], AfterValidator(_unique)]
SolutionAreas = Annotated[tuple[Annotated[str, _term("solution_areas")], ...], AfterValidator(_unique)]
Levers = Annotated[tuple[Annotated[str, _term("levers")], ...], AfterValidator(_unique)]
RolloutSteps = Annotated[tuple[Annotated[str, _term("rollout_steps")], ...], AfterValidator(_unique)]


class Part(BaseModel):
    """A part of a case: immutable, and a field it does not know is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class Agency(Part):
    """Who did the work."""

    name: Line
    type: Annotated[str, _term("agency_types")]


class Period(Part):
    """When the work was done; each end is a year or a month, and either may be unknown."""

    start: YearOrMonth | None = None
    end: YearOrMonth | None = None

    @field_validator("end")
    @classmethod
    def _not_before_start(cls, end: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get("start")
        length = min(len(start or ""), len(end or ""))
        if start and end and end[:length] < start[:length]:
            raise _fault("period.reversed", start=start, end=end)
        return end


class Figure(Part):
    """One figure, as people write it in one language."""

    indicator: Line
    before: Line | None = None
    after: Line
    unit: Line | None = None
    as_of: Line | None = None
    method: Line | None = None


class Metric(Figure):
    """A figure with the number of its source in the list of sources, from 1."""

    source: Annotated[int, Field(ge=1)] | None = None


class BuildingBlock(Part):
    """A part that another agency can take over."""

    name: Line
    kind: Annotated[str, _term("building_block_kinds")]
    link: Link | None = None


class Source(Part):
    """Where the facts come from."""

    title: Line
    publisher: Line | None = None
    url: Link | None = None
    published: PartialDate | None = None


class FurtherReading(Part):
    """A link that adds to the text and never stands in for it."""

    title: Line
    url: Link


class Attachment(Part):
    """A file kept with the case, named by its content."""

    name: Line
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\z")]


class Headline(Part):
    """Title, summary and when the case is useful, in another language: what makes it findable across languages."""

    title: Title
    summary: Summary
    useful_when: Lines = ()
    method: TranslationMethod


class Narrative(Part):
    """The five sections, in their fixed order; a draft may leave any of them empty."""

    problem: Prose = ""
    approach: Prose = ""
    steps: Prose = ""
    results: Prose = ""
    lessons: Prose = ""

    def __getitem__(self, section: Section) -> str:
        """Return the text of one of the five sections."""
        return str(getattr(self, section.value))

    def items(self) -> tuple[tuple[Section, str], ...]:
        """Return the five sections with their texts, in order."""
        return tuple((section, self[section]) for section in NARRATIVE)


class Translation(Part):
    """A whole translation of a case: the story, and what of the front matter people read as words.

    `agency` is its name. `metrics` are the figures of the original, all of them and in its order, without their sources; so are
    `building_blocks`, by name.
    """

    translation_of: Slug
    lang: Language
    method: TranslationMethod
    title: Title
    summary: Summary
    useful_when: Lines = ()
    agency: Line | None = None
    on_behalf_of: Line | None = None
    places: Lines = ()
    technologies: Lines = ()
    beneficiaries: Lines = ()
    tags: Lines = ()
    legal_basis: Lines = ()
    building_blocks: Lines = ()
    metrics: tuple[Figure, ...] = ()
    sections: Narrative

    def incomplete(self, case: CaseStudy) -> str | None:
        """Return the field of which this translation of the case has some items, but not as many as the original; None if none."""
        fields = ("metrics", "building_blocks")
        return next((name for name in fields if len(getattr(self, name)) not in {0, len(getattr(case, name))}), None)


class CaseStudy(Part):
    """A case as its author wrote it. What the store adds (state, version, dates) is in `StoredCase`."""

    id: Slug
    lang: Language
    title: Title
    summary: Summary
    useful_when: Lines = ()
    headlines: dict[Language, Headline] = {}
    agency: Agency
    on_behalf_of: Line | None = None
    country: Annotated[str, AfterValidator(_country)]
    places: Lines = ()
    level: Annotated[str, _term("levels")]
    sectors: Sectors
    pillars: Pillars = ()
    challenges: Challenges = ()
    solution_areas: SolutionAreas = ()
    levers: Levers = ()
    rollout_steps: RolloutSteps = ()
    technologies: Lines = ()
    beneficiaries: Lines = ()
    tags: Lines = ()
    legal_basis: Lines = ()
    stage: Annotated[str, _term("stages")]
    outcome: Annotated[str, _term("outcomes")]
    period: Period = Period()
    building_blocks: tuple[BuildingBlock, ...] = ()
    links: tuple[FurtherReading, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    provenance: Annotated[str, _term("provenances")]
    sources: tuple[Source, ...] = Field(default=(), validate_default=True)
    metrics: tuple[Metric, ...] = ()
    evidence_level: Annotated[str, _term("evidence_levels")]
    not_covered: tuple[Section, ...] = ()
    contact_public: Line | None = None
    licence: Line = LICENCE
    confirmed_at: Day | None = None
    review_due_at: Day | None = None
    sections: Narrative
    translations: tuple[Translation, ...] = ()

    @field_validator("headlines")
    @classmethod
    def _headlines_in_other_languages(cls, headlines: dict[str, Headline], info: ValidationInfo) -> dict[str, Headline]:
        if (lang := info.data.get("lang")) in headlines:
            raise _fault("headline.own_language", lang=lang)
        return headlines

    @field_validator("sources")
    @classmethod
    def _public_sources_are_named(cls, sources: tuple[Source, ...], info: ValidationInfo) -> tuple[Source, ...]:
        if info.data.get("provenance") == "public-sources" and not sources:
            raise _fault("sources.none")
        return sources

    @field_validator("metrics")
    @classmethod
    def _metrics_name_existing_sources(cls, metrics: tuple[Metric, ...], info: ValidationInfo) -> tuple[Metric, ...]:
        count = len(info.data.get("sources", ()))
        beyond = sorted({metric.source for metric in metrics if metric.source and metric.source > count})
        if "sources" in info.data and beyond:
            raise _fault("metric.source", numbers=", ".join(map(str, beyond)), count=count)
        return metrics

    @field_validator("not_covered")
    @classmethod
    def _only_narrative_sections(cls, sections: tuple[Section, ...]) -> tuple[Section, ...]:
        if set(sections) - set(NARRATIVE):
            raise _fault("not_covered.summary")
        return sections

    @field_validator("translations")
    @classmethod
    def _translations_belong(cls, translations: tuple[Translation, ...], info: ValidationInfo) -> tuple[Translation, ...]:
        languages = [translation.lang for translation in translations]
        if any(translation.translation_of != info.data.get("id") for translation in translations):
            raise _fault("translation.foreign")
        if info.data.get("lang") in languages or len(set(languages)) < len(languages):
            raise _fault("translation.repeated", langs=", ".join(languages))
        return tuple(sorted(translations, key=lambda translation: translation.lang))

    def translation(self, lang: str) -> Translation | None:
        """Return the whole translation into a language, if there is one."""
        return next((translation for translation in self.translations if translation.lang == lang), None)

    def headline(self, lang: str) -> tuple[str, str, TranslationMethod | None]:
        """Return title and summary for a reader of `lang`, and how they were translated; the original where nothing fits."""
        if lang != self.lang:
            for version in (self.translation(lang), self.headlines.get(lang)):
                if version:
                    return version.title, version.summary, version.method
        return self.title, self.summary, None

    @model_validator(mode="after")
    def _translations_are_complete(self) -> CaseStudy:
        for translation in self.translations:
            if name := translation.incomplete(self):
                raise _fault("translation.incomplete", field=name)
        return self

    def worded(self, lang: str) -> CaseStudy:
        """Return the case with the words of its front matter and its sections in `lang`, where a translation has them.

        Title and summary are `headline`'s, because a headline need not come with a whole translation.
        """
        whole = self.translation(lang)
        if whole is None:
            return self
        plain = ("useful_when", "on_behalf_of", "places", "technologies", "beneficiaries", "tags", "legal_basis")
        words: dict[str, object] = {name: getattr(whole, name) for name in plain if getattr(whole, name)}
        if whole.agency:
            words["agency"] = self.agency.model_copy(update={"name": whole.agency})
        if whole.metrics:
            pairs = zip(whole.metrics, self.metrics, strict=True)
            words["metrics"] = tuple(Metric(**dict(figure), source=metric.source) for figure, metric in pairs)
        if whole.building_blocks:
            named = zip(whole.building_blocks, self.building_blocks, strict=True)
            words["building_blocks"] = tuple(block.model_copy(update={"name": name}) for name, block in named)
        return self.model_copy(update={**words, "sections": whole.sections})

    @property
    def year(self) -> int | None:
        """The year in which the work ended, or began where no end is known."""
        known = self.period.end or self.period.start
        return int(known[:4]) if known else None

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything the author wrote: two versions are the same text exactly when it is equal."""
        content = json.dumps(self.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def missing(self) -> tuple[Section, ...]:
        """The sections that are empty or that the sources do not cover, in order."""
        return tuple(section for section, body in self.sections.items() if not body or section in self.not_covered)

    @property
    def completeness(self) -> int:
        """0–100: twelve points a section, and ten each for figures, sources, classification and period."""
        rest = (bool(self.metrics), bool(self.sources), bool(self.challenges and self.solution_areas), bool(self.period.start))
        return 12 * (len(NARRATIVE) - len(self.missing)) + 10 * sum(rest)


class State(StrEnum):
    """Where a case stands on its way to the public (see `workflow.py`)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    PUBLISHED = "published"
    KEPT = "kept"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    ARCHIVED = "archived"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


class StoredCase(Part):
    """A case as the store holds it: the text of one version, and what happened to it."""

    case: CaseStudy
    version: int
    state: State
    content_hash: str
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
