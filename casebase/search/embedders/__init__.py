"""The engines behind the port `Embedder`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from casebase.errors import UsageError

if TYPE_CHECKING:
    from casebase.domain.ports import Embedder

ENGINES = ("onnx", "sentence-transformers", "hashing")


def open_embedder(
    *, engine: str, model: str, models_folder: Path, device: str | None = None, threads: int | None = None
) -> Embedder:
    """Return an engine over a model: a folder in `models_folder` or anywhere, or a name on the hub for sentence-transformers.

    Raises ModelUnavailableError (name, folder) when the model cannot be had, ModelCorruptError when it is damaged,
    EngineMissingError (package, extra) when the engine is not installed, UsageError for an engine that does not exist.
    `device` matters to sentence-transformers only, `threads` to onnx only.
    """
    folder = _folder(model, models_folder)
    if engine == "onnx":
        from casebase.search.embedders.onnx import OnnxEmbedder

        return OnnxEmbedder(folder, threads=threads)
    if engine == "sentence-transformers":
        from casebase.search.embedders.sentence_transformers import SentenceTransformersEmbedder

        return SentenceTransformersEmbedder(folder if folder.is_dir() else model, device=device)
    if engine == "hashing":
        from casebase.search.embedders.hashing import HashingEmbedder

        return HashingEmbedder()
    raise UsageError(why=f"There is no engine “{engine}”; choose one of {', '.join(ENGINES)}.")


def _folder(model: str, models_folder: Path) -> Path:
    """Return where the model lies, or where it would lie; a name with its owner means the same folder as without."""
    places = (models_folder / model, models_folder / Path(model).name, Path(model))
    return next((place for place in places if place.is_dir()), places[0])
