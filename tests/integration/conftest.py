"""What the tests of the command line share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from command_line import Run

from casebase.cli import main

if TYPE_CHECKING:
    from command_line import Casebase


@pytest.fixture
def casebase(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Casebase:
    def run(*arguments: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["casebase", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        else:
            code = 0
        return Run(code, *capsys.readouterr())

    return run
