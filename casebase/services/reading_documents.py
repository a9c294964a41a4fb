"""From an uploaded report to a proposed story, and the proposal as a case file to go on from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from casebase.domain.case import NARRATIVE, Section
from casebase.errors import DocumentTooLargeError
from casebase.i18n import describe_fault
from casebase.ingest.documents.kind import recognise
from casebase.ingest.documents.names import ascii_of
from casebase.ingest.documents.propose import Proposal, Proposed, propose
from casebase.ingest.documents.sandbox import DocumentLimits, extract_text
from casebase.ingest.front_matter import write_front_matter
from casebase.ingest.markdown import HEADINGS

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.ingest.documents.propose import ProposedFigure

_MEGABYTE = 1_000_000
_LONGEST_SLUG = 60


def propose_story(content: bytes, *, limits: DocumentLimits) -> Proposal:
    """Return what a PDF or Word file seems to tell, each part with its page.

    Raises a DocumentError, one for every reason; nothing of the file is kept either way. The file is read in a child process that
    ends within the limits; the text it gives is looked at here.
    """
    if len(content) > limits.megabytes * _MEGABYTE:
        raise DocumentTooLargeError(megabytes=limits.megabytes)
    return propose(extract_text(content, recognise(content), limits=limits))


def propose_file(path: Path, *, limits: DocumentLimits) -> Proposal:
    """Return what a file on disk seems to tell, as `propose_story` does; OSError where it cannot be read."""
    with path.open("rb") as file:
        return propose_story(file.read(limits.megabytes * _MEGABYTE + 1), limits=limits)


def case_skeleton(proposal: Proposal) -> str:
    """Return the proposal as the text of a case file. Fields that the author must fill in are there and empty.

    Remarks (`# …`) tell where everything was found; reading the file passes them over.
    """
    lang = proposal.lang if proposal.lang in HEADINGS else "vi"
    origins = "".join(f"# {line}\n" for line in _origins(proposal))
    headings = zip(NARRATIVE, HEADINGS[lang], strict=True)
    body = "\n".join(f"## {heading}\n\n{proposal.text(section)}\n" for section, heading in headings)
    return f"---\n{origins}{write_front_matter(_fields(proposal, lang))}---\n\n{body}"


def _fields(proposal: Proposal, lang: str) -> dict[str, object]:
    """Return the fields of the front matter in the order of the format: those that were found, and the required ones empty."""
    title = proposal.title.text if proposal.title else ""
    found: dict[str, object] = {
        "id": _slug(title),
        "lang": lang,
        "title": title,
        "summary": "",
        "agency": {"name": "", "type": ""},
        "country": "VN" if lang == "vi" else "",
        "level": "",
        "sectors": "",
        "stage": "",
        "outcome": "",
    }
    if proposal.period:
        end = {"end": proposal.period.end} if proposal.period.end else {}
        found["period"] = {"start": proposal.period.start} | end
    found |= {"provenance": "agency-submitted", "evidence_level": "self-reported"}
    changes = [figure for figure in proposal.figures if figure.measure.before]
    return found | ({"metrics": [_metric(figure) for figure in changes]} if changes else {})


def _metric(figure: ProposedFigure) -> dict[str, str]:
    measured = {"before": figure.measure.before, "after": figure.measure.after, "unit": figure.measure.unit}
    return {"indicator": " ".join(figure.origin.text.split())} | {name: value for name, value in measured.items() if value}


def _slug(title: str) -> str:
    """Return an id from a title: Một cửa điện tử → mot-cua-dien-tu; cut at a word."""
    words = "".join(letter if letter.isalnum() else " " for letter in ascii_of(title.lower())).split()
    while len("-".join(words)) > _LONGEST_SLUG:
        words.pop()
    return "-".join(words)


def _origins(proposal: Proposal) -> list[str]:
    """Return a line for everything that was found: what, on which page, and why."""
    lines = [f"title: {_place(proposal.title)}"] if proposal.title else []
    for section in NARRATIVE:
        if parts := proposal.sections[section]:
            pages = ", ".join(map(str, proposal.section_pages(section))) or "-"
            lines.append(f"{section.value}: p. {pages} ({parts[0].basis.value})")
    if proposal.period:
        lines.append(f"period: {_place(proposal.period.origin)}: {_quoted(proposal.period.origin)}")
    lines += [f"day {day.day}: {_place(day.origin)}: {_quoted(day.origin)}" for day in proposal.days]
    return lines + [f"figure: {_place(figure.origin)}: {_quoted(figure.origin)}" for figure in proposal.figures]


def _place(proposed: Proposed) -> str:
    page = f"p. {proposed.page}, " if proposed.page is not None else ""
    return f"{page}line {proposed.line} ({proposed.basis.value})"


def _quoted(proposed: Proposed) -> str:
    return " ".join(proposed.text.split())


def proposal_json(proposal: Proposal, lang: str) -> dict[str, Any]:
    """Return the proposal for programs; remarks are worded in `lang`."""
    return {
        "kind": proposal.kind.value,
        "pages": proposal.pages,
        "lang": proposal.lang,
        "title": _origin_json(proposal.title) if proposal.title else None,
        "sections": {section.value: _section_json(proposal, section) for section in NARRATIVE},
        "period": {"start": proposal.period.start, "end": proposal.period.end, **_origin_json(proposal.period.origin)}
        if proposal.period
        else None,
        "days": [{"day": day.day, **_origin_json(day.origin)} for day in proposal.days],
        "figures": [
            {
                "before": figure.measure.before,
                "after": figure.measure.after,
                "unit": figure.measure.unit,
                **_origin_json(figure.origin),
            }
            for figure in proposal.figures
        ],
        "remarks": [{"code": remark.code, "message": describe_fault(remark, lang)} for remark in proposal.remarks],
    }


def _section_json(proposal: Proposal, section: Section) -> dict[str, Any]:
    parts = [_origin_json(part) for part in proposal.sections[section]]
    return {"text": proposal.text(section), "pages": list(proposal.section_pages(section)), "parts": parts}


def _origin_json(proposed: Proposed) -> dict[str, Any]:
    return {"text": proposed.text, "page": proposed.page, "line": proposed.line, "basis": proposed.basis.value}
