"""Without any network, the demonstration does everything: upload, redaction, embedding, search, cited answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALONE = ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-m", "tests.e2e.offline"]


@pytest.fixture
def alone() -> list[str]:
    """The words that put a command into a network namespace of its own."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is missing: apt-get install util-linux")
    if subprocess.run([*ALONE, "true"], cwd=ROOT, capture_output=True, check=False).returncode != 0:
        pytest.skip("this kernel lets no user make a network namespace (kernel.unprivileged_userns_clone)")
    return ALONE


@pytest.mark.weights
@pytest.mark.timeout(420)
def test_from_upload_to_answer_without_a_network(alone: list[str], tmp_path: Path) -> None:
    command = [*alone, sys.executable, "-m", "cli.main", "demo", "--once"]
    env = os.environ | {"VOUCH_HOME": str(tmp_path)}

    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=400, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "4 of 4 as expected" in result.stdout
