"""What all tests share: a home of their own, and the real model, made once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from casebase.search.embedders.onnx import OnnxEmbedder
from casebase.search.model.prepare import NAME, prepare

if TYPE_CHECKING:
    from casebase.domain.ports import Embedder

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the program at an empty home, so that no test sees or touches the developer's own data."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("CASEBASE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """Return the folder of the real model, made on first use and kept between runs (or in CASEBASE_TEST_MODELS)."""
    folder = Path(os.environ.get("CASEBASE_TEST_MODELS") or ROOT / ".cache" / "test-models") / NAME
    prepare(folder, progress=lambda _stage, _done, _total: None)
    return folder


@pytest.fixture(scope="session")
def embedder(model_folder: Path) -> Embedder:
    """Return the default engine over the real model."""
    return OnnxEmbedder(model_folder)
