"""Makes quarterly audits, on schedule or when asked for: archived once, and a failure is kept with its reason."""

from __future__ import annotations

from datetime import datetime

from decroche.ledger.report_attempts import Wanted, begin_attempt, end_attempt, fail_attempt
from decroche.ledger.reporting import ReportKind, keep_report
from decroche.ledger.store import Ledger
from decroche.model.money import Money
from decroche.prove.kpis.quarter import Quarter
from decroche.prove.service_desk import Desk, NotReady
from decroche.prove.service_quarter import NoCallsThen, NoSuchSite, quarter_figures, written

#: Why an audit could not be made, as in ``reports.failed.<reason>``.
NO_CALLS, NO_SITE, NOT_READY, BROKEN = "no_calls", "no_site", "not_ready", "broken"


class NotMade(Exception):
    """An audit could not be made, for a ``reason`` that is written down."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make_audit(
    desk: Desk,
    ledger: Ledger,
    account: str,
    wanted: Wanted,
    *,
    business: str,
    value: Money | None,
    by: str,
    now: datetime,
) -> str:
    """Count an audit and archive it. Returns its id.

    Raises NotMade; whatever else goes wrong is written down as broken, and goes on up.
    """
    with ledger.writing() as connection:
        begin_attempt(connection, account, wanted, by=by, at=now)
    try:
        found = quarter_figures(
            desk,
            account,
            quarter=Quarter.read(wanted.period),
            business=business,
            site=wanted.site or None,
            value=value,
            hide_names=wanted.names_hidden,
            made_at=now,
        )
    except Exception as error:
        reason = _REASONS.get(type(error), BROKEN)
        with ledger.writing() as connection:
            fail_attempt(connection, account, wanted, reason)
        if reason == BROKEN:
            raise
        raise NotMade(reason) from error
    with ledger.writing() as connection:
        end_attempt(connection, account, wanted)
        return keep_report(
            connection, account, kind=ReportKind.QUARTER, period=wanted.period, site=wanted.site,
            figures=written(found), fingerprint=found.fingerprint, by=by, at=now,
        )  # fmt: skip


def forget_attempt(ledger: Ledger, account: str, wanted: Wanted) -> None:
    """Have a failure seen no more."""
    with ledger.writing() as connection:
        end_attempt(connection, account, wanted)


_REASONS: dict[type[Exception], str] = {NoCallsThen: NO_CALLS, NoSuchSite: NO_SITE, NotReady: NOT_READY}
