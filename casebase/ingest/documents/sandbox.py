"""Reads a document in a process of its own, with limits on time, memory and what comes back."""

from __future__ import annotations

import json
import math
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from casebase.errors import (
    DocumentError,
    DocumentTooLargeError,
    DocumentTooSlowError,
    DocumentUnreadableError,
)
from casebase.ingest.documents import lines
from casebase.ingest.documents.lines import DocumentText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casebase.ingest.documents.kind import Kind

AT_ONCE = 2
"""How many documents are read at the same time in one app: each may take all the memory of the limit."""
LARGEST_ANSWER = 20_000_000
"""Bytes of JSON: about three times what the longest text that is taken needs."""
_MODULE = "casebase.ingest.documents.child"
_PIECE = 65_536
_turns = BoundedSemaphore(AT_ONCE)
_ERRORS = {kind.code: kind for kind in DocumentError.__subclasses__()}


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What one document may take: seconds from start to end, megabytes (10⁶ bytes) of the file, and of memory while it is read."""

    seconds: float = 30
    megabytes: int = 30
    memory_megabytes: int = 512


def extract_text(content: bytes, kind: Kind, *, limits: DocumentLimits) -> DocumentText:
    """Return the text of a document, read in a child process that is gone when this returns, however it ends.

    Where two are being read already, it waits for its turn, for as long as a document may take.

    Raises the DocumentError that the child names, DocumentTooSlowError after the time, DocumentTooLargeError past memory or answer,
    DocumentUnreadableError where the child ended without an answer, a bare DocumentError where the system could not start it.
    About 0.3 s for a short document.
    """
    if not _turns.acquire(timeout=limits.seconds):
        raise DocumentTooSlowError(seconds=limits.seconds)
    try:
        return _extract(content, kind, limits)
    finally:
        _turns.release()


def _extract(content: bytes, kind: Kind, limits: DocumentLimits) -> DocumentText:
    deadline = time.monotonic() + limits.seconds
    try:
        with _child(content, kind, limits) as process:
            answer = _read_answer(process, deadline)
            status = _wait(process, deadline)
    except OSError as error:
        raise DocumentError from error
    if answer is None or status is None:
        raise DocumentTooSlowError(seconds=limits.seconds)
    if len(answer) > LARGEST_ANSWER:
        raise DocumentTooLargeError(megabytes=limits.megabytes)
    try:
        found = json.loads(answer)
        document = _ERRORS[found["error"]] if "error" in found else lines.from_json(found)
    except (ValueError, KeyError, TypeError):
        document = _error_of(status)
    if isinstance(document, DocumentText):
        return document
    raise document(seconds=limits.seconds, megabytes=limits.megabytes)


@contextmanager
def _child(content: bytes, kind: Kind, limits: DocumentLimits) -> Iterator[subprocess.Popen[bytes]]:
    """Start the child with the document on its standard input, and end it when the block ends.

    It inherits nothing of our environment but the paths that Python imports from.
    """
    arguments = [kind.value, str(math.ceil(limits.seconds)), str(limits.memory_megabytes)]
    environment = {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)), "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryFile() as document:
        document.write(content)
        document.seek(0)
        with subprocess.Popen(
            [sys.executable, "-B", "-P", "-m", _MODULE, *arguments],
            stdin=document,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def _read_answer(process: subprocess.Popen[bytes], deadline: float) -> bytes | None:
    """Return all that the child writes until it closes its output, or a little more than the limit; None if time is up before."""
    assert process.stdout  # noqa: S101 - Popen was asked for a pipe
    answer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while len(answer) <= LARGEST_ANSWER:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return None
            piece = os.read(process.stdout.fileno(), _PIECE)
            if not piece:
                break
            answer += piece
    return bytes(answer)


def _wait(process: subprocess.Popen[bytes], deadline: float) -> int | None:
    """Return the exit status of a child that has said all it has to say; None if time is up before."""
    try:
        return process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None


def _error_of(status: int) -> type[DocumentError]:
    """Return what it means that a child ended with this status and no answer."""
    if status == -signal.SIGXCPU:
        return DocumentTooSlowError
    return DocumentTooLargeError if status == -signal.SIGKILL else DocumentUnreadableError
