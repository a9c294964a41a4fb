"""The default engine: a prepared model through ONNX Runtime, on the CPU, without PyTorch."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.ports import no_progress
from casebase.search.embedders.texts import by_length, readable
from casebase.search.model.manifest import ModelInfo, inspect, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    from casebase.domain.ports import Progress, Vectors

_GRAPH, _TOKENIZER = "onnx/model.onnx", "tokenizer.json"
_MOST_THREADS = 8
"""A text of twenty tokens does not fill more."""


class OnnxEmbedder:
    """An `Embedder` over the folder that `prepare` made. Any number of threads may use it at once, and take turns.

    Making it reads the manifest alone (ModelUnavailableError, ModelCorruptError); the first text loads graph and tokenizer after
    checking their hashes, one second and 500 MB. A query then takes 6 to 13 ms on two cores. `threads` is how many cores one
    text may use: the physical ones unless told.
    """

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        self._folder = folder
        self._info = inspect(folder)
        self._threads = threads or min(_physical_cores(), _MOST_THREADS)
        self._loading = Lock()
        self._model: _Model | None = None

    @property
    def fingerprint(self) -> str:
        """The name of model and weights."""
        return self._info.fingerprint

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._info.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts that ask."""
        return self._embed([self._info.query_prompt + readable(text) for text in texts], no_progress)

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """Return the vectors of texts that answer."""
        return self._embed([self._info.passage_prompt + readable(text) for text in texts], progress)

    def _embed(self, texts: Sequence[str], progress: Progress) -> Vectors:
        """Embed one text at a time: on a CPU a batch is no faster, and nothing is spent on padding."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        if not texts:
            return vectors
        model = self._loaded()
        for done, position in enumerate(by_length(texts), start=1):
            vectors[position] = model.embed(texts[position])
            progress(done, len(texts))
        return vectors

    def _loaded(self) -> _Model:
        with self._loading:
            if self._model is None:
                verify(self._folder, files=(_GRAPH, _TOKENIZER))
                self._model = _Model(self._folder, self._info, threads=self._threads)
            return self._model


class _Model:
    """Graph and tokenizer in memory.

    One text takes all cores, so texts wait in a queue, first come, first served. Fifty threads that embedded at once would fight
    for the cores: fewer texts would get done, and some would wait for seconds (decision 3).
    """

    def __init__(self, folder: Path, info: ModelInfo, *, threads: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        self._tokenizer.enable_truncation(info.max_tokens)
        self._queue = ThreadPoolExecutor(max_workers=1, thread_name_prefix="casebase-embedding")
        self._session = self._queue.submit(_session, folder / _GRAPH, threads=threads).result()

    def embed(self, text: str) -> Vectors:
        """Return the vector of a text when its turn has come."""
        try:
            turn = self._queue.submit(self._run, text)
        except RuntimeError as error:  # the process is ending, and with it a thread that builds an index in the background
            raise SystemExit from error
        return turn.result()

    def _run(self, text: str) -> Vectors:
        tokens = np.array([self._tokenizer.encode(text).ids], np.int64)
        feed = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
        (vectors,) = self._session.run(None, feed)
        return np.asarray(vectors[0], np.float32)


def _session(graph: Path, *, threads: int) -> InferenceSession:
    from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_ALL
    # Threads that spin between operators win 2 ms a query on an idle machine, triple its CPU time, and lose on a busy one.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _physical_cores() -> int:
    """Count the cores this process may use, two hardware threads of one core as one."""
    try:
        cpus = os.sched_getaffinity(0)
        return len({Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text() for cpu in cpus})
    except (AttributeError, OSError):  # not Linux, or a container that hides /sys
        return os.cpu_count() or 1
