"""The documentation says what the code does: settings, commands, fields, headings, files, links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import library_table
import pytest
import typer.main

from casebase.cli import app
from casebase.config import Settings
from casebase.domain.case import (
    Agency,
    Attachment,
    BuildingBlock,
    CaseStudy,
    FurtherReading,
    Headline,
    Metric,
    Narrative,
    Part,
    Period,
    Section,
    Source,
    Translation,
)
from casebase.domain.hints import HintCode
from casebase.domain.vocabulary import vocabularies
from casebase.i18n import LANGUAGES, catalogue
from casebase.ingest.markdown import HEADINGS, parse_case
from casebase.services.checking import THIN_WORDS

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations.md"
CASE_FORMAT = ROOT / "docs" / "case-format.md"
PAGES = [*ROOT.glob("*.md"), ROOT / "cases" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES.remove(ROOT / "CHANGELOG.md")
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
ELSEWHERE = {"title", "summary", "sections", "translations"}


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def rows(page: Path) -> list[list[str]]:
    """Return the cells of every row of every table, without the rules below the heads."""
    tables = [line.strip().strip("|").split("|") for line in read(page).split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in tables if not set("".join(row)) <= set("-: ")]


def code_names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def commands() -> dict[str, click.Command]:
    """Return every command of the command line by its words."""
    found: dict[str, Any] = {}

    def walk(group: Any, words: tuple[str, ...]) -> None:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                walk(command, (*words, name))
            else:
                found[" ".join((*words, name))] = command

    walk(typer.main.get_command(app), ())
    return found


COMMANDS = commands()
OPTIONS = {option for command in COMMANDS.values() for parameter in command.params for option in parameter.opts}
SETTINGS = {names[0]: row for row in rows(OPERATIONS) if (names := code_names(row[0])) and names[0].startswith("CASEBASE_")}


def test_the_settings_in_the_guide_are_those_of_the_program() -> None:
    assert set(SETTINGS) == {f"CASEBASE_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize(
    "name", [name for name, field in Settings.model_fields.items() if isinstance(field.default, str | int | float)]
)
def test_the_guide_tells_the_default_of_a_setting(name: str) -> None:
    assert code_names(SETTINGS[f"CASEBASE_{name.upper()}"][1]) == [str(Settings.model_fields[name].default)]


@EACH_PAGE
def test_a_setting_that_is_named_anywhere_exists(page: Path) -> None:
    named = set(re.findall(r"\bCASEBASE_[A-Z_]+\b", read(page)))
    assert named <= {f"CASEBASE_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_guide(command: str) -> None:
    assert re.search(rf"`casebase {command}\b", read(OPERATIONS))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(command: str) -> None:
    assert (COMMANDS[command].help or "").endswith(".")


def command_of(words: str) -> str | None:
    """Return the command that some words begin with, if any."""
    return next((command for command in COMMANDS if re.match(rf"{command}(?:\s|$)", words)), None)


NAMED = [(page, words) for page in PAGES for words in re.findall(r"`casebase ([a-z][^`]*)`", read(page))]
NAMED += [
    (Path(f"{lang}.toml"), words)
    for lang in LANGUAGES
    for text in catalogue(lang).values()
    for words in re.findall(r"`casebase ([a-z][^`]*)`", text)
]


@pytest.mark.parametrize(("page", "words"), NAMED, ids=[f"{page.name}: {words}" for page, words in NAMED])
def test_a_command_that_people_are_told_to_run_exists(page: Path, words: str) -> None:
    assert command_of(words), page


@pytest.mark.parametrize(
    "row", [row for row in rows(OPERATIONS) if row[0].startswith("`casebase ")], ids=lambda row: row[0].strip("`")
)
def test_an_option_in_the_guide_is_one_of_its_command(row: list[str]) -> None:
    command = command_of(code_names(row[0])[0].removeprefix("casebase "))
    assert command
    known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", row[1])) <= known


@pytest.mark.parametrize("option", sorted(option for option in OPTIONS if option.startswith("--")))
def test_every_option_says_what_it_is_for(option: str) -> None:
    helps = [
        getattr(parameter, "help", "") for command in COMMANDS.values() for parameter in command.params if option in parameter.opts
    ]
    assert all(helps)


EXAMPLES = [
    (page, line.strip())
    for page in PAGES
    for line in read(page).split("\n")
    if re.match(r"(?: {4}|\$ )(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?casebase ", line)
]


@pytest.mark.parametrize(("page", "line"), EXAMPLES, ids=[f"{page.name}: {line}" for page, line in EXAMPLES])
def test_an_example_can_be_typed_as_it_stands(page: Path, line: str) -> None:
    words = shlex.split(line[line.index("casebase ") :])[1:]
    command = command_of(" ".join(words))
    assert command, page
    COMMANDS[command].make_context(command, words[len(command.split()) :])


def test_a_page_has_examples() -> None:
    assert EXAMPLES


@EACH_PAGE
def test_a_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", read(ROOT / "Makefile"), re.MULTILINE))
    named = re.findall(r"`make ([a-z-]+)", read(page)) + re.findall(r"^ {4}make ([a-z-]+)", read(page), re.MULTILINE)
    assert set(named) <= targets


@EACH_PAGE
def test_a_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", read(page))
    missing = [link for link in links if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists()]
    assert missing == []


@EACH_PAGE
def test_a_file_of_the_code_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"`((?:casebase|tests|bench|docs)/[\w./-]+)`", read(page))
    assert [path for path in named if not (ROOT / path).exists()] == []


FIELDS = [(names, row[1], row[2]) for row in rows(CASE_FORMAT) if len(row) == 3 and (names := code_names(row[0]))]
PARTS: dict[str, type[Part]] = {
    "headlines": Headline,
    "agency": Agency,
    "period": Period,
    "metrics": Metric,
    "building_blocks": BuildingBlock,
    "sources": Source,
    "links": FurtherReading,
    "attachments": Attachment,
}


def test_the_fields_of_the_format_are_those_of_a_case() -> None:
    documented = {name for names, _, _ in FIELDS for name in names}
    assert documented == set(CaseStudy.model_fields) - {"sections", "translations"}


@pytest.mark.parametrize(("names", "must", "rule"), FIELDS, ids=[names[0] for names, _, _ in FIELDS])
def test_the_format_tells_which_fields_must_be_there(names: list[str], must: str, rule: str) -> None:
    required = {CaseStudy.model_fields[name].is_required() for name in names}
    assert required == {must == "yes"}, rule


@pytest.mark.parametrize("field", PARTS)
def test_the_format_names_every_field_of_a_part(field: str) -> None:
    rule = next(rule for names, _, rule in FIELDS if field in names)
    assert [name for name in PARTS[field].model_fields if not re.search(rf"\b{name}\b", rule)] == []


@pytest.mark.parametrize("name", Translation.model_fields)
def test_the_format_names_every_field_of_a_translation(name: str) -> None:
    about = read(CASE_FORMAT).split("## Translations", 1)[1]
    assert re.search(rf"\b{name}\b", about)


@pytest.mark.parametrize("name", sorted(set(vocabularies()) - {"languages"}))
def test_the_format_names_every_vocabulary(name: str) -> None:
    assert f"`{name}`" in read(CASE_FORMAT)


def test_the_format_names_no_vocabulary_that_is_not_there() -> None:
    assert set(re.findall(r"vocabulary `([a-z_]+)`", read(CASE_FORMAT))) <= set(vocabularies())


@pytest.mark.parametrize("lang", sorted(vocabularies()["languages"]))
def test_the_format_names_every_language(lang: str) -> None:
    assert f"`{lang}`" in next(rule for names, _, rule in FIELDS if names == ["lang"])


def test_the_languages_of_the_headings_are_those_of_the_vocabulary() -> None:
    assert list(HEADINGS) == list(vocabularies()["languages"])


def test_the_headings_of_the_format_are_those_of_the_code() -> None:
    head = next(row for row in rows(CASE_FORMAT) if row[0] == "section")
    table = {
        row[0].strip("`"): dict(zip(head[1:], row[1:], strict=True))
        for row in rows(CASE_FORMAT)
        if len(row) == len(head) and row != head
    }
    written = {
        section: {lang: f"`## {HEADINGS[lang][place]}`" for lang in HEADINGS}
        for place, section in enumerate(Narrative.model_fields)
    }
    assert table == written


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.name)
def test_a_decision_record_has_its_parts(page: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", page.name)
    text = read(page)
    assert re.search(r"^Status: (proposed|accepted|superseded)", text, re.MULTILINE)
    assert re.findall(r"^## (Context|Decision|Consequences)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def annotated_example() -> str:
    (source,) = re.findall(r"```markdown\n(.*?)```", read(CASE_FORMAT), re.DOTALL)
    return str(source)


def test_the_annotated_example_is_a_case_without_fault_or_remark() -> None:
    reading = parse_case(annotated_example())
    assert (reading.faults, reading.remarks) == ((), ())
    assert reading.document
    assert reading.document.missing == (Section.LESSONS,)


def test_the_hints_in_the_format_are_those_of_the_program() -> None:
    about = read(CASE_FORMAT).split("## Hints", 1)[1].split("## Translations", 1)[0]
    assert re.findall(r"^\| `([a-z_.]+)` \|", about, re.MULTILINE) == [code.value for code in HintCode]


def test_the_format_tells_how_few_words_make_a_thin_section() -> None:
    assert f"fewer than {THIN_WORDS} words" in read(CASE_FORMAT)


def test_the_remarks_on_style_in_the_format_are_those_of_the_program() -> None:
    remarks = {key.removeprefix("fault.") for key in catalogue("en") if key.startswith("fault.style.")}
    assert set(re.findall(r"`(style\.[a-z_]+)`", read(CASE_FORMAT))) == remarks


def test_the_table_of_cases_is_that_of_the_files() -> None:
    text = read(library_table.PAGE)
    assert text == library_table.with_table(text), "run: python tests/library_table.py"
