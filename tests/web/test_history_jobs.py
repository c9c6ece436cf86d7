"""Every process tells the same of an import, and what ended with its process is not said to go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decroche.ledger.import_progress import SILENT, write_progress
from decroche.ledger.setting_up import Endpoint, read_endpoints
from decroche.model.member import Role
from decroche.server_settings import ServerSettings
from decroche.web.history_jobs import Job, Jobs
from tests.web.garage import NOW, Garage, garage


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 16, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def endpoint(here: Garage) -> Endpoint:
    with here.server.ledger.reading() as connection:
        [found] = read_endpoints(connection, ServerSettings(data=here.folder).box(), account=here.mine.account)
    return found


def claim(jobs: Jobs, here: Garage, folder: Path) -> Job | None:
    upload = folder / "upload"
    upload.mkdir(exist_ok=True)
    with here.server.ledger.writing() as connection:
        account, file = here.mine.account, upload / "octobre.csv"
        return jobs.claim(connection, account, endpoint(here), file, name="octobre.csv", now=NOW)


def test_another_process_tells_it_and_begins_none_beside_it(here: Garage, tmp_path: Path) -> None:
    clock = Clock()
    one, other = (Jobs(here.server.ledger, clock=clock) for _ in range(2))
    job = claim(one, here, tmp_path)
    assert job is not None and claim(other, here, tmp_path) is None
    job.progress.stage, job.progress.done, job.progress.total = "keep", 1000, 4000
    with here.server.ledger.writing() as connection:
        write_progress(connection, job.endpoint.id, job.progress)
        found = other.of(connection, here.mine.account)
        assert found is not None and other.runs(found) and (found.done, found.total) == (1000, 4000)
        assert other.of(connection, here.other.account) is None
    clock.now += SILENT - timedelta(seconds=1)
    assert other.runs(found)
    clock.now += timedelta(seconds=1)
    assert not other.runs(found)
    assert claim(other, here, tmp_path) is not None


def test_an_import_that_ended_with_its_process_says_so_on_the_page(here: Garage, tmp_path: Path) -> None:
    job = claim(Jobs(here.server.ledger, clock=Clock()), here, tmp_path)
    assert job is not None
    job.progress.stage, job.progress.done = "keep", 1000
    with here.server.ledger.writing() as connection:
        write_progress(connection, job.endpoint.id, job.progress)
    text = " ".join(here.browser(Role.OWNER).get("/settings/import/now").text.split())
    assert "octobre.csv" in text and "<progress" not in text
    assert "s’est arrêté avec le serveur, 1 000 appels enregistrés au moins" in text


def test_what_came_of_it_is_told_by_every_process(here: Garage, tmp_path: Path) -> None:
    job = claim(Jobs(here.server.ledger), here, tmp_path)
    assert job is not None
    job.file.write_text("rien ici n’est un appel", encoding="utf-8")
    Jobs(here.server.ledger).run(job)
    assert not job.file.parent.exists()
    text = here.browser(Role.OWNER).get("/settings/import/now").text
    assert "octobre.csv" in text and 'class="said bad"' in text and "arrêté avec le serveur" not in text
