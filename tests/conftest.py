"""What all tests share: a home of their own, and the real model and the real library, each made once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from casebase.bootstrap import Services, build
from casebase.config import Settings
from casebase.ingest.markdown import read_folder
from casebase.search.embedders.onnx import OnnxEmbedder
from casebase.search.model.prepare import NAME, inspect, prepare
from casebase.services.initialising import initialise

if TYPE_CHECKING:
    from casebase.domain.ports import Embedder

ROOT = Path(__file__).parents[1]

settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")


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


@pytest.fixture(scope="session")
def real_library(model_folder: Path, embedder: Embedder) -> Path:
    """Return a home with the cases of `cases/` and the real model, only to be read; kept between runs, or in CASEBASE_TEST_LIBRARY.

    A minute on first use. A later run embeds what has changed since; a case that was taken out makes it start anew.
    """
    root = Path(os.environ.get("CASEBASE_TEST_LIBRARY") or ROOT / ".cache" / "test-library")
    home = root / inspect(model_folder).fingerprint.rpartition("/")[2]
    wanted = {case.id for case in read_folder([ROOT / "cases"]).cases}
    if _bring_up_to_date(home, model_folder, embedder) != wanted:
        shutil.rmtree(home)
        _bring_up_to_date(home, model_folder, embedder)
    return home


@pytest.fixture(scope="session")
def real_services(real_library: Path, embedder: Embedder) -> Services:
    """Return the real library, wired."""
    return build(Settings(home=real_library, follow_seconds=3600), embedder=embedder)


def _bring_up_to_date(home: Path, model_folder: Path, embedder: Embedder) -> set[str]:
    """Import what has changed, and return the ids of all that is there."""
    model = home / "models" / NAME
    if not model.exists():
        model.parent.mkdir(parents=True, exist_ok=True)
        model.unlink(missing_ok=True)
        model.symlink_to(model_folder.resolve(), target_is_directory=True)
    services = build(Settings(home=home), embedder=embedder)
    initialise(ROOT / "cases", store=services.store, index=services.index, clock=services.clock)
    return {stored.case.id for stored in services.store.public()}
