"""The table of all cases in cases/README.md. `python tests/library_table.py` writes it anew; a test tells when that is due."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from casebase.domain.vocabulary import countries, label, vocabularies
from casebase.ingest.markdown import file_name, read_folder

if TYPE_CHECKING:
    from casebase.domain.case import CaseStudy

CASES = Path(__file__).parents[1] / "cases"
PAGE = CASES / "README.md"
START, END = "<!-- table of cases: start -->\n", "<!-- table of cases: end -->\n"


def library_table(cases: list[CaseStudy]) -> str:
    """Return the cases by main sector and country as Markdown: first how many, then each with a link to its file."""
    ordered = sorted(cases, key=_place)
    by_sector = [(sector, list(group)) for sector, group in groupby(ordered, key=lambda case: case.sectors[0])]
    lines = ["| sector | Vietnam | abroad | all |", "|---|---|---|---|"]
    lines += [_count_row(_sector(sector), group) for sector, group in by_sector]
    lines += [_count_row("**all**", ordered), ""]
    for sector, group in by_sector:
        lines += [f"### {_sector(sector)}", "", "| country | case | language | outcome |", "|---|---|---|---|"]
        lines += [*map(_case_row, group), ""]
    return "\n".join(lines)


def write(page: Path = PAGE) -> None:
    """Put the table into the page, between its two marks."""
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")


def with_table(text: str) -> str:
    """Return the text of the page with the table as it must be."""
    before, rest = text.split(START)
    after = rest.split(END)[1]
    return f"{before}{START}\n{library_table(list(read_folder([CASES]).cases))}\n{END}{after}"


def _place(case: CaseStudy) -> tuple[int, bool, str, str]:
    sectors = list(vocabularies()["sectors"])
    return sectors.index(case.sectors[0]), case.country != "VN", countries("en")[case.country], case.id


def _sector(code: str) -> str:
    return f"{label('sectors', code, 'en')} ({label('sectors', code, 'vi')})"


def _count_row(name: str, cases: list[CaseStudy]) -> str:
    home = sum(case.country == "VN" for case in cases)
    return f"| {name} | {home} | {len(cases) - home} | {len(cases)} |"


def _case_row(case: CaseStudy) -> str:
    files = [f"[{case.lang}]({file_name(case)})", *(f"[{text.lang}]({file_name(text)})" for text in case.translations)]
    title = case.headline("vi")[0].replace("|", "\\|")
    outcome = label("outcomes", case.outcome, "en").lower()
    return f"| {countries('en')[case.country]} | {title} | {' '.join(files)} | {outcome} |"


if __name__ == "__main__":
    write()
