"""``decroche recovery test``, ``opt-outs``, ``people`` and ``consents``: whom messages go to, and to whom never."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from decroche.cli.connecting import Data, Database, Lang, Of, Settings
from decroche.cli.contact_lists import BadRow, NoNumbers, open_list, read_moment, read_row
from decroche.cli.recovery import Desk, at_desk, recovery
from decroche.cli.recovery_words import previews
from decroche.cli.rules_sayings import RULES_SAYINGS
from decroche.ledger.audit_log import COMMAND, note
from decroche.ledger.recovery_settings import note_person
from decroche.ledger.refusals import all_in_force, refuse, undo
from decroche.recover.fingerprints import fingerprint
from decroche.recover.workflows.knowing import consents_given, keep_consent, withdraw_consents
from decroche.recover.workflows.replying import NotSent, send_test
from decroche.rules.outreach import Known, Means, Outreach, Purpose, Scope
from decroche.understand.numbers import read_number

_Number = Annotated[str | None, typer.Argument(metavar="[NUMBER]", help="A phone number; after import: a CSV file.")]


@recovery.command("test")
def test(
    to: Annotated[str, typer.Option("--to", help="The number of somebody of the business.")],
    template: Annotated[str, typer.Option(help="Which message.")] = "missed",
    who: Annotated[str, typer.Option("--who", help="Who you are.")] = "test",
    language: Annotated[str | None, typer.Option(help="fr, fr-CA or en.")] = None,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Send a message to a colleague, by the whole real way; the server sends it within seconds."""
    with at_desk(lang, settings, data, database, of) as desk:
        person = _person(desk, to)
        spoken = language or desk.wishes().place.spoken
        body = next((each.text for _, each in previews(desk, template, spoken) if each.text), None)
        if body is None:
            desk.speaker.fail("nothing_to_test")
        refused: NotSent | None = None
        with desk.ledger.writing() as connection:
            try:
                send_test(connection, desk.account, person, body, author=who, key=desk.key, now=desk.now)
            except NotSent as error:
                refused = error
        if refused is not None and refused.ruling is None:
            desk.speaker.fail("no_way_yet")
        if refused is not None and refused.ruling is not None:
            language_ = desk.speaker.language
            desk.speaker.stop("\n".join(f"{each.sentence(language_)} ({each.rule})" for each in refused.ruling.against))
        desk.speaker.say("test_written")


