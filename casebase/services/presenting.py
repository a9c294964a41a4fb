"""Results as plain JSON values: what `--json` prints. The shapes are a contract that scripts rely on (DESIGN, commands)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
