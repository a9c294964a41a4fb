"""Takes the public cases out again, in the same files that came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casebase.domain.ports import no_progress
from casebase.errors import UsageError
from casebase.ingest.markdown import file_name, format_case, format_translation

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.domain.case import CaseStudy
    from casebase.domain.ports import CaseStore, Progress


def case_files(case: CaseStudy) -> dict[str, str]:
    """Return the text of a case's file and of each of its translations' by file name."""
    return {
        file_name(case): format_case(case),
        **{file_name(translation): format_translation(translation) for translation in case.translations},
    }


def export_markdown(folder: Path, *, store: CaseStore, progress: Progress = no_progress) -> int:
    """Write every public case into the folder as case files, and return how many files. Importing them changes nothing.

    UsageError where the folder cannot be written to.
    """
    written, public = 0, store.public()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, stored in enumerate(public, 1):
            for name, text in case_files(stored.case).items():
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
                written += 1
            progress(number, len(public))
    except OSError as error:
        raise UsageError(why=f"{error.filename or folder}: {error.strerror}") from error
    return written
