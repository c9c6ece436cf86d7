"""The tests' own PostgreSQL: what they say without one, and that it does not outlive them."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgresql import find_binaries

_START = "from tests.postgresql import Server; server = Server(); print(server.folder, flush=True); input()"


def test_without_postgresql_the_tests_say_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="sudo apt-get update && sudo apt-get install -y postgresql"):
        find_binaries(tmp_path, path=str(tmp_path))


@pytest.mark.hard
def test_the_server_ends_when_the_tests_are_killed() -> None:
    tests = subprocess.Popen([sys.executable, "-c", _START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert tests.stdout is not None
    folder = Path(tests.stdout.readline().strip())
    running = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    ended = os.pidfd_open(running)
    tests.kill()
    tests.communicate()
    readable, _, _ = select.select([ended], [], [], 30)
    assert readable
    shutil.rmtree(folder)
