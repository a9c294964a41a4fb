"""A hint: something that a story's author may want to put right before others read it; never a gate."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from casebase.domain.case import Section

if TYPE_CHECKING:
    from collections.abc import Mapping


class HintCode(StrEnum):
    """What was noticed. Codes are stable: programs tell hints apart by them, and each is the key of a message (`hint.<code>`)."""

    SECTION_EMPTY = "section.empty"
    SECTION_THIN = "section.thin"
    RESULTS_NO_FIGURE = "results.no_figure"
    STEPS_NO_LIST = "steps.no_list"
    ABBREVIATION_UNEXPLAINED = "abbreviation.unexplained"
    PRIVATE_PHONE = "private.phone"
    PRIVATE_ID_NUMBER = "private.id_number"
    PRIVATE_TAX_CODE = "private.tax_code"
    PRIVATE_EMAIL = "private.email"
    PRIVATE_BANK_ACCOUNT = "private.bank_account"
    TONE_PROMOTIONAL = "tone.promotional"
    TRANSLATION_UNREVIEWED = "translation.unreviewed"
    SOURCES_NONE = "sources.none"
    SOURCES_REPEATED = "sources.repeated"
    PERIOD_NONE = "period.none"
    USEFUL_WHEN_NONE = "useful_when.none"
    SUMMARY_REPEATS_TITLE = "summary.repeats_title"


class Field(StrEnum):
    """A part of a story beside its sections that a hint may be about."""

    TITLE = "title"
    SOURCES = "sources"
    PERIOD = "period"
    CONTACT = "contact_public"
    TRANSLATIONS = "translations"


@dataclass(frozen=True, slots=True)
class Hint:
    """What was noticed, where, in the text of which language, and the very words.

    `quote` is empty where the hint is about something that is not there. `context` fills the message beside place and quote.
    """

    code: HintCode
    where: Section | Field
    lang: str
    quote: str = ""
    context: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def place_key(self) -> str:
        """The message key of the place: `section.results`, `field.title`."""
        return f"{'section' if isinstance(self.where, Section) else 'field'}.{self.where.value}"
