"""The words of a case, or of a draft that is none yet: what can be looked at before everything is filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from casebase.domain.case import NARRATIVE, Section, TranslationMethod
from casebase.domain.text import one_line, paragraphs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from casebase.domain.case import CaseStudy, Headline, Translation

_NO_TEXTS: Mapping[Section, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Version:
    """The words of a story in one language; `method` is None for the original. Sections are Markdown; an empty one may lack."""

    lang: str
    title: str = ""
    summary: str = ""
    useful_when: tuple[str, ...] = ()
    sections: Mapping[Section, str] = field(default_factory=lambda: _NO_TEXTS)
    method: TranslationMethod | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """The original, its translations, and as much of the facts as a reader would miss."""

    original: Version
    translations: tuple[Version, ...] = ()
    sources: tuple[str, ...] = ()
    """The titles of the sources, in order."""
    contact: str = ""
    has_period: bool = False
    has_metrics: bool = False
    not_covered: frozenset[Section] = frozenset()
    """Sections that the sources say nothing about, as a case compiled from them declares."""

    @classmethod
    def of(cls, case: CaseStudy) -> Story:
        """Return the words of a case."""
        whole = {translation.lang for translation in case.translations}
        heads = [_version(lang, headline) for lang, headline in case.headlines.items() if lang not in whole]
        return cls(
            _version(case.lang, case),
            (*heads, *(_version(translation.lang, translation) for translation in case.translations)),
            sources=tuple(source.title for source in case.sources),
            contact=case.contact_public or "",
            has_period=bool(case.period.start or case.period.end),
            has_metrics=bool(case.metrics),
            not_covered=frozenset(case.not_covered),
        )

    @classmethod
    def of_fields(cls, fields: Mapping[str, object]) -> Story:
        """Return the words of a draft, given by the names of a case's fields: what is missing or of a wrong type is empty."""
        sections, period = _table(fields.get("sections")), _table(fields.get("period"))
        original = Version(
            str(fields.get("lang") or "vi"),
            _line(fields.get("title")),
            _line(fields.get("summary")),
            tuple(line for line in map(_line, _list(fields.get("useful_when"))) if line),
            {section: paragraphs(_text(sections.get(section.value))) for section in NARRATIVE},
        )
        titles = [_line(_table(source).get("title")) for source in _list(fields.get("sources"))]
        return cls(
            original,
            sources=tuple(title for title in titles if title),
            contact=_line(fields.get("contact_public")),
            has_period=bool(period.get("start") or period.get("end")),
            has_metrics=bool(_list(fields.get("metrics"))),
        )


def _version(lang: str, told: CaseStudy | Translation | Headline) -> Version:
    narrative, method = getattr(told, "sections", None), getattr(told, "method", None)
    sections = dict(narrative.items()) if narrative else _NO_TEXTS
    return Version(lang, told.title, told.summary, told.useful_when, sections, method)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _line(value: object) -> str:
    return one_line(_text(value))


def _list(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
