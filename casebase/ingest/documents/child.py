"""The process in which a document is read: `python -m casebase.ingest.documents.child KIND SECONDS MEGABYTES`, document on stdin.

It gives up memory, processor time, new files and core dumps before it reads the first byte, and writes one JSON object to stdout:
the text (`lines.to_json`), or `{"error": code}` with a code of errors.py.
"""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress

from casebase.errors import DocumentError, DocumentTooLargeError, DocumentUnreadableError
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.lines import to_json

MEGABYTE = 1_000_000


def confine(*, seconds: int, megabytes: int) -> None:
    """Limit this process for good. A system without one of the limits (macOS has none on memory) goes on without it."""
    limits = {
        resource.RLIMIT_AS: (megabytes * MEGABYTE, megabytes * MEGABYTE),
        # At the first limit a signal that says why; with one limit for both the kernel kills without a word.
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
    }
    for what, soft_and_hard in limits.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(what, soft_and_hard)


def extract(content: bytes, kind: Kind) -> str:
    """Return the answer to the parent. Never raises, but for what ends any process."""
    try:
        if kind is Kind.PDF:
            from casebase.ingest.documents.pdf import read_pdf

            return to_json(read_pdf(content))
        from casebase.ingest.documents.docx import read_docx

        return to_json(read_docx(content))
    except DocumentError as error:
        code = error.code
    except MemoryError:
        code = DocumentTooLargeError.code
    except Exception:  # noqa: BLE001 - whatever a library makes of a hostile file, the parent is told that it cannot be read
        code = DocumentUnreadableError.code
    return json.dumps({"error": code})


def main() -> None:
    """Read one document."""
    kind, seconds, megabytes = sys.argv[1:]
    confine(seconds=int(seconds), megabytes=int(megabytes))
    sys.stdout.write(extract(sys.stdin.buffer.read(), Kind(kind)))


if __name__ == "__main__":
    main()
