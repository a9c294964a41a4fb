"""The settings: one field, one setting. Precedence: argument > environment (`CASEBASE_…`) > `casebase.toml` > default.

Only `bootstrap.py` and the entry points read them; everything else is handed what it needs. docs/operations.md lists them all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """How this installation runs."""

    model_config = SettingsConfigDict(env_prefix="CASEBASE_", toml_file="casebase.toml", extra="ignore")

    home: Path = Field(CHECKOUT, description="Folder of the running data: `data/`, `models/`, `indexes/`.")
    starter_cases: Path = Field(CHECKOUT / "cases", description="Folder of the case files that `casebase init` imports.")
    lang: Literal["vi", "en"] = Field("vi", description="Language of messages on the command line and of a first visit to the app.")
    engine: Literal["onnx", "sentence-transformers", "hashing"] = Field(
        "onnx",
        description="What computes vectors: `onnx` (CPU), `sentence-transformers` (extra; any model, GPU), `hashing` (tests).",
    )
    model: str = Field(
        "multilingual-e5-small",
        description="Model by name or folder; a name is looked for in `models/` below the home folder first.",
    )
    device: str | None = Field(
        None, description="Device of the sentence-transformers engine, such as `cuda`; its own choice by default."
    )
    threads: int | None = Field(None, ge=1, description="Threads of the onnx engine; the number of cores by default.")
    host: str = Field("127.0.0.1", description="Address that the app listens on.")
    port: int = Field(8501, ge=1, le=65535, description="Port that the app listens on.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+/?$",
        description="Address under which people reach the app, such as `https://casebase.example.vn`; by default host and port.",
    )
    session_idle_minutes: int = Field(30, ge=1, description="Minutes without a sign of life after which one has to sign in again.")
    session_hours: int = Field(12, ge=1, description="Hours after which one has to sign in again in any case.")
    follow_seconds: float = Field(1.0, ge=0, description="How often at most a running app looks whether a public text has changed.")
    document_seconds: int = Field(30, ge=1, description="Seconds that reading an uploaded document may take.")
    document_megabytes: int = Field(30, ge=1, description="Megabytes that an uploaded document may have.")
    document_memory_megabytes: int = Field(
        512, ge=256, description="Megabytes of memory that reading an uploaded document may take."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.home / "data" / "casebase.db"

    @property
    def address(self) -> str:
        """The address under which people reach the app, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def models(self) -> Path:
        """The folder of the models."""
        return self.home / "models"

    @property
    def indexes(self) -> Path:
        """The folder of the search snapshots."""
        return self.home / "indexes"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Say where settings come from, strongest first."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
