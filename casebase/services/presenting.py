"""Results as plain JSON values: what `--json` prints. The shapes are a contract that scripts rely on (DESIGN, commands)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from casebase.i18n import describe_hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casebase.domain.hints import Hint
    from casebase.domain.likeness import Compared, Resemblance
    from casebase.domain.query import Analysis, Hit, SearchResult

_DECIMALS = 4


def hit_json(hit: Hit, reader: str) -> dict[str, Any]:
    """Return a hit: title and language of the original, the title as the reader sees it, and the reason."""
    return {
        "id": hit.case.id,
        "title": hit.case.title,
        "lang": hit.case.lang,
        "reader_title": hit.case.headline(reader)[0],
        "score": round(hit.score, _DECIMALS),
        "relevance": hit.relevance.value,
        "section": hit.reason.section.value,
        "reason": {
            "section": hit.reason.section.value,
            "lang": hit.reason.lang,
            "sentence": hit.reason.sentence,
            "matched": [[span.start, span.end] for span in hit.reason.matched],
            "words": list(hit.reason.words),
            "parts": [
                {"section": part.section.value, "relevance": part.relevance.value, "phrases": list(part.phrases)}
                for part in hit.reason.parts
            ],
        },
        "provenance": hit.case.provenance,
    }


def analysis_json(analysis: Analysis) -> dict[str, Any]:
    """Return how the query was understood."""
    changes = [
        {**asdict(change), "kind": change.kind.value, "confidence": round(change.confidence, _DECIMALS)}
        for change in analysis.changes
    ]
    return {"typed": analysis.typed, "text": analysis.text, "lang": analysis.lang, "marked": analysis.marked, "changes": changes}


def search_json(result: SearchResult) -> dict[str, Any]:
    """Return a whole answer: query, analysis, verdict, time, hits, best first."""
    return {
        "query": result.analysis.typed,
        "analysis": analysis_json(result.analysis),
        "verdict": result.verdict.value,
        "took_ms": round(result.took_ms, 2),
        "by_meaning": result.by_meaning,
        "hits": [hit_json(hit, result.query.reader) for hit in result.hits],
    }


def compared_json(compared: Compared) -> dict[str, Any]:
    """Return an answer like that of a search, with the verdict on the story: duplicate, related or new, and of what."""
    answer = search_json(compared.result)
    hits = [{**hit, **resemblance_json(one)} for hit, one in zip(answer["hits"], compared.resemblances, strict=True)]
    return {**answer, "verdict": compared.likeness.value, "duplicate_of": compared.duplicate_of, "hits": hits}


def resemblance_json(resemblance: Resemblance) -> dict[str, Any]:
    """Return how a story resembles a case: what it is beside it, and the evidence."""
    evidence = {"meaning": resemblance.meaning, "shared": resemblance.shared, "figures": resemblance.figures}
    rounded = {name: value if value is None else round(value, _DECIMALS) for name, value in evidence.items()}
    return {"likeness": resemblance.likeness.value, "resemblance": rounded}


def hints_json(hints: Sequence[Hint], lang: str) -> list[dict[str, Any]]:
    """Return what was noticed about a story, each hint with its message in the language of the person who reads it."""
    return [
        {
            "code": hint.code.value,
            "where": hint.where.value,
            "lang": hint.lang,
            "quote": hint.quote,
            "message": describe_hint(hint, lang),
        }
        for hint in hints
    ]
