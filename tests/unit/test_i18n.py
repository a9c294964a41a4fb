"""Every sentence is there in both languages, filled with the same values, and whatever can go wrong has one."""

from __future__ import annotations

import ast
import re
import unicodedata
from pathlib import Path
from string import Formatter

import pytest

import casebase
from casebase import errors
from casebase.domain.case import Section
from casebase.domain.fault import Fault
from casebase.domain.hints import Field, HintCode
from casebase.domain.likeness import Likeness
from casebase.domain.query import Facet, Relevance, Verdict
from casebase.domain.validation import _CODE_OF_TYPE
from casebase.errors import CasebaseError, CaseNotFoundError, WorkflowError
from casebase.i18n import LANGUAGES, catalogue, describe_error, describe_fault, translate

SOURCES = sorted(Path(casebase.__file__).parent.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
KEYS = sorted(set(catalogue("vi")) | set(catalogue("en")))
CODE = re.compile(r"[a-z_]+\.[a-z_]+")


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name is not None}


def subclasses(kind: type[CasebaseError]) -> list[type[CasebaseError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in subclasses(child))]


def texts_of(node: ast.AST, function: ast.AST) -> set[str]:
    """Return the text constants that an expression can be, looking up what its names were assigned in the same function."""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    assigned = [
        part.value
        for part in ast.walk(function)
        if isinstance(part, ast.Assign) and any(isinstance(target, ast.Name) and target.id in names for target in part.targets)
    ]
    return {
        part.value
        for expression in [node, *assigned]
        for part in ast.walk(expression)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def calls(*names: str) -> list[tuple[Path, int, ast.expr, ast.AST]]:
    """Return file, line, first argument and enclosing function of every call of one of these names in the source."""
    found = []
    for path, tree in TREES.items():
        for function in [part for part in ast.walk(tree) if isinstance(part, ast.FunctionDef)]:
            for part in ast.walk(function):
                if isinstance(part, ast.Call) and part.args:
                    called = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
                    if called in names:
                        found.append((path, part.lineno, part.args[0], function))
    return found


FAULT_CALLS = calls("Fault", "_fault")
FAULT_CODES = {
    code for _, _, argument, function in FAULT_CALLS for code in texts_of(argument, function) if CODE.fullmatch(code)
} | set(_CODE_OF_TYPE.values())


def test_both_languages_have_the_same_keys() -> None:
    assert set(catalogue("vi")) == set(catalogue("en"))


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_fill_a_message_with_the_same_values(key: str) -> None:
    assert placeholders(catalogue("vi")[key]) == placeholders(catalogue("en")[key])


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_message_is_tidy(key: str, lang: str) -> None:
    message = catalogue(lang)[key]
    assert message == unicodedata.normalize("NFC", message).strip()
    assert message


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_message_never_fails_for_want_of_a_value(key: str, lang: str) -> None:
    assert translate(key, lang).count("–") >= len(placeholders(catalogue(lang)[key]))


@pytest.mark.parametrize("value", ["{x}", "{", "}", "{0.__class__}", "%s", None, 3])
def test_a_value_is_text_and_nothing_else(value: object) -> None:
    assert translate("error.usage", "en", why=value) == str(value)


def test_a_value_may_have_any_name() -> None:
    assert translate("error.usage", "vi", why="x", key="y", lang="z", self="u") == "x"


def test_an_unknown_key_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        translate("error.no_such_message", "vi")


def test_a_language_without_messages_gets_english() -> None:
    assert translate("section.problem", "fr") == translate("section.problem", "en") == "Problem"
    assert translate("section.problem", "vi") == "Vấn đề"


@pytest.mark.parametrize("kind", subclasses(CasebaseError), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_error_has_a_message(kind: type[CasebaseError], lang: str) -> None:
    assert f"error.{kind.code}" in catalogue(lang)


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in subclasses(CasebaseError)]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", subclasses(CasebaseError), ids=lambda kind: kind.__name__)
def test_every_error_is_in_the_tree_that_is_drawn_at_the_top(kind: type[CasebaseError]) -> None:
    assert re.search(rf"(?:^|─ ){kind.__name__}\b", errors.__doc__ or "", re.MULTILINE)


def test_an_error_tells_what_happened_with_its_values() -> None:
    error = CaseNotFoundError(id="xa-yen-hoa")
    assert "“xa-yen-hoa”" in describe_error(error, "vi")
    assert str(error) == "case.not_found: id=xa-yen-hoa"


def test_a_fault_is_described_with_its_field_and_its_values() -> None:
    fault = Fault("text.too_long", where="title", context={"length": 160, "max_length": 150})
    assert describe_fault(fault, "en") == "title has 160 characters and may have 150 at most. Shorten it."


def test_the_context_of_a_fault_may_name_its_own_field() -> None:
    assert describe_fault(Fault("field.missing", where="title", context={"where": "the title"}), "en").startswith(
        "The field the title"
    )


@pytest.mark.parametrize(
    ("path", "line", "argument", "function"), FAULT_CALLS, ids=[f"{path.stem}:{line}" for path, line, _, _ in FAULT_CALLS]
)
def test_the_code_of_a_fault_stands_in_the_source_and_has_a_message(
    path: Path, line: int, argument: ast.expr, function: ast.AST
) -> None:
    codes = {text for text in texts_of(argument, function) if CODE.fullmatch(text)}
    assert codes, f"{path}:{line}"
    assert {f"fault.{code}" for code in codes} <= set(catalogue("vi"))


@pytest.mark.parametrize("code", sorted(_CODE_OF_TYPE.values()))
def test_a_broken_rule_of_a_field_has_a_message(code: str) -> None:
    assert f"fault.{code}" in catalogue("vi")


def test_no_message_is_kept_for_a_fault_that_cannot_occur() -> None:
    assert {key.removeprefix("fault.") for key in KEYS if key.startswith("fault.")} == FAULT_CODES


def test_no_message_is_kept_for_a_hint_that_cannot_occur() -> None:
    assert {key.removeprefix("hint.") for key in KEYS if key.startswith("hint.")} == {code.value for code in HintCode}


MESSAGE_CALLS = calls("t", "translate", "say")


@pytest.mark.parametrize(
    ("path", "line", "argument", "function"), MESSAGE_CALLS, ids=[f"{path.stem}:{line}" for path, line, _, _ in MESSAGE_CALLS]
)
def test_a_message_that_the_source_asks_for_is_there(path: Path, line: int, argument: ast.expr, function: ast.AST) -> None:  # noqa: ARG001
    if isinstance(argument, ast.Constant):
        assert {argument.value, f"cli.{argument.value}"} & set(KEYS), f"{path}:{line}"
    elif isinstance(argument, ast.JoinedStr) and isinstance(argument.values[0], ast.Constant):
        prefix = str(argument.values[0].value)
        assert any(key.startswith((prefix, f"cli.{prefix}")) for key in KEYS), f"{path}:{line}"


@pytest.mark.parametrize(
    "key",
    [
        *(f"section.{section.value}" for section in Section),
        *(f"relevance.{word.value}" for word in Relevance),
        *(f"cli.verdict_{verdict.value}" for verdict in Verdict),
        *(f"ui.facets.{facet.value}" for facet in Facet),
        *(f"hint.{code.value}" for code in HintCode),
        *(f"field.{field.value}" for field in Field),
        *(f"{group}{likeness.value}" for likeness in Likeness for group in ("likeness.", "cli.likeness_")),
    ],
)
def test_every_word_of_a_closed_set_has_a_label(key: str) -> None:
    assert key in KEYS


@pytest.mark.parametrize(("lang", "words"), [("vi", "nhận xử lý"), ("en", "Claim")])
def test_a_refusal_of_the_workflow_is_told_in_its_own_words(lang: str, words: str) -> None:
    assert words in describe_error(WorkflowError(transition="publish", state="in_review", why="claim"), lang)
