"""``decroche backup``, ``restore`` and ``rebuild``: what they say, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from decroche.cli import app
from decroche.ledger.store import Ledger
from tests.ledger.business import shop
from tests.ledger.stories import Body
from tests.postgresql import server


def plain(text: str) -> str:
    """``text`` with ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def run(*words: object) -> Result:
    return CliRunner().invoke(
        app, [str(word) for word in words], env={"DECROCHE_DATA": None, "DECROCHE_DATABASE": None}
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a ledger of one business, as `decroche account` leaves it."""
    folder = tmp_path / "data"
    made = run("account", "Garage", "--data", folder)
    assert made.exit_code == 0
    return folder


def test_a_ledger_is_copied_and_put_back(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    made = run("backup", copy, "--data", data, "--lang", "en")
    assert made.exit_code == 0
    assert plain(made.stdout).splitlines()[0] == f"Backed up: {copy} (0 observations)."
    assert "secret.key" in made.stdout
    other = tmp_path / "other"
    back = run("restore", copy, "--data", other)
    assert back.exit_code == 0
    assert plain(back.stdout).splitlines()[0] == f"{other / 'ledger.db'} est restauré (0 observation)."
    assert "secret.key" in back.stdout
    again = run("rebuild", "--data", other).stdout
    assert plain(again) == "Registre reconstruit : 0 observation relue, 0 changement.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backup", "{data}/ledger.db"), "existe déjà"),
        (("backup", "{data}/none/copy.db"), "none"),
        (("restore", "{data}/none.db"), "n’existe pas"),
        (("restore", "{data}/text.db"), "n’est pas une sauvegarde de Décroche"),
        (("backup", "{data}/copy.db", "--database", "postgresql://x/y"), "pg_dump"),
        (("restore", "{data}/copy.db", "--database", "postgresql://x/y"), "pg_restore"),
        (("rebuild", "--database", "postgresql://nobody@/none?host={data}"), "ne répond pas"),
        (("backup", "{data}/copy.db", "--database", "mysql://x/y"), "database"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(data: Path, words: tuple[str, ...], said: str) -> None:
    (data / "text.db").write_text("text")
    told = [word.format(data=data) for word in words]
    made = run(*told, *(() if "--database" in words else ("--data", data)))
    assert made.exit_code == 2
    assert said in made.stderr
    assert "Traceback" not in made.output


def test_where_there_is_no_ledger_nothing_is_made(tmp_path: Path) -> None:
    for command in (("backup", tmp_path / "copy.db"), ("rebuild",)):
        made = run(*command, "--data", tmp_path / "nowhere")
        assert made.exit_code == 2
        assert "nowhere" in made.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_in_use_is_left_alone(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    with ledger.reading() as connection:
        connection.execute(sa.text("select 1 from accounts"))
    assert run("backup", copy, "--data", data).exit_code == 0
    for command in (("restore", copy), ("rebuild",)):
        made = run(*command, "--data", data)
        assert made.exit_code == 2
        assert "est en service" in made.stderr
    ledger.close()


def test_a_rebuild_on_postgresql_waits_for_no_one(tmp_path: Path) -> None:
    with server().database() as url:
        ledger = Ledger(url)
        shop(ledger).keep([Body(trouble="malformed")])
        command = ("rebuild", "--database", url, "--data", tmp_path)
        with ledger.folding() as ours:
            assert ours
            refused = run(*command)
            assert (refused.exit_code, "serveur travaille" in refused.stderr) == (2, True)
        assert "1 observation relue" in plain(run(*command).stdout)
        ledger.close()
