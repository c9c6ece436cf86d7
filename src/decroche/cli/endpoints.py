"""``decroche endpoints``: the phone systems that are connected, how they are, and how far their past calls are read."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.cli.backfilling import progress_lines
from decroche.cli.connecting import Data, Database, Lang, Settings, open_ledger, told_settings
from decroche.cli.opening import server_speaker
from decroche.connectors.platforms import PLATFORMS
from decroche.language.problems import say_problems
from decroche.ledger.part_problems import read_problems
from decroche.ledger.reach import read_reach
from decroche.ledger.setting_up import read_endpoints
from decroche.ledger.tables import endpoints


def list_endpoints(lang: Lang = "fr", settings: Settings = None, data: Data = None, database: Database = None) -> None:
    """List the phone systems that are connected, and how they are."""
    speaker = server_speaker(lang)
    told = told_settings(speaker, settings, data, database)
    ledger = open_ledger(speaker, told)
    platforms = {each.name: each for each in PLATFORMS}
    with ledger.reading() as connection:
        rows = connection.execute(
            sa.select(endpoints).where(endpoints.c.removed_at.is_(None)).order_by(endpoints.c.created_at)
        ).all()
        known = {each.id: each for each in read_endpoints(connection, told.box())}
        for row in rows:
            platform = platforms.get(row.connector)
            title = row.connector if platform is None else platform.title
            if row.problem:
                speaker.say(
                    "endpoint_problem",
                    name=row.name,
                    title=title,
                    problem=say_problems(speaker.language, read_problems(row.problem)),
                )
            else:
                speaker.say("endpoint_well" if row.heard_at else "endpoint_silent", name=row.name, title=title)
            if platform is not None and row.id in known:
                for line in progress_lines(speaker, connection, known[row.id], platform):
                    print(line)
        reach = read_reach(connection)
    if not rows:
        speaker.say("no_endpoint")
    elif reach is not None and any((found := platforms.get(row.connector)) and found.events for row in rows):
        speaker.say(f"reach_{reach[0]}", url=told.public_url or "")
