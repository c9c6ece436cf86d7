"""Everything that a business holds about one number, as one file to hand over: JSON for programs, CSV for people."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.language import Language
from decroche.ledger.cost_tables import opener_draws
from decroche.ledger.crm_tables import crm_links, crm_writes, opportunities
from decroche.ledger.decisions import of_person
from decroche.ledger.recovery_tables import (
    assignments,
    bookings,
    consents,
    opt_outs,
    people,
    texts,
    work_items,
    work_notes,
)
from decroche.ledger.survey_reading import answers_of
from decroche.ledger.tables import calls, journeys
from decroche.ledger.voicemails import messages_of
from decroche.recover.explanation import ruling_told
from decroche.rules.fingerprints import fingerprint, pseudonym

#: What is ours and says nothing about a person.
_OURS = frozenset({
    "account_id", "endpoint_id", "fingerprint", "revision", "external_key", "person", "connection_id", "origin",
    # Others whom it may have been.
    "candidates",
})  # fmt: skip
#: How a spreadsheet knows a formula; a number with its sign is none.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r|]")
_NUMBER = re.compile(r"^[+-]?[0-9][0-9 .]*$")
Rows = list[dict[str, Any]]


def everything_about(
    connection: sa.Connection, account: str, person: int, *, key: bytes, language: Language, now: datetime
) -> bytes:
    """A ZIP of what is held about E.164 digits: what has been given a pseudonym since is found again by the key.

    Decisions are told with their reasons, in ``language``. ``key`` is the server's key of fingerprints.
    """
    held = _held(connection, account, person, key=key, language=language)
    about = {"number": f"+{person}", "made_at": now, **held}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        lines = [language.say("privacy.file.about", number=f"+{person}", day=now.date()), ""]
        for name, rows in held.items():
            lines.append(f"{name}.csv: {language.say(f'privacy.file.{name}')} ({len(rows)})")
            packed.writestr(f"{name}.csv", "\ufeff" + _csv(rows))
        packed.writestr(f"{language.say('privacy.file.readme')}.txt", "\r\n".join(lines) + "\r\n")
        packed.writestr("everything.json", msgspec.json.format(msgspec.json.encode(about), indent=1))
    return file.getvalue()


def _held(connection: sa.Connection, account: str, person: int, *, key: bytes, language: Language) -> dict[str, Rows]:
    mark = fingerprint(key, account, person)
    both = (person, pseudonym(mark))

    def of(table: sa.Table, order: sa.Column[Any], column: str = "person", values: Sequence[Any] = both) -> Rows:
        query = sa.select(table).where(table.c.account_id == account, table.c[column].in_(values)).order_by(order)
        return [_shown(row._asdict()) for row in connection.execute(query)]

    w, n = work_items.c, work_notes.c
    noted = (
        sa.select(work_notes)
        .join(work_items, w.id == n.item_id)
        .where(w.account_id == account, w.person.in_(both))
        .order_by(n.at)
    )
    return {
        "calls": of(calls, calls.c.started_at),
        "journeys": of(journeys, journeys.c.opened_at),
        "voicemails": messages_of(connection, account, both),
        "texts": of(texts, texts.c.created_at),
        "bookings": of(bookings, bookings.c.starts_at),
        "work": of(work_items, work_items.c.opened_at),
        "notes": [_shown(row._asdict()) for row in connection.execute(noted)],
        "known": of(people, people.c.person),
        "opportunities": of(opportunities, opportunities.c.changed_at),
        "crm": of(crm_links, crm_links.c.used_at),
        "written": of(crm_writes, crm_writes.c.created_at),
        "surveys": answers_of(connection, account, both),
        "openers": of(opener_draws, opener_draws.c.at, "fingerprint", (mark,)),
        "drawn": of(assignments, assignments.c.at, "fingerprint", (mark,)),
        "consents": of(consents, consents.c.obtained_at, "fingerprint", (mark,)),
        "refusals": of(opt_outs, opt_outs.c.at, "fingerprint", (mark,)),
        "decisions": [
            {
                "at": told.at,
                "means": told.means_said,
                "purpose": told.purpose,
                "verdict": told.verdict_said,
                "until": told.until,
                "why": " ".join(each.said for each in told.why),
                "rules": " ".join(each.grounds.rule for each in told.why if each.grounds is not None),
            }
            for told in (
                ruling_told(entry.at, msgspec.json.decode(entry.body, type=dict), language)
                for entry in of_person(connection, account, mark)
            )
        ],
    }


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in row.items() if name not in _OURS}
    for name in ("legs", "missed_calls", "calls", "about"):
        if isinstance(found.get(name), str):
            found[name] = msgspec.json.decode(found[name])
    return found


def _csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """A table that every spreadsheet opens, and in which nothing is a formula."""
    text, known = io.StringIO(), list(rows)
    if known:
        writer = csv.writer(text, delimiter=";")
        writer.writerow(known[0])
        writer.writerows([_cell(value) for value in row.values()] for row in known)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    said = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"'{said}" if _FORMULA.match(said) and not _NUMBER.match(said) else said
