"""A submission: one version of a case on its way from a draft to a decision, written by an agency and looked at by moderators."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NewType, TypeAlias

from pydantic import ValidationError

from casebase.domain.case import NARRATIVE, CaseId, CaseStudy, State
from casebase.domain.validation import faults_of
from casebase.domain.vietnamese import without_marks
from casebase.domain.workflow import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from casebase.domain.case import Section
    from casebase.domain.fault import Fault
    from casebase.domain.workflow import ReasonCode

SubmissionId = NewType("SubmissionId", str)
"""Random and long: who does not know it cannot guess it."""
Fields: TypeAlias = "Mapping[str, object]"
"""What has been written so far, by the names of a case's fields; any of them may be missing or wrong."""

OPEN = frozenset({State.DRAFT, State.CHANGES_REQUESTED})
"""The states in which the author may go on writing."""
DECIDED_BY_MODERATORS: Mapping[str, str] = MappingProxyType({"provenance": "agency-submitted", "evidence_level": "self-reported"})
"""Fields that an agency does not fill in, with what they are at first."""
_LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reviewer or moderator says about a section, or about the whole where `section` is None."""

    section: Section | None
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a submission was returned, kept, rejected or marked as a duplicate of `survivor`."""

    reason: ReasonCode | None
    text: str = ""
    survivor: CaseId | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One version of a case on its way.

    `case_id` is the case that it revises, or became. `revision` grows by one with every save, so that one that builds on an older
    text is noticed. `reviewed` is the text as a moderator last saw it when deciding: what has changed since is shown.
    """

    id: SubmissionId
    author: str
    agency: str
    created_at: datetime
    updated_at: datetime
    state: State = State.DRAFT
    fields: Fields = field(default_factory=lambda: MappingProxyType({}))
    revision: int = 1
    case_id: CaseId | None = None
    submitted_at: datetime | None = None
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    reviewed_by: str | None = None
    reviewed: Fields | None = None
    decision: Decision | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def standing(self) -> Standing:
        """What the workflow's rules look at."""
        return Standing(
            state=self.state,
            author=self.author,
            agency=self.agency,
            sections_missing=len(missing_sections(self.fields)),
            claimed_by=self.claimed_by,
            reviewed_by=self.reviewed_by,
        )

    def saved(self, fields: Fields, *, now: datetime) -> Submission:
        """Return the submission with another text, one revision further."""
        return replace(self, fields=MappingProxyType(dict(fields)), revision=self.revision + 1, updated_at=now)


def missing_sections(fields: Fields) -> tuple[Section, ...]:
    """Return the sections without text, in order."""
    sections = fields.get("sections")
    texts = sections if isinstance(sections, dict) else {}
    return tuple(section for section in NARRATIVE if not str(texts.get(section.value) or "").strip())


def slug(title: str) -> str:
    """Return a title as an id: Một cửa ở xã → mot-cua-o-xa. Never empty; at most 60 characters, whole words where there are any."""
    words = re.findall(r"[a-z0-9]+", without_marks(title.casefold()))
    name = ""
    for word in words:
        if len(name) + len(word) >= _LONGEST_SLUG:
            break
        name = f"{name}-{word}" if name else word
    return name if len(name) > 2 else f"truong-hop-{name or 'moi'}"  # noqa: PLR2004 - the shortest id has three characters


def complete(fields: Fields, *, case_id: CaseId) -> tuple[CaseStudy | None, tuple[Fault, ...]]:
    """Return the case that the fields make under this id, or every fault that keeps them from being one."""
    try:
        return CaseStudy.model_validate({**DECIDED_BY_MODERATORS, **fields, "id": case_id}), ()
    except ValidationError as error:
        return None, faults_of(error)
