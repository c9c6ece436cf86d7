"""``decroche surveys``: off at first, set up in one line, then figures with their n and the people behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.model.survey import Question
from decroche.server_settings import ServerSettings
from tests.cli.test_ledger_commands import data, plain, run
from tests.ledger.answers import answered

__all__ = ["data"]

pytestmark = pytest.mark.hard


def test_from_nothing_to_figures(data: Path) -> None:
    empty = plain(run("surveys", "--data", data).stdout)
    assert "Personne n’a été interrogé" in empty and "7 j" in empty
    assert "Aucune enquête" in plain(run("surveys", "wishes", "--data", data).stdout)
    done = run("surveys", "set", "--on", "--questions", "recommend,solved", "--share", "30", "--data", data)
    assert done.exit_code == 0, done.stdout
    assert "en marche – recommend, solved – 30 % des contacts" in plain(done.stdout)
    off = plain(run("surveys", "set", "--off", "--data", data, "--lang", "en").stdout)
    assert "off – recommend, solved – 30% of contacts" in off
    settings = ServerSettings(data=data, database=None)
    ledger = Ledger(settings.database_url)
    with ledger.reading() as connection:
        account = connection.execute(accounts.select()).first()
        assert account is not None
    now = datetime.now(UTC) - timedelta(hours=1)
    for number in range(30):
        values = {Question.RECOMMEND: 10 if number else 0, Question.SOLVED: 1}
        answered(ledger, account.id, 33611110000 + number, values, at=now)
    ledger.close()
    shown = plain(run("surveys", "show", "--data", data).stdout)
    assert "30, dont 30 ont répondu" in shown and "NPS : 93 (30 réponses)" in shown
    assert "100,0 % (30 sur 30)" in shown and "pas assez de réponses (0" in shown
    people = plain(run("surveys", "people", "detractor", "--data", data).stdout)
    assert "…0000 – recommend 0, solved 1" in people and "à rappeler" in people and "3361111" not in people


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sing",), "Écrivez"),
        (("people",), "Écrivez"),
        (("people", "friends"), "n’est pas connu"),
        (("set", "--questions", "mood"), "n’est pas connu"),
        (("set", "--apart", "3"), "30"),
        (("set", "--on", "--site", "Nulle part"), "Ce site n’existe pas"),
    ],
)
def test_what_it_refuses(data: Path, words: tuple[str, ...], said: str) -> None:
    refused = run("surveys", *words, "--data", data)
    assert refused.exit_code != 0 and said in plain(refused.stdout + refused.stderr)
