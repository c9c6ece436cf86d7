"""The server as it is, with one business and one endpoint. A process of its own.

python -m benchmarks.deliveries.serving DATA PORT [DATABASE]
"""

from __future__ import annotations

import sys
from pathlib import Path

import sqlalchemy as sa
import uvicorn

from benchmarks.deliveries.platform import CALL_KEY, present
from decroche.ledger.setting_up import add_account, add_endpoint, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints
from decroche.server import build_server
from decroche.server_settings import ServerSettings, read_server_settings
from decroche.telemetry import configure_logging

KEY = "benchmark"


def set_up(ledger: Ledger, settings: ServerSettings) -> None:
    """One business, always open, and one endpoint."""
    with ledger.writing() as connection:
        account = add_account(
            connection, name="Benchmark", country="FR", zone="Europe/Paris", language="fr", now=present()
        )
        set_week(connection, account, "mon-sun 00:00-24:00")
        add_endpoint(
            connection,
            account,
            connector="ringover",
            name="Ringover",
            settings={"zone": "Europe/Paris", "country": "FR", "region": "eu"},
            secret={"call_key": CALL_KEY, "after_call_key": CALL_KEY},
            box=settings.box(),
            now=present(),
            key=KEY,
        )


def serve(data: Path, port: int, database: str | None) -> None:
    """Serve until told to stop."""
    settings = read_server_settings(None, data=data, database=database, public_url=f"http://127.0.0.1:{port}")
    configure_logging("warning")
    server = build_server(settings)
    with server.ledger.reading() as connection:
        known = connection.execute(sa.select(endpoints.c.id).where(endpoints.c.key == KEY)).first()
    if known is None:
        set_up(server.ledger, settings)
    uvicorn.run(server.app, port=port, access_log=False, log_config=None, proxy_headers=False)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
