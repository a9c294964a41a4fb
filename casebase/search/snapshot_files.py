"""Snapshots on disk: a folder a build, written under a temporary name, synced, renamed; `current` names the live one.

`manifest.json` carries the SHA-256 of every file, and the name of the build that of the manifest. Nothing is read before its hash
agrees: an index file is never trusted.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from casebase.domain.case import CaseId
from casebase.domain.query import Facet
from casebase.errors import IndexError_, IndexMissingError, SnapshotCorruptError
from casebase.search.centring import LanguageMeans, shipped_means
from casebase.search.lexical import Bm25Lexical
from casebase.search.marks import MarksRestorer, SyllableCounts
from casebase.search.snapshot import FacetTable, PassageTable, Snapshot
from casebase.search.vectors import FaissVectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

log = logging.getLogger(__name__)

FORMAT = 7
"""Grows whenever the files, or what stands in them, change: a snapshot of another format is rebuilt."""
KEPT_BUILDS = 2
"""The live build and the one before it."""
_MANIFEST, _CURRENT, _TEMPORARY = "manifest.json", "current", ".building-"


@dataclass(frozen=True, slots=True)
class SnapshotFolder:
    """The folder `indexes/` with its builds."""

    root: Path

    def save(self, snapshot: Snapshot) -> str:
        """Write the snapshot, make it the live one, sweep older builds, and return its name.

        A crash at any point leaves the live build as it was before or the new one, and at most a temporary folder to sweep. A
        second process waits for the first. IndexError_ where the disk does not take it: the live build stays.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self._alone():
                name = self._write_build(snapshot)
                self._name_current(name)
                self._sweep(name)
        except OSError as error:
            raise IndexError_(folder=self.root, why=error.strerror or type(error).__name__) from error
        return name

    def current(self) -> str:
        """Return the name of the live build; IndexMissingError where there is none."""
        try:
            name = (self.root / _CURRENT).read_text(encoding="utf-8").strip()
            if name and Path(name).name == name and (self.root / name).is_dir():
                return name
        except (OSError, ValueError):
            pass  # gone, unreadable, not text, or a name that no file can have
        raise IndexMissingError(folder=self.root)

    def load(self) -> Snapshot:
        """Read the live build; SnapshotCorruptError where a file is missing, damaged, or not of this build."""
        folder = self.root / self.current()
        try:
            return _read(folder, _checked_manifest(folder))
        except SnapshotCorruptError:
            raise
        except Exception as error:
            # Whatever a library makes of a file that passed its hash, the answer is the same: build again.
            raise SnapshotCorruptError(file=folder.name, why=type(error).__name__) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of the folder: what is swept is then never what another process is writing."""
        handle = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write_build(self, snapshot: Snapshot) -> str:
        temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self.root))
        try:
            _write(snapshot, temporary)
            files = {name: _sha256(temporary / name) for name in _names(temporary)}
            manifest = {"format": FORMAT, "generation": snapshot.generation, "model": snapshot.model, "files": files}
            _write_json(temporary / _MANIFEST, manifest)
            for file in (*files, _MANIFEST):
                _sync(temporary / file)
            name = f"{snapshot.generation:08d}-{_seal(temporary)}"
            self._put_in_place(temporary, self.root / name)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return name

    def _put_in_place(self, temporary: Path, folder: Path) -> None:
        _remove(folder)
        temporary.rename(folder)
        _sync(self.root)

    def _name_current(self, name: str) -> None:
        pointer = self.root / f"{_CURRENT}.new"
        pointer.write_text(name + "\n", encoding="utf-8")
        _sync(pointer)
        if (self.root / _CURRENT).is_dir():
            _remove(self.root / _CURRENT)
        pointer.replace(self.root / _CURRENT)
        _sync(self.root)

    def _sweep(self, live: str) -> None:
        """Remove older builds, and what builds that died have left."""
        folders = sorted((path for path in self.root.iterdir() if path.is_dir() and path.name != live), key=lambda path: path.name)
        dead = [path for path in folders if path.name.startswith(_TEMPORARY)]
        builds = [path for path in folders if path not in dead]
        for old in (*dead, *builds[: max(0, len(builds) - KEPT_BUILDS + 1)]):
            log.info("removing old snapshot %s", old.name)
            shutil.rmtree(old, ignore_errors=True)


def _remove(path: Path) -> None:
    """Remove whatever is there, if anything is: a folder, or a file that somebody put in its place."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seal(folder: Path) -> str:
    """Return what the name of a build ends with: it stands for the manifest, which stands for every file."""
    return _sha256(folder / _MANIFEST)[:12]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is any
    return json.loads(path.read_text(encoding="utf-8"))


