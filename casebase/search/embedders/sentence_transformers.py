"""The engine for any other model, for a GPU and for training: the library sentence-transformers, an extra of this package."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import re
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.ports import no_progress
from casebase.errors import EngineMissingError, ModelCorruptError, ModelUnavailableError
from casebase.search.embedders.texts import by_length, readable
from casebase.search.model.manifest import MANIFEST, file_hash, inspect, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentence_transformers import SentenceTransformer

    from casebase.domain.ports import Progress, Vectors

_PACKAGE = "sentence-transformers"
_BATCH = 32
_HUB_SECONDS = 5.0
_DESCRIPTIONS = ("modules.json", "config.json")
_READ = ("model.safetensors", "tokenizer.json", "config.json")
_MODEL_FILES = {".safetensors", ".bin", ".json", ".txt", ".model"}
_E5 = re.compile(r"(?:^|[-_/])e5(?:$|[-_])(?!.*instruct)", re.IGNORECASE)
"""The models of the E5 family that want `query: ` and `passage: `; the instruct ones describe the task instead."""


class SentenceTransformersEmbedder:
    """An `Embedder` over a model's folder or its name on the Hugging Face hub. Threads wait for one another.

    Making it loads the model, 8–30 s with the import of PyTorch. Raises EngineMissingError without the package,
    ModelUnavailableError for a name that is not on this machine and cannot be fetched, ModelCorruptError for a damaged folder.
    """

    def __init__(self, name_or_folder: str | Path, *, device: str | None = None) -> None:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise EngineMissingError(package=_PACKAGE, extra=_PACKAGE)
        folder = Path(name_or_folder)
        name = folder.name if folder.is_dir() else str(name_or_folder)
        self._model = _from_folder(folder, device) if folder.is_dir() else _from_hub(name, device)
        self._query_prompt, self._passage_prompt = prompts = _prompts(self._model, name=name)
        self._fingerprint = _fingerprint(name, folder if folder.is_dir() else _snapshot(name), prompts=prompts)
        self._encoding = Lock()
        self._dimension: int = self._encode([""], "").shape[1]  # the method that would tell has changed its name

    @property
    def fingerprint(self) -> str:
        """The name of model and weights."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts that ask."""
        return self._embed([readable(text) for text in texts], self._query_prompt, no_progress)

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """Return the vectors of texts that answer."""
        return self._embed([readable(text) for text in texts], self._passage_prompt, progress)

    def _embed(self, texts: Sequence[str], prompt: str, progress: Progress) -> Vectors:
        vectors = np.empty((len(texts), self._dimension), np.float32)
        order = by_length(texts)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = self._encode([texts[position] for position in batch], prompt)
            progress(start + len(batch), len(texts))
        return vectors

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        with self._encoding:  # its tokenizer may be borrowed by one thread only
            vectors = self._model.encode(
                texts, prompt=prompt, batch_size=_BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)


def _from_folder(folder: Path, device: str | None) -> SentenceTransformer:
    if (folder / MANIFEST).is_file():
        verify(folder, files=_READ)
    elif not any((folder / name).is_file() for name in _DESCRIPTIONS):
        raise ModelUnavailableError(name=folder.name, folder=str(folder))
    try:
        return _load(str(folder), device, local=True)
    except Exception as error:
        # Each file format has exceptions of its own, down to plain Exception.
        raise ModelCorruptError(file=str(folder), reason=_reason(error)) from error


def _from_hub(name: str, device: str | None) -> SentenceTransformer:
    """Load a model from the hub's cache on this machine or, after one short question whether it is there, from the hub."""
    from huggingface_hub import HfApi

    # What a missing model raises depends on how much of it is in the cache.
    with contextlib.suppress(Exception):
        return _load(name, device, local=True)
    try:
        HfApi().model_info(_repository(name), timeout=_HUB_SECONDS)
        return _load(name, device, local=False)
    except Exception as error:
        # No route, no such name, no permission, a name that is none: all mean that it cannot be had.
        raise ModelUnavailableError(name=name, reason=_reason(error)) from error


def _load(name: str, device: str | None, *, local: bool) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(name, device=device, local_files_only=local)


def _prompts(model: SentenceTransformer, *, name: str) -> tuple[str, str]:
    """Return what goes before a query and before a passage: the model's own prompts, else those of its family."""
    own = model.prompts or {}
    query = own.get("query") or ""
    passage = own.get("passage") or own.get("document") or ""
    if not query and not passage and _E5.search(name):
        return "query: ", "passage: "
    return query, passage


def _fingerprint(name: str, folder: Path, *, prompts: tuple[str, str]) -> str:
    """Return the manifest's fingerprint where there is one; else the name and a hash over its files and the prompts."""
    if (folder / MANIFEST).is_file():
        return inspect(folder).fingerprint
    digest = hashlib.sha256(repr(prompts).encode())
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _MODEL_FILES and path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()} {file_hash(path)}".encode())
    return f"{name}/{digest.hexdigest()[:12]}"


def _snapshot(name: str) -> Path:
    """Return where the hub's cache keeps a model that has been loaded."""
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(_repository(name), local_files_only=True))


def _repository(name: str) -> str:
    """Return the hub's name of a model: one without an owner belongs to the library."""
    return name if "/" in name else f"{_PACKAGE}/{name}"


def _reason(error: Exception) -> str:
    """Return kind and first line of an error, for people."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
