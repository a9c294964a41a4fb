"""What the command line prints: results on stdout, messages and progress on stderr."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from casebase.domain.vocabulary import label
from casebase.i18n import describe_fault, describe_hint, translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from casebase.domain.fault import Fault
    from casebase.domain.hints import Hint
    from casebase.domain.likeness import Compared
    from casebase.domain.query import Hit, SearchResult

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


class Bar:
    """A progress bar that appears with the first thing done, and not at all where nothing is to do."""

    def __init__(self, description: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._task = self._bar.add_task(description, visible=False, total=None)
        self._started = False

    def __call__(self, done: int, total: int, description: str | None = None) -> None:
        """Show what is done of what there is to do."""
        if not self._started:
            self._bar.start()
            self._started = True
        self._bar.update(self._task, completed=done, total=total, visible=True, description=description)

    def stop(self) -> None:
        """Take the bar away."""
        if self._started:
            self._bar.stop()


@contextmanager
def bar(description: str) -> Iterator[Bar]:
    """Hand out a progress bar and take it away at the end, however that comes."""
    shown = Bar(description)
    try:
        yield shown
    finally:
        shown.stop()


def print_json(value: object) -> None:
    """Print a result for programs."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_message(text: str) -> None:
    """Print a message for people; nothing in it is markup."""
    err.print(Text(text))


def print_facts(facts: Mapping[str, object]) -> None:
    """Print names and values in two columns."""
    table = Table(show_header=False, box=None)
    for name, value in facts.items():
        table.add_row(name, str(value))
    out.print(table)


def print_table(rows: Iterable[Sequence[str]]) -> None:
    """Print rows of texts in columns; nothing in them is markup."""
    table = Table(show_header=False, box=None)
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table)


def print_faults(faults: Sequence[Fault], lang: str) -> None:
    """Print every fault on a line: where, what is wrong, what to do."""
    for fault in faults:
        print_message(f"{fault.path}:{fault.line or 1}: {describe_fault(fault, lang)}")


def print_result(result: SearchResult, lang: str) -> None:
    """Print how the query was understood, what the answer is worth, and the cases with the reason for each."""
    if result.analysis.text != result.analysis.typed:
        print_message(translate("cli.understood", lang, text=result.analysis.text))
    if not result.by_meaning:
        print_message(translate("cli.words_only", lang))
    nothing = "verdict_filtered" if result.query.filters else "verdict_empty"
    print_message(translate(f"cli.verdict_{result.verdict.value}" if result.total else f"cli.{nothing}", lang))
    for number, hit in enumerate(result.hits, 1):
        _print_hit(number, hit, lang)


def print_compared(compared: Compared, lang: str) -> None:
    """Print whether a story is told already, and the cases like it with what each is beside it."""
    if not compared.result.by_meaning:
        print_message(translate("cli.words_only", lang))
    print_message(translate(f"cli.likeness_{compared.likeness.value}", lang, id=compared.duplicate_of or ""))
    for number, (hit, one) in enumerate(compared.pairs, 1):
        _print_hit(number, hit, lang)
        out.print(Text(f"   {translate(f'likeness.{one.likeness.value}', lang)}", style="dim"))


def print_hints(hints: Sequence[Hint], lang: str) -> None:
    """Print every hint on a line: where, what was noticed, what to do."""
    for hint in hints:
        out.print(
            Text(f"{translate(hint.place_key, lang)} [{hint.code.value}]: ", style="bold").append(
                Text(describe_hint(hint, lang), style="not bold")
            )
        )


def _print_hit(number: int, hit: Hit, lang: str) -> None:
    title = Text(f"{number}. ", style="dim").append(hit.case.headline(lang)[0], style="bold")
    sectors = ", ".join(label("sectors", code, lang) for code in hit.case.sectors)
    opening = f"   {translate(f'section.{hit.reason.section.value}', lang)}: “"
    quote = Text(opening).append(hit.reason.sentence).append("”")
    for span in hit.reason.matched:
        quote.stylize("bold", len(opening) + span.start, len(opening) + span.end)
    out.print(title.append(f"  [{hit.case.id}]", style="dim"))
    out.print(
        Text(
            f"   {translate(f'relevance.{hit.relevance.value}', lang)} · {hit.case.worded(lang).agency.name} · {sectors}",
            style="dim",
        )
    )
    out.print(quote)


def print_report(report: dict[str, Any]) -> None:
    """Print the measures of an evaluation: all queries, then by language and style."""
    measures = [key for key, value in report.items() if not isinstance(value, dict)]
    table = Table("", *measures)
    for name, row in [("all", report), *report["by_lang"].items(), *report["by_style"].items()]:
        table.add_row(name, *(str(row[measure]) for measure in measures))
    out.print(table)
    out.print(f"latency ms: {report['latency_ms']}")
    if report["unanswerable"]:
        out.print(f"verdicts on queries without an answer: {report['unanswerable']}")
