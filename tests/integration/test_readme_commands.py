"""Every command of the README does what it says, run as it stands there over the real library."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (casebase [^\n#]+)", README, flags=re.MULTILINE)
TARGETS = re.findall(r"^    make (\w+)", README, flags=re.MULTILINE)


def test_the_readme_has_the_two_commands_and_some_examples() -> None:
    assert TARGETS == ["run", "test"]
    assert len(COMMANDS) >= 4


@pytest.mark.model
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_runs(command: str, real_library: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("casebase")), *shlex.split(command)[1:]],
        cwd=ROOT,
        env={**os.environ, "CASEBASE_HOME": str(real_library)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or done.stderr


@pytest.mark.parametrize(("target", "runs"), [("run", "casebase serve"), ("run", "casebase init"), ("test", "/pytest")])
def test_a_make_target_of_the_readme_runs_what_it_says(target: str, runs: str) -> None:
    planned = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert runs in planned
