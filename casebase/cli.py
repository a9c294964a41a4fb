"""The command line: parse, one service call, print. Results go to stdout, messages to stderr.

Exit codes: 0 fine, 1 an expected error (its message says what to do), 2 wrong usage.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from pydantic import ValidationError

from casebase.bootstrap import (
    build,
    configure_logging,
    configured_embedder,
    describe_model,
    document_limits,
    prepare_model,
)
from casebase.commands.context import Context, JsonFlag, context_of
from casebase.commands.user import user_app
from casebase.config import CHECKOUT, Settings
from casebase.domain.case import CaseId, Section
from casebase.domain.query import VOCABULARY_OF, Facet, Filters, Mode, SearchQuery
from casebase.domain.vocabulary import vocabularies
from casebase.errors import CasebaseError, CaseFileError, UsageError
from casebase.i18n import describe_error, describe_fault, translate
from casebase.services.presenting import compared_json, hints_json, search_json
from casebase.terminal import (
    bar,
    print_compared,
    print_facts,
    print_faults,
    print_hints,
    print_json,
    print_message,
    print_report,
    print_result,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from casebase.domain.case import CaseStudy
    from casebase.domain.fault import Fault
    from casebase.domain.query import SearchResult

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its boxes would break the lists of values that a message names
    help="A store of solutions.",
)
index_app = typer.Typer(no_args_is_help=True, help="The search index.")
model_app = typer.Typer(no_args_is_help=True, help="The embedding model.")
app.add_typer(index_app, name="index")
app.add_typer(model_app, name="model")
app.add_typer(user_app, name="user")

Half = Literal["tune", "test"]
Limit = Annotated[int, typer.Option(min=1, max=100, help="How many cases at most.")]


@app.callback()
def configure(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="Folder of data, models and indexes (CASEBASE_HOME).")] = None,
    lang: Annotated[Literal["vi", "en"] | None, typer.Option(help="Language of messages (CASEBASE_LANG).")] = None,
) -> None:
    """Find comparable cases of digital transformation, and look after the store that holds them."""
    given: dict[str, Any] = {name: value for name, value in {"home": home, "lang": lang}.items() if value is not None}
    here = context_of(context)
    here.settings = Settings(**given)
    configure_logging(here.settings)


@app.command()
def init(context: typer.Context) -> None:
    """Make everything ready: database, model, starter cases, index. Running it again changes nothing."""
    from casebase.services.initialising import initialise

    here = context_of(context)
    _prepare(here)
    services = build(here.settings)
    with bar(here.say("importing")) as importing, bar(here.say("embedding")) as embedding:
        done = initialise(
            here.settings.starter_cases,
            store=services.store,
            index=services.index,
            clock=services.clock,
            importing=importing,
            embedding=embedding,
        )
    print_faults(done.imported.faults, here.settings.lang)
    key = "init_nothing" if done.nothing_changed else "init_done"
    print_message(here.say(key, cases=done.cases, changed=len(done.imported.changed), embedded=done.embedded))


@app.command()
def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on (CASEBASE_PORT).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (CASEBASE_HOST).")] = None,
) -> None:
    """Serve the app until Ctrl+C."""
    here = context_of(context)
    settings = here.settings.model_copy(update={key: value for key, value in {"port": port, "host": host}.items() if value})
    print_message(here.say("serving", host=settings.host, port=settings.port))
    os.environ["CASEBASE_HOME"] = str(settings.home)
    os.environ["CASEBASE_LANG"] = settings.lang
    os.chdir(CHECKOUT)
    command = ["-m", "streamlit", "run", "app.py", "--server.port", str(settings.port), "--server.address", settings.host]
    os.execv(sys.executable, [sys.executable, *command])  # noqa: S606 - the server takes this process over, with its signals


@app.command("import")
def import_(context: typer.Context, paths: Annotated[list[Path], typer.Argument(help="Case files, or folders of them.")]) -> None:
    """Import case files. A bad file never stops the others; exit code 1 says that there was one."""
    from casebase.services.importing import import_files

    here = context_of(context)
    services = here.services()
    with bar(here.say("importing")) as importing:
        report = import_files(paths, store=services.store, clock=services.clock, progress=importing)
    with bar(here.say("embedding")) as embedding:
        services.index.refresh(progress=embedding)
    print_message(here.say("imported", changed=len(report.changed), unchanged=report.unchanged))
    if report.removed_before:
        print_message(here.say("import_removed", ids=", ".join(report.removed_before)))
    _fail_on_faults(here, report.faults)


@app.command()
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder to write to.")] = Path("export"),
    format_: Annotated[str, typer.Option("--format", help="md: case files that `import` reads back.")] = "md",
) -> None:
    """Write every public case to files."""
    from casebase.services.exporting import export_markdown

    here = context_of(context)
    if format_ != "md":
        raise here.unknown_value(format_, option="--format", values=("md",))
    services = here.services()
    with bar(here.say("exporting")) as progress:
        count = export_markdown(folder, store=services.store, progress=progress)
    print_message(here.say("exported", count=count, folder=folder))


@app.command()
def validate(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Case files, or folders of them.")],
    *,
    json_: JsonFlag = False,
) -> None:
    """Check case files and change nothing. Every fault is printed with its line and what to do; remarks on style never fail."""
    from casebase.services.importing import validate_files

    here = context_of(context)
    reading = validate_files(paths)
    if json_:
        found = {"faults": reading.faults, "remarks": reading.remarks}
        print_json(
            {"valid": [case.id for case in reading.cases]}
            | {name: [_fault_json(fault, here.settings.lang) for fault in faults] for name, faults in found.items()}
        )
    else:
        print_faults(reading.remarks, here.settings.lang)
    _fail_on_faults(here, reading.faults, quiet=json_)
    if not json_:
        key = "valid_remarks" if reading.remarks else "valid"
        print_message(here.say(key, count=len(reading.cases), remarks=len(reading.remarks)))


@app.command()
def propose(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A PDF or Word (.docx) file.")],
    *,
    json_: JsonFlag = False,
) -> None:
    """Print what a report seems to tell, as a case file to go on from; it needs no store."""
    from casebase.services.reading_documents import case_skeleton, proposal_json, propose_file

    here = context_of(context)
    try:
        proposal = propose_file(file, limits=document_limits(here.settings))
    except OSError as error:
        raise UsageError(why=here.say("file_unreadable", path=file, why=error.strerror)) from None
    for remark in proposal.remarks:
        print_message(describe_fault(remark, here.settings.lang))
    if json_:
        print_json(proposal_json(proposal, here.settings.lang))
    else:
        typer.echo(case_skeleton(proposal), nl=False)
        print_message(here.say("proposed"))


@app.command()
def template(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The .docx file to write.")] = Path("casebase-template.docx"),
) -> None:
    """Write the Word template whose filled-in copy `propose` reads part by part, in the language of messages."""
    from casebase.ingest.documents.template import make_template

    here = context_of(context)
    try:
        file.write_bytes(make_template(here.settings.lang))
    except OSError as error:
        raise UsageError(why=here.say("file_unwritable", path=file, why=error.strerror)) from None
    print_message(here.say("template_written", path=file))


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="The problem, in your own words.")],
    limit: Limit = 10,
    section: Annotated[Section | None, typer.Option(help="Search one section only.")] = None,
    sector: Annotated[list[str] | None, typer.Option(help="Only cases of this sector; may be repeated.")] = None,
    filter_: Annotated[
        list[str] | None, typer.Option("--filter", help="FACET=VALUE, such as level=province; may be repeated.")
    ] = None,
    *,
    verbatim: Annotated[bool, typer.Option("--verbatim", help="Search exactly what is typed.")] = False,
    json_: JsonFlag = False,
) -> None:
    """Find the cases comparable with a problem, and why each one fits."""
    here = context_of(context)
    filters = _filters(here, [*(f"sector={value}" for value in sector or ()), *(filter_ or ())])
    asked = SearchQuery(query, limit=limit, section=section, filters=filters, verbatim=verbatim, reader=here.settings.lang)
    _answer(here, here.services().search(asked), as_json=json_)


@app.command()
def similar(
    context: typer.Context,
    case_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A case of the store.")] = None,
    file: Annotated[Path | None, typer.Option(help="A case file that is not in the store.")] = None,
    limit: Limit = 5,
    *,
    json_: JsonFlag = False,
) -> None:
    """Find the cases like a case; of a file, tell whether the store has its story already."""
    from casebase.services.comparing import read_story

    here = context_of(context)
    if (case_id is None) == (file is None):
        raise typer.BadParameter("give either ID or --file")
    services = here.services()
    if case_id is not None:
        _answer(here, services.similar(CaseId(case_id), limit=limit, reader=here.settings.lang), as_json=json_)
    elif file is not None:
        compared = services.compare(_read(here, file, read_story), limit=limit, reader=here.settings.lang)
        print_json(compared_json(compared)) if json_ else print_compared(compared, here.settings.lang)


@app.command()
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A case file; translations beside it are looked at too.")],
    limit: Limit = 3,
    *,
    json_: JsonFlag = False,
) -> None:
    """Tell what an author may want to put right in a case file, and which cases are like it. Hints never fail."""
    from casebase.services.checking import check_case
    from casebase.services.comparing import read_story_with_translations

    here = context_of(context)
    lang, services = here.settings.lang, here.services()
    case = _read(here, file, read_story_with_translations)
    hints = check_case(case)
    compared = services.compare(case, limit=limit, reader=lang, without=CaseId(case.id))
    if json_:
        print_json({"hints": hints_json(hints, lang), **compared_json(compared)})
        return
    print_hints(hints, lang)
    print_message(here.say("hints", count=len(hints)) if hints else here.say("hints_none"))
    print_compared(compared, lang)


@app.command("eval")
def evaluate(
    context: typer.Context,
    queries: Annotated[Path | None, typer.Option(help="Judged queries over the library, JSON lines.")] = None,
    dataset: Annotated[Path | None, typer.Option(help="A folder in BEIR layout.")] = None,
    mode: Annotated[Mode, typer.Option(help="Which evidence counts.")] = Mode.HYBRID,
    half: Annotated[Half | None, typer.Option(help="Only the judged queries of this half.")] = None,
    *,
    twins: Annotated[bool, typer.Option("--twins", help="Each Vietnamese query once more without its marks.")] = False,
    json_: JsonFlag = False,
) -> None:
    """Measure the quality of search."""
    from casebase.search.evaluation import select
    from casebase.services.evaluating import evaluate_dataset, evaluate_queries, read_judged

    here = context_of(context)
    if (queries is None) == (dataset is None):
        raise typer.BadParameter("give either --queries or --dataset")
    if dataset is not None:
        embedder = configured_embedder(here.settings)
        with bar(here.say("embedding")) as progress:
            report = evaluate_dataset(dataset, embedder=embedder, mode=mode, progress=progress)
    elif queries is not None:
        services = here.services()
        with bar(here.say("evaluating")) as progress:
            report = evaluate_queries(
                select(read_judged(queries), half=half, twins=twins),
                store=services.store,
                index=services.index,
                embedder=services.embedder,
                mode=mode,
                progress=progress,
            )
    print_json(report) if json_ else print_report(report)


@index_app.command("check")
def index_check(context: typer.Context, *, json_: JsonFlag = False) -> None:
    """Compare database and index, and check the database itself; exit code 1 where anything differs."""
    here = context_of(context)
    services = here.services()
    health, faults = services.index.check(), services.store.check()
    differences = [translate(f"index.{key}", here.settings.lang, **values) for key, values in health.differences]
    if json_:
        messages = [describe_fault(fault, here.settings.lang) for fault in faults]
        keys = [key for key, _ in health.differences]
        print_json({"generation": health.generation, "passages": health.passages, "differences": keys, "store": messages})
    else:
        for line in differences:
            print_message(line)
        if not differences:
            typer.echo(translate("index.ok", here.settings.lang, passages=health.passages, generation=health.generation))
        else:
            print_message(translate("index.advice", here.settings.lang))
        for fault in faults:
            print_message(describe_fault(fault, here.settings.lang))
    if differences or faults:
        raise typer.Exit(1)


@index_app.command("build")
def index_build(context: typer.Context) -> None:
    """Build the index anew from the database. Only texts without a vector are embedded."""
    here = context_of(context)
    services = here.services()
    with bar(here.say("embedding")) as progress:
        report = services.index.build(progress=progress)
    print_message(
        here.say("built", name=report.name, passages=report.passages, embedded=report.embedded, seconds=round(report.seconds, 1))
    )


@model_app.command("prepare")
def model_prepare(context: typer.Context) -> None:
    """Unpack the model that comes with Casebase. About ten seconds; nothing happens when it is there and sound."""
    here = context_of(context)
    _prepare(here)
    model_info(context)


@model_app.command("info")
def model_info(context: typer.Context, *, json_: JsonFlag = False) -> None:
    """Tell which model is used."""
    here = context_of(context)
    facts = describe_model(here.settings)
    if json_:
        print_json(facts)
        return
    print_facts(facts)


def _prepare(here: Context) -> None:
    with bar("") as progress:
        prepare_model(
            here.settings, progress=lambda stage, done, total: progress(done, total, here.say("model_stage", stage=stage))
        )


def _filters(here: Context, choices: Sequence[str]) -> Filters:
    pairs = []
    for choice in choices:
        name, _, value = choice.partition("=")
        if name not in set(Facet):
            raise here.unknown_value(name, option="--filter", values=Facet)
        facet = Facet(name)
        known = vocabularies().get(VOCABULARY_OF.get(facet, ""), {})
        if known and value not in known:
            raise here.unknown_value(value, option=name, values=known)
        pairs.append((facet, (value,)))
    return Filters.of(pairs)


def _read(here: Context, file: Path, read: Callable[[Path], CaseStudy]) -> CaseStudy:
    """Return the case in a file; every fault of a bad one is printed."""
    try:
        return read(file)
    except CaseFileError as error:
        _fail_on_faults(here, error.faults)
        raise


def _fault_json(fault: Fault, lang: str) -> dict[str, object]:
    where = {"code": fault.code, "path": fault.path, "line": fault.line, "field": fault.where}
    return {**where, "message": describe_fault(fault, lang)}


def _fail_on_faults(here: Context, faults: Sequence[Fault], *, quiet: bool = False) -> None:
    """Print every fault and end with exit code 1 if there is one."""
    if not faults:
        return
    if not quiet:
        print_faults(faults, here.settings.lang)
        print_message(here.say("faults", count=len(faults), files=len({fault.path for fault in faults})))
    raise typer.Exit(1)


def _answer(here: Context, result: SearchResult, *, as_json: bool) -> None:
    if as_json:
        print_json(search_json(result))
    else:
        print_result(result, here.settings.lang)


def main() -> None:
    """Run the command line; an expected error becomes one message and exit code 1."""
    try:
        here = Context()
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            print_message(f"CASEBASE_{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}")
        raise SystemExit(2) from None
    try:
        app(obj=here)
    except CasebaseError as error:
        print_message(describe_error(error, here.settings.lang))
        raise SystemExit(1) from None
