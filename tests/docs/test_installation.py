"""What an installation brings: the base one must stay small and without PyTorch."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LARGEST_MB = 1_100


def needs(package: str) -> list[str]:
    """Return the packages that a package needs without any extra, on this machine."""
    from packaging.requirements import Requirement

    found = [Requirement(line) for line in metadata.requires(package) or ()]
    return [need.name for need in found if need.marker is None or need.marker.evaluate({"extra": ""})]


def base_installation() -> set[str]:
    known: set[str] = set()
    todo = ["casebase"]
    while todo:
        package = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if package not in known:
            known.add(package)
            todo += needs(package)
    return known


def test_the_base_installation_has_no_torch() -> None:
    assert not {"torch", "transformers", "sentence-transformers"} & base_installation()


def test_the_base_installation_is_small() -> None:
    sizes = [file.size or 0 for package in base_installation() for file in metadata.files(package) or ()]
    assert sum(sizes) / 1e6 < LARGEST_MB


def test_every_package_of_the_base_installation_is_pinned() -> None:
    pinned = {
        re.sub(r"[-_.]+", "-", name).lower()
        for name in re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    }
    assert base_installation() - {"casebase", "pip", "setuptools"} <= pinned
