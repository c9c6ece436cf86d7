"""What is shipped is what works here: the wheel, alone in a new environment."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: What browsers load and we did not write.
VENDORED = {"decroche/web/static/vendor/htmx.js"}
#: Writes a page: its template, its sentences and all that it imports are in the wheel.
SIGN_IN_PAGE = """
from decroche.language import Language
from decroche.web.door import install_pages
from decroche.web.pages.signing_in import SignIn
from decroche.web.rendering import page
print(page("sign_in.html", Language("fr"), SignIn(email="", wrong=None, elsewhere=False)).body.decode())
"""


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.hard
def test_the_wheel_holds_every_file_and_runs_alone(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    source = ROOT / "src"
    ours = {
        str(path.relative_to(source))
        for path in (source / "decroche").rglob("*")
        if path.is_file() and path.suffix != ".pyc" and path.name != ".DS_Store"
    }
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    assert ours - shipped == set()
    assert shipped >= VENDORED, "git does not keep them: scripts/assets brings them"
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in shipped)

    environment = tmp_path / "environment"
    uv, python = ROOT / "scripts" / "uv", environment / "bin" / "python"
    run(uv, "venv", "--quiet", "--python", sys.executable, environment)
    run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", "requirements/main.txt")
    run(uv, "pip", "install", "--quiet", "--python", python, "--no-deps", wheel)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert "audit" in run(environment / "bin" / "decroche", "--help", cwd=elsewhere)
    assert "Mot de passe" in run(python, "-c", SIGN_IN_PAGE, cwd=elsewhere)
