"""What pydantic finds wrong with a case, as faults that people can mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casebase.domain.fault import Fault
from casebase.domain.text import control_characters

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_CODE_OF_TYPE = {
    "missing": "field.missing",
    "extra_forbidden": "field.unknown",
    "string_too_short": "text.too_short",
    "string_too_long": "text.too_long",
    "string_type": "field.not_text",
    "string_unicode": "text.control",
    "tuple_type": "field.not_list",
    "dict_type": "field.not_group",
    "model_type": "field.not_group",
    "model_attributes_type": "field.not_group",
    "too_short": "list.too_short",
    "too_long": "list.too_long",
    "enum": "value.not_one_of",
    "string_pattern_mismatch": "value.pattern",
}
"""Fault codes of pydantic's error types; ours (`vocabulary.unknown` …) are their own codes, all others read `value.malformed`."""


def fault_of(detail: ErrorDetails, *, line: int | None = None) -> Fault:
    """Return one error of pydantic as a fault: its code, the dotted path of the field, and what fills the message."""
    where, context = detail["loc"], dict(detail.get("ctx", {}))
    code = _CODE_OF_TYPE.get(detail["type"]) or (detail["type"] if "." in detail["type"] else "value.malformed")
    value = detail["input"]
    context |= {"value": value if isinstance(value, str) else "", "length": len(value) if isinstance(value, str | list) else 0}
    if code == "text.control":
        context |= {"found": control_characters(value)}
    return Fault(code, where=".".join(str(part) for part in where if part != "[key]"), line=line, context=context)


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Return every error of pydantic as a fault, in the order of the fields."""
    return tuple(fault_of(detail) for detail in error.errors(include_url=False))
