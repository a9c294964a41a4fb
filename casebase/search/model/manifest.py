"""What a prepared model says about itself: `casebase.json` in its folder."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping  # noqa: TC003 - pydantic reads the annotations of ModelInfo
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from casebase.errors import ModelCorruptError, ModelUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "casebase.json"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A prepared model. `files` gives the SHA-256 of each file by its path in the folder.

    `fingerprint` names everything that makes a vector what it is: weights, tokenizer, prompts, arithmetic. `recipe` numbers the
    way the folder is written; a folder with another number is made again.
    """

    name: str
    origin: str
    licence: str
    package: str
    version: str
    fingerprint: str
    recipe: int
    dimension: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    files: Mapping[str, str]


def inspect(folder: Path) -> ModelInfo:
    """Return what the manifest says, without looking at the other files.

    ModelUnavailableError when there is no prepared model in the folder, ModelCorruptError when its manifest cannot be read.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise ModelUnavailableError(name=folder.name, folder=str(folder)) from error
    try:
        return TypeAdapter(ModelInfo).validate_json(content, strict=True)
    except ValidationError as error:
        raise ModelCorruptError(file=MANIFEST, reason="manifest") from error


def verify(folder: Path, *, files: Collection[str] | None = None) -> ModelInfo:
    """Return the manifest after comparing every file, or those named, with its SHA-256.

    ModelCorruptError names the first that is missing or differs. Reads the whole model, 620 MB: half a second to two.
    """
    info = inspect(folder)
    for name in info.files if files is None else files:
        try:
            actual = file_hash(folder / name)
        except OSError as error:
            raise ModelCorruptError(file=name, reason="missing") from error
        if actual != info.files.get(name):
            raise ModelCorruptError(file=name, reason="SHA-256")
    return info


def write_manifest(info: ModelInfo, folder: Path) -> None:
    """Write the manifest, for people too."""
    (folder / MANIFEST).write_bytes(TypeAdapter(ModelInfo).dump_json(info, indent=2) + b"\n")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
