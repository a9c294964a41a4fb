"""Whatever happens to the files of the search snapshot: the start succeeds, and answers are those of the database."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from library import BIRTH, CASES, CountingEmbedder, answers, library, library_in_memory, open_services

from casebase.domain.query import SearchQuery
from casebase.errors import IndexError_, IndexMissingError, SnapshotCorruptError
from casebase.search.snapshot_files import FORMAT, SnapshotFolder, _seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from casebase.bootstrap import Services

FILES = (
    "case_vectors.npy",
    "current",
    "lexical/exact/data.csc.index.npy",
    "lexical/exact/indices.csc.index.npy",
    "lexical/exact/indptr.csc.index.npy",
    "lexical/exact/params.index.json",
    "lexical/exact/vocab.index.json",
    "lexical/folded/data.csc.index.npy",
    "lexical/folded/vocab.index.json",
    "manifest.json",
    "means/of-en.npy",
    "means/of-vi.npy",
    "means/overall.npy",
    "passages/case_numbers.npy",
    "passages/digests.npy",
    "passages/ids.npy",
    "passages/language_numbers.npy",
    "passages/section_numbers.npy",
    "syllables/counts.npy",
    "syllables/pair_counts.npy",
    "syllables/pairs.npy",
    "tables.json",
    "vectors.faiss",
)
CUTS = (0.0, 0.03, 0.35, 0.7, 0.98)
"""Where a file is cut, as shares of its length: with the files above, 115 cuts."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A library whose snapshot files were put away when they were whole, and what it answered then."""

    home: Path
    whole: Path
    answers: list[tuple[str, ...]]
    embedder: CountingEmbedder

    @property
    def indexes(self) -> Path:
        return self.home / "indexes"

    @property
    def build(self) -> Path:
        return self.indexes / SnapshotFolder(self.indexes).current()

    def file(self, name: str) -> Path:
        return self.indexes / name if name == "current" else self.build / name


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home, embedder = tmp_path_factory.mktemp("home"), CountingEmbedder()
    services = library(home, *CASES, embedder=embedder)
    whole = tmp_path_factory.mktemp("whole") / "indexes"
    shutil.copytree(home / "indexes", whole)
    return Installed(home, whole, answers(services), embedder)


@pytest.fixture
def installed(once: Installed) -> Iterator[Installed]:
    """Give the library with whole files and nobody having embedded anything."""
    shutil.rmtree(once.indexes)
    shutil.copytree(once.whole, once.indexes)
    once.embedder.texts.clear()
    return once


def assert_heals(installed: Installed) -> None:
    """Start as a new process does: same answers at once, same answers afterwards, sound files, nothing embedded again."""
    started = open_services(installed.home, embedder=installed.embedder)
    assert answers(started) == installed.answers
    started.index.wait()
    assert answers(started) == installed.answers
    assert started.index.check().differences == ()
    assert answers(open_services(installed.home, embedder=installed.embedder)) == installed.answers
    assert installed.embedder.texts == []


def flip(path: Path, *, seed: int, bits: int = 8) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    content = bytearray(path.read_bytes())
    for place in chance.sample(range(len(content)), min(bits, len(content))):
        content[place] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def test_the_files_damaged_here_are_those_of_a_snapshot(installed: Installed) -> None:
    names = {path.relative_to(installed.build).as_posix() for path in installed.build.rglob("*") if path.is_file()}
    assert set(FILES) - names == {"current"}
    assert {name.partition("/")[0] for name in names} == {name.partition("/")[0] for name in FILES} - {"current"}


def test_sound_files_are_read_and_not_built_again(installed: Installed) -> None:
    started = open_services(installed.home, embedder=installed.embedder)
    before = installed.build.stat().st_mtime_ns
    assert answers(started) == installed.answers
    started.index.wait()
    assert started.index._background is None
    assert installed.build.stat().st_mtime_ns == before


@pytest.mark.parametrize("name", FILES)
def test_r03_a_deleted_file_is_rebuilt_from_the_database(installed: Installed, name: str) -> None:
    installed.file(name).unlink()
    assert_heals(installed)


@pytest.mark.parametrize("share", CUTS)
@pytest.mark.parametrize("name", FILES)
def test_r03_a_truncated_file_is_rebuilt_from_the_database(installed: Installed, name: str, share: float) -> None:
    path = installed.file(name)
    content = path.read_bytes()
    path.write_bytes(content[: min(int(share * len(content)), len(content) - 1)])
    assert_heals(installed)


@pytest.mark.parametrize("name", FILES)
def test_r03_flipped_bits_are_found_and_rebuilt(installed: Installed, name: str) -> None:
    flip(installed.file(name), seed=len(name))
    assert_heals(installed)


@pytest.mark.parametrize("seed", range(10))
def test_r03_bits_flipped_anywhere_in_the_manifest_never_change_an_answer(installed: Installed, seed: int) -> None:
    flip(installed.file("manifest.json"), seed=seed, bits=1)
    assert_heals(installed)


@pytest.mark.parametrize("name", ["vectors.faiss", "passages/ids.npy", "tables.json", "lexical/exact/vocab.index.json"])
def test_r03_a_file_of_another_build_is_refused(installed: Installed, tmp_path: Path, name: str) -> None:
    other = library(tmp_path / "other", BIRTH)
    shutil.copy(other_build(other) / name, installed.file(name))
    assert_heals(installed)