def _checked_manifest(folder: Path) -> Mapping[str, Any]:
    try:
        if not folder.name.endswith(f"-{_seal(folder)}"):
            raise SnapshotCorruptError(file=_MANIFEST, why="sha256")
        manifest: Mapping[str, Any] = _read_json(folder / _MANIFEST)
        files: Mapping[str, str] = manifest["files"]
        if manifest["format"] != FORMAT or sorted(files) != [name for name in _names(folder) if name != _MANIFEST]:
            raise SnapshotCorruptError(file=_MANIFEST, why="format")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotCorruptError(file=_MANIFEST, why=type(error).__name__) from error
    for name, digest in files.items():
        if _sha256(folder / name) != digest:
            raise SnapshotCorruptError(file=name, why="sha256")
    return manifest


def _write(snapshot: Snapshot, folder: Path) -> None:
    table, means, syllables = snapshot.passages, snapshot.means, snapshot.syllables
    _write_arrays(
        folder / "passages",
        ids=table.ids,
        digests=table.digests,
        case_numbers=table.case_numbers,
        language_numbers=table.language_numbers,
        section_numbers=table.section_numbers,
    )
    _write_arrays(folder / "syllables", counts=syllables.counts, pairs=syllables.pairs, pair_counts=syllables.pair_counts)
    facets = {
        facet.value: {value: np.flatnonzero(has).tolist() for value, has in of.items()}
        for facet, of in snapshot.facets.values.items()
    }
    _write_json(
        folder / "tables.json", {"cases": table.cases, "languages": table.languages, "facets": facets, "words": syllables.words}
    )
    if isinstance(snapshot.lexical, Bm25Lexical):
        snapshot.lexical.save(folder / "lexical")
    if means is not None and isinstance(snapshot.vectors, FaissVectors) and snapshot.case_vectors is not None:
        _write_arrays(folder / "means", overall=means.overall, **{f"of-{lang}": mean for lang, mean in means.by_language.items()})
        snapshot.vectors.save(folder / "vectors.faiss")
        np.save(folder / "case_vectors.npy", snapshot.case_vectors, allow_pickle=False)


def _read(folder: Path, manifest: Mapping[str, Any]) -> Snapshot:
    tables, arrays = _read_json(folder / "tables.json"), _read_arrays(folder / "passages")
    cases = tuple(CaseId(case) for case in tables["cases"])
    facets = {
        Facet(facet): {value: _booleans(numbers, len(cases)) for value, numbers in of.items()}
        for facet, of in tables["facets"].items()
    }
    syllables = SyllableCounts(tuple(tables["words"]), **_read_arrays(folder / "syllables"))
    means, vectors, case_vectors = None, None, None
    if manifest["model"] is not None:
        stored = _read_arrays(folder / "means")
        overall, shipped = stored.pop("overall"), shipped_means(manifest["model"])
        means = LanguageMeans({name.removeprefix("of-"): mean for name, mean in stored.items()}, overall, shipped)
        vectors, case_vectors = (
            FaissVectors.load(folder / "vectors.faiss"),
            np.load(folder / "case_vectors.npy", allow_pickle=False),
        )
    return Snapshot(
        generation=manifest["generation"],
        model=manifest["model"],
        passages=PassageTable(**arrays, cases=cases, languages=tuple(tables["languages"])),
        facets=FacetTable(facets, len(cases)),
        vectors=vectors,
        case_vectors=case_vectors,
        means=means,
        lexical=Bm25Lexical.load(folder / "lexical"),
        syllables=syllables,
        marks=MarksRestorer(syllables),
    )


def _booleans(numbers: list[int], size: int) -> NDArray[np.bool_]:
    flags = np.zeros(size, np.bool_)
    flags[numbers] = True
    return flags


def _write_arrays(folder: Path, **arrays: NDArray[Any]) -> None:
    folder.mkdir()
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def _read_arrays(folder: Path) -> dict[str, NDArray[Any]]:
    return {path.stem: np.load(path, allow_pickle=False) for path in sorted(folder.glob("*.npy"))}
