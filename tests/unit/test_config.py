"""Settings: argument > environment > casebase.toml > default, tested step by step for each of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from casebase.config import CHECKOUT, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS: dict[str, tuple[Any, Any, Any, Any]] = {
    "home": (CHECKOUT, Path("from-file"), Path("from-environment"), Path("from-argument")),
    "starter_cases": (CHECKOUT / "cases", Path("from-file"), Path("from-environment"), Path("from-argument")),
    "lang": ("vi", "en", "vi", "en"),
    "engine": ("onnx", "hashing", "sentence-transformers", "onnx"),
    "model": ("multilingual-e5-small", "from-file", "from-environment", "from-argument"),
    "device": (None, "cpu", "cuda", "mps"),
    "threads": (None, 1, 2, 3),
    "host": ("127.0.0.1", "0.0.0.1", "0.0.0.2", "0.0.0.3"),
    "port": (8501, 1001, 1002, 1003),
    "public_url": (None, "http://from.file", "https://from.environment", "https://from.argument:8443"),
    "session_idle_minutes": (30, 1, 2, 3),
    "session_hours": (12, 1, 2, 3),
    "follow_seconds": (1.0, 0.1, 0.2, 0.3),
    "document_seconds": (30, 1, 2, 3),
    "document_megabytes": (30, 1, 2, 3),
    "document_memory_megabytes": (512, 256, 257, 258),
    "log_level": ("INFO", "DEBUG", "WARNING", "ERROR"),
}
EACH = pytest.mark.parametrize("name", STEPS)


@pytest.fixture(autouse=True)
def bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no setting in the environment, and no file in the working folder."""
    for variable in [variable for variable in os.environ if variable.startswith("CASEBASE_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def put_in_file(tmp_path: Path) -> Callable[[str, object], None]:
    """Give a way to write a setting into casebase.toml."""

    def put(name: str, value: object) -> None:
        written = repr(value) if isinstance(value, int | float) else f'"{value}"'
        (tmp_path / "casebase.toml").write_text(f"{name} = {written}\n", encoding="utf-8")

    return put


def test_the_table_has_every_setting() -> None:
    assert set(STEPS) == set(Settings.model_fields)


@EACH
def test_without_anything_a_setting_has_its_default(name: str) -> None:
    assert getattr(Settings(), name) == STEPS[name][0]


@EACH
def test_the_file_wins_over_the_default(name: str, put_in_file: Callable[[str, object], None]) -> None:
    put_in_file(name, STEPS[name][1])
    assert getattr(Settings(), name) == STEPS[name][1]


@EACH
def test_the_environment_wins_over_the_file(
    name: str, put_in_file: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_file(name, STEPS[name][1])
    monkeypatch.setenv(f"CASEBASE_{name.upper()}", str(STEPS[name][2]))
    assert getattr(Settings(), name) == STEPS[name][2]


@EACH
def test_an_argument_wins_over_the_environment(
    name: str, put_in_file: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_file(name, STEPS[name][1])
    monkeypatch.setenv(f"CASEBASE_{name.upper()}", str(STEPS[name][2]))
    assert getattr(Settings(**{name: STEPS[name][3]}), name) == STEPS[name][3]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lang", "fr"),
        ("engine", "magic"),
        ("threads", "0"),
        ("threads", "many"),
        ("port", "0"),
        ("port", "65536"),
        ("public_url", "kho.example.vn"),
        ("public_url", "https://kho.example.vn/casebase"),
        ("public_url", "javascript://kho.example.vn"),
        ("session_idle_minutes", "0"),
        ("session_hours", "0"),
        ("follow_seconds", "-1"),
        ("log_level", "LOUD"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CASEBASE_{name.upper()}", value)
    with pytest.raises(ValidationError, match=name):
        Settings()


def test_a_file_is_read_in_the_working_folder_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "casebase.toml").write_text("port = 1001\n", encoding="utf-8")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert Settings().port == 8501


def test_running_data_lies_under_home() -> None:
    settings = Settings(home=Path("anywhere"))
    assert (settings.database, settings.models, settings.indexes) == (
        Path("anywhere/data/casebase.db"),
        Path("anywhere/models"),
        Path("anywhere/indexes"),
    )


@EACH
def test_every_setting_says_what_it_is_for(name: str) -> None:
    assert (Settings.model_fields[name].description or "").endswith(".")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8501"),
        ({"host": "10.0.0.1", "port": 80}, "http://10.0.0.1:80"),
        ({"public_url": "https://kho.example.vn"}, "https://kho.example.vn"),
        ({"public_url": "https://kho.example.vn/", "port": 80}, "https://kho.example.vn"),
    ],
)
def test_people_reach_the_app_at_the_public_address_or_else_at_host_and_port(given: dict[str, Any], address: str) -> None:
    assert Settings(**given).address == address