@recovery.command("opt-outs")
def opt_outs(
    what: Annotated[str, typer.Argument(help="list; add NUMBER; undo NUMBER; import FILE.csv.")] = "list",
    number: _Number = None,
    scope: Annotated[str, typer.Option(help="all, text, call, email or promotion.")] = "all",
    who: Annotated[str, typer.Option("--who", help="Who you are.")] = "person",
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List refusals, write one down, take one back at the person's own word, or bring a stop list in."""
    with at_desk(lang, settings, data, database, of) as desk:
        speaker = desk.speaker
        if what not in {"list", "add", "undo", "import"} or (number is None) != (what == "list"):
            speaker.fail("words_of_opt_outs")
        if scope not in tuple(Scope):
            speaker.fail("unknown_refusal_scope", known=", ".join(Scope))
        if what == "list":
            with desk.ledger.reading() as connection:
                rows = all_in_force(connection, desk.account)
            for row in rows:
                mark = bytes(row["fingerprint"]).hex()[:8]
                day = row["at"].astimezone(ZoneInfo(desk.zone)).date()
                speaker.say("opt_out_known", mark=mark, scope=row["scope"], source=row["source"], day=day)
            speaker.say("opt_outs_counted", n=len(rows))
            return
        if what == "import":

            def keep(connection: sa.Connection, person: int, known: Known) -> None:
                at = known.opt_outs[0].at if known.opt_outs else desk.now
                _refuse(desk, connection, person, scope, "import", at)

            _import(desk, Path(number or ""), "opt_out", keep)
            return
        person = _person(desk, number or "")
        with desk.ledger.writing() as connection:
            details = {"scope": scope, "who": who}
            if what == "add":
                _refuse(desk, connection, person, scope, "person", desk.now)
                note(connection, desk.account, COMMAND, "opt_out.added", "", details, at=desk.now)
            else:
                scopes = [str(each) for each in Scope] if scope == Scope.EVERYTHING else [scope]
                undone = undo(connection, desk.account, _mark(desk, person), scopes=scopes, by=who, at=desk.now)
                if not undone:
                    speaker.fail("no_such_opt_out")
                note(connection, desk.account, COMMAND, "opt_out.undone", "", details, at=desk.now)
        speaker.say("opt_out_added" if what == "add" else "opt_out_undone")


@recovery.command("people")
def people(
    number: Annotated[str, typer.Argument(help="A phone number, or a CSV file of staff numbers.")],
    staff: Annotated[bool | None, typer.Option("--staff/--no-staff", help="Somebody of the business.")] = None,
    vip: Annotated[bool | None, typer.Option("--vip/--no-vip", help="An important customer.")] = None,
    spam: Annotated[bool | None, typer.Option("--spam/--no-spam", help="An unwanted caller.")] = None,
    name: Annotated[str | None, typer.Option(help="Their name.")] = None,
    email: Annotated[str | None, typer.Option(help="Their e-mail address.")] = None,
    speaks: Annotated[str | None, typer.Option(help="fr, fr-CA or en.")] = None,
    value: Annotated[float | None, typer.Option(help="What winning them back brings.")] = None,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Note what is known of a person, or bring in the numbers of all staff."""
    with at_desk(lang, settings, data, database, of) as desk:
        told = {
            "staff": staff, "vip": vip, "spam": spam, "name": name, "email": email, "language": speaks, "value": value,
        }  # fmt: skip
        known = {key: each for key, each in told.items() if each is not None}
        if Path(number).suffix.casefold() == ".csv":
            values = known or {"staff": True}
            _import(desk, Path(number), "person", lambda connection, person, _: note_person(
                connection, desk.account, person, **values
            ))  # fmt: skip
            return
        if not known:
            desk.speaker.fail("nothing_noted")
        person = _person(desk, number)
        with desk.ledger.writing() as connection:
            note_person(connection, desk.account, person, **known)
            details = {"known": ", ".join(sorted(known))}
            note(connection, desk.account, COMMAND, "person.noted", "", details, at=desk.now)
        desk.speaker.say("person_noted")


@recovery.command("consents")
def consents(
    what: Annotated[str, typer.Argument(help="list NUMBER; add NUMBER; withdraw NUMBER; import FILE.csv.")],
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="A phone number; after import: a CSV file.")],
    evidence: Annotated[str, typer.Option(help="Where the proof lies: form, recording, paper.")] = "",
    means: Annotated[str, typer.Option(help="text, call, automated_call or email.")] = "text",
    purpose: Annotated[str, typer.Option(help="promotion, survey…")] = "promotion",
    at: Annotated[str | None, typer.Option(help='When it was given: "2026-11-24 10:30"; now if left out.')] = None,
    of: Of = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Write a consent down with its proof, or bring a list of consents in."""
    with at_desk(lang, settings, data, database, of) as desk:
        speaker = desk.speaker
        if (
            what not in {"list", "add", "withdraw", "import"}
            or means not in tuple(Means)
            or purpose not in tuple(Purpose)
        ):
            speaker.fail("words_of_consents", means=", ".join(Means), purposes=", ".join(Purpose))

        def keep(connection: sa.Connection, person: int, given_at: datetime, proof: str) -> None:
            keep_consent(
                connection,
                desk.account,
                person,
                means=means,
                purpose=purpose,
                evidence=proof,
                at=given_at,
                key=desk.key,
            )

        def keep_row(connection: sa.Connection, person: int, known: Known) -> None:
            for each in known.consents:
                proof = each.evidence or evidence
                if not proof.strip():
                    raise BadRow("no_evidence")
                keep(connection, person, each.at, proof)

        if what == "import":
            _import(desk, Path(number), "consent", keep_row)
            return
        if what == "list":
            with desk.ledger.reading() as connection:
                found = consents_given(connection, desk.account, _person(desk, number), key=desk.key, now=desk.now)
            for each in found:
                day = each.obtained_at.astimezone(ZoneInfo(desk.zone)).date()
                state = speaker.text("consent_holds" if each.holds else "consent_over")
                speaker.say(
                    "consent_known", means=each.means, purpose=each.purpose, day=day, age=each.age.days, state=state,
                    evidence=each.evidence,
                )  # fmt: skip
            speaker.say("consents_counted", n=sum(each.holds for each in found))
            return
        if what == "withdraw":
            with desk.ledger.writing() as connection:
                n = withdraw_consents(
                    connection, desk.account, _person(desk, number), means=means, key=desk.key, now=desk.now
                )
                details = {"means": means, "n": n}
                note(connection, desk.account, COMMAND, "consent.withdrawn", "", details, at=desk.now)
            speaker.say("consents_withdrawn", n=n)
            return
        if not evidence.strip():
            speaker.fail("no_evidence")
        try:
            given_at = desk.now if at is None else read_moment(at, ZoneInfo(desk.zone))
        except BadRow:
            speaker.knowing(RULES_SAYINGS).fail("moment_unreadable", option="--at", text=at)
        person = _person(desk, number)
        with desk.ledger.writing() as connection:
            keep(connection, person, given_at, evidence.strip())
            details = {"means": means, "purpose": purpose}
            note(connection, desk.account, COMMAND, "consent.added", "", details, at=desk.now)
        speaker.say("consent_added")


def _refuse(desk: Desk, connection: sa.Connection, person: int, scope: str, source: str, at: datetime) -> None:
    refuse(connection, desk.account, _mark(desk, person), scope=scope, source=source, at=at)


def _import(desk: Desk, file: Path, subject: str, keep: Callable[[sa.Connection, int, Known], None]) -> None:
    """Keep every row of a list in one transaction; rows that cannot be read are told by their line."""
    speaker = desk.speaker.knowing(RULES_SAYINGS)
    kept = 0
    rejected: list[str] = []
    try:
        with desk.ledger.writing() as connection:
            for line, person, known in _rows(desk, file, rejected, speaker.text):
                try:
                    keep(connection, person, known)
                    kept += 1
                except BadRow as bad:
                    rejected.append(speaker.text("row_rejected", row=line, reason=speaker.text(bad.reason)))
            note(connection, desk.account, COMMAND, f"{subject}.imported", "", {"n": kept}, at=desk.now)
    except NoNumbers:
        speaker.fail("list_columns", file=file, known="number, opted_out_at, consent_at, consent_evidence")
    except OSError as error:
        speaker.no_access(error, Path())
    for each in rejected:
        print(each)
    speaker.say("list_kept", kept=kept, rejected=len(rejected))


def _rows(desk: Desk, file: Path, rejected: list[str], text: Callable[..., str]) -> Iterator[tuple[int, int, Known]]:
    usual = Outreach(
        means=Means.TEXT, purpose=Purpose.PROMOTION, recipient=0, at=desk.now, country=desk.country
    )  # fmt: skip
    contacts = open_list(file)
    for line, cells in contacts.rows:
        try:
            outreach, known = read_row(
                contacts.columns,
                cells,
                usual=usual,
                region=desk.country.partition("-")[0],
                zone=ZoneInfo(desk.zone),
            )
        except BadRow as bad:
            rejected.append(text("row_rejected", row=line, reason=text(bad.reason, text=bad.text)))
            continue
        yield line, outreach.recipient, known


def _person(desk: Desk, told: str) -> int:
    number = read_number(told, region=desk.country.partition("-")[0]).e164
    if number is None:
        desk.speaker.fail("no_number_read")
    return number


def _mark(desk: Desk, person: int) -> bytes:
    return fingerprint(desk.key, desk.account, person)