def test_r03_a_file_too_many_is_refused(installed: Installed) -> None:
    (installed.build / "means" / "of-xx.npy").write_bytes(b"")
    assert_heals(installed)


def other_build(services: Services) -> Path:
    root = services.settings.indexes
    return root / SnapshotFolder(root).current()


def test_r03_the_folder_of_another_library_under_the_name_of_ours_is_refused(installed: Installed, tmp_path: Path) -> None:
    other = library(tmp_path / "other", *reversed(CASES))
    shutil.rmtree(ours := installed.build)
    shutil.copytree(other_build(other), ours)
    assert_heals(installed)


def test_r03_a_whole_foreign_index_of_the_same_size_and_generation_never_answers(installed: Installed, tmp_path: Path) -> None:
    """The passages of the other library have the same ids, but belong to other cases."""
    other = library(tmp_path / "other", *reversed(CASES))
    assert other.index.current().passages.ids.tolist() == list(range(1, 1 + len(other.store.passages())))
    shutil.rmtree(installed.indexes)
    shutil.copytree(other.settings.indexes, installed.indexes)
    assert_heals(installed)


def test_r03_an_older_build_of_ours_answers_until_a_new_one_is_there(tmp_path: Path) -> None:
    services = library(tmp_path / "home", *CASES[:-1])
    older = SnapshotFolder(services.settings.indexes).current()
    services.store.publish(BIRTH, [], actor="import", now=services.clock())
    services.index.build()
    (services.settings.indexes / "current").write_text(older, encoding="utf-8")
    started = open_services(tmp_path / "home")
    assert started.index.current().generation == len(CASES) - 1
    started.index.wait()
    assert started.index.current().generation == len(CASES)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"no-such-build\n",
        b"..",
        b".",
        b"../indexes",
        b"/etc",
        b"/",
        b"\xff\xfe\x00",
        b"a\x00b",
        b"current",
        b"x" * 100_000,
    ],
    ids=["empty", "blank", "unknown", "parent", "itself", "out and in", "absolute", "root", "not text", "NUL", "a file", "long"],
)
def test_r03_a_pointer_that_names_no_build_is_mended(installed: Installed, content: bytes) -> None:
    installed.file("current").write_bytes(content)
    assert_heals(installed)


def test_r03_a_pointer_cannot_lead_out_of_the_folder(installed: Installed, tmp_path: Path) -> None:
    other = library(tmp_path / "other", *reversed(CASES))
    target = other_build(other)
    installed.file("current").write_text(f"../../{target.relative_to(tmp_path.parent)}", encoding="utf-8")
    with pytest.raises(IndexMissingError):
        SnapshotFolder(installed.indexes).load()


def remove_all(indexes: Path) -> None:
    shutil.rmtree(indexes)


def leave_a_half_written_build(indexes: Path) -> None:
    (indexes / ".building-abc").mkdir()
    (indexes / ".building-abc" / "manifest.json").write_text("{", encoding="utf-8")


def put_a_folder_in_place_of_the_pointer(indexes: Path) -> None:
    (indexes / "current").unlink()
    (indexes / "current").mkdir()


def put_a_file_in_place_of_the_build(indexes: Path) -> None:
    build = indexes / SnapshotFolder(indexes).current()
    shutil.rmtree(build)
    build.write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [remove_all, leave_a_half_written_build, put_a_folder_in_place_of_the_pointer, put_a_file_in_place_of_the_build]
)
def test_r03_damage_to_the_folder_itself_is_mended(installed: Installed, damage: Callable[[Path], None]) -> None:
    damage(installed.indexes)
    assert_heals(installed)


def test_a_half_written_build_is_swept_by_the_next(installed: Installed) -> None:
    leave_a_half_written_build(installed.indexes)
    services = open_services(installed.home, embedder=installed.embedder)
    services.index.build()
    services.index.build()
    assert not list(installed.indexes.glob(".building-*"))


@pytest.mark.parametrize(
    "content", ["[]", "null", '{"files": []}', f'{{"format": {FORMAT}, "files": {{}}}}', '{"format": 99, "files": {}}', "{"]
)
def test_a_manifest_with_the_right_seal_and_the_wrong_content_is_refused(installed: Installed, content: str) -> None:
    build = installed.build
    (build / "manifest.json").write_text(content, encoding="utf-8")
    seal_again(installed, build)
    with pytest.raises(SnapshotCorruptError):
        SnapshotFolder(installed.indexes).load()


def seal_again(installed: Installed, build: Path) -> None:
    """Give the build the name that its manifest asks for, as an intruder who knows this code would."""
    renamed = build.with_name(f"00000005-{_seal(build)}")
    build.rename(renamed)
    (installed.indexes / "current").write_text(renamed.name, encoding="utf-8")


def test_a_disk_that_takes_nothing_is_told_and_the_live_build_stays(tmp_path: Path) -> None:
    services = library_in_memory(tmp_path / "home", BIRTH)
    snapshot = services.index.current()
    blocked = SnapshotFolder(tmp_path / "file" / "indexes")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(IndexError_) as caught:
        blocked.save(snapshot)
    assert caught.value.code == "index.failed"
    assert services.search(SearchQuery("khai sinh")).hits
