"""``decroche rules``: which rules are in force, and what they would say of a list, before anything is sent."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from decroche.cli.contact_lists import COLUMNS, BadRow, NoNumbers, open_list, read_moment, read_row, word_of
from decroche.cli.rules_sayings import RULES_SAYINGS
from decroche.cli.speaker import Speaker
from decroche.rules.decision import Ruling, Verdict, decide
from decroche.rules.outreach import Means, Outreach, Purpose
from decroche.rules.rulebook import PLACES, Rule, rulebook
from decroche.rules.ruling import Grade

Lang = Annotated[str, typer.Option("--lang", help="fr, fr-CA or en.")]

rules = typer.Typer(
    name="rules",
    help="Show the rules on texts, calls and e-mails, or try a list against them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@rules.command("list")
def list_rules(
    country: Annotated[str | None, typer.Option(help="FR, BE, CH, CA or US, with the rules for everywhere.")] = None,
    on: Annotated[str | None, typer.Option(help="A day, such as 2026-08-11; today when not given.")] = None,
    lang: Lang = "fr",
) -> None:
    """List the rules in force on a day, with basis, source and how well each is known."""
    speaker = Speaker(lang, RULES_SAYINGS)
    day = _day(speaker, on)
    place = country.strip().upper().partition("-")[0] if country else None
    if place is not None and not rulebook().knows(place):
        speaker.fail("no_rules", country=place, known=", ".join(filter(None, PLACES.values())))
    shown = [each for each in rulebook().rules if each.in_force(day) and (place is None or each.place in ("", place))]
    speaker.say("rules_on", day=day, count=len(shown))
    for code in PLACES.values():
        here = [each for each in shown if each.place == code]
        if here:
            print(f"\n{speaker.language.country(code) if code else speaker.text('everywhere')}")
        for each in here:
            print(_rule_line(speaker, each))


@rules.command("check")
def check_list(
    file: Annotated[Path, typer.Argument(help="CSV with a column of numbers; other columns say what is known.")],
    country: Annotated[str, typer.Option(help="Place of the business: FR, FR-57, CA-QC, BE, CH, US.")] = "FR",
    zone: Annotated[str | None, typer.Option(help="Time zone of the dates; that of the country otherwise.")] = None,
    means: Annotated[str, typer.Option(help="text, call, automated_call or email, where no column says it.")] = "text",
    purpose: Annotated[str, typer.Option(help="promotion, reply, follow_up…, where no column says it.")] = "promotion",
    at: Annotated[str | None, typer.Option(help='When: "2026-11-24 10:30"; now when not given.')] = None,
    sender: Annotated[str, typer.Option(help="Number or name shown.")] = "",
    out: Annotated[Path | None, typer.Option(help="CSV with each row and its verdict, instead of the screen.")] = None,
    lang: Lang = "fr",
) -> None:
    """Say of each row of a list whether it could be contacted, and by which rules; nothing is sent."""
    speaker = Speaker(lang, RULES_SAYINGS)
    place = country.strip().upper().partition("-")[0]
    if not rulebook().knows(place):
        speaker.fail("no_rules", country=place, known=", ".join(filter(None, PLACES.values())))
    clock = _zone(speaker, zone or _zone_of(place, country))
    usual = Outreach(
        means=_word(speaker, Means, means, "--means"),
        purpose=_word(speaker, Purpose, purpose, "--purpose"),
        recipient=0,
        at=_moment(speaker, at, clock),
        country=country,
        sender=sender,
        language=speaker.language.code,
    )
    try:
        contacts = open_list(file)
        for title in contacts.unread:
            speaker.say("column_unknown", name=title, known=_columns())
        counts: Counter[str] = Counter()
        against: Counter[str] = Counter()
        with _rows_told(speaker, out) as tell:
            for line, cells in contacts.rows:
                try:
                    outreach, known = read_row(contacts.columns, cells, usual=usual, region=place, zone=clock)
                except BadRow as bad:
                    counts["rejected"] += 1
                    tell(line, None, None, speaker.text(bad.reason, text=bad.text), clock)
                    continue
                ruling = decide(outreach, known)
                counts[ruling.verdict] += 1
                against.update({found.rule for found in ruling.against})
                tell(line, outreach, ruling, "", clock)
    except NoNumbers:
        speaker.fail("list_columns", file=file, known=_columns())
    except OSError as error:
        speaker.no_access(error, out or Path("verdicts.csv"))
    if not counts.total():
        speaker.fail("list_empty", file=file)
    speaker.say(
        "totals",
        rows=counts.total(),
        **{name: counts[name] for name in ("allow", "delay", "refuse", "rejected")},
    )
    if against:
        speaker.say("by_rule")
    for id, count in sorted(against.items(), key=lambda each: (-each[1], each[0])):
        print(f"  {count:>7}  {id:<16}  {rulebook().rule(id).title(speaker.language.code)}")
    if out is not None:
        speaker.say("written", path=out)


@contextmanager
def _rows_told(speaker: Speaker, out: Path | None) -> Iterator[Any]:
    """Tells each row: on the screen with its number masked, or into the file ``out`` by its line."""
    if out is None:

        def say(line: int, outreach: Outreach | None, ruling: Ruling | None, problem: str, clock: ZoneInfo) -> None:
            if outreach is None or ruling is None:
                speaker.say("row_rejected", row=line, reason=problem)
                return
            digits = str(outreach.recipient)
            number = f"+{digits[:2]} •• {digits[-2:]}"
            speaker.say("row", row=line, number=number, verdict=_verdict(speaker, ruling, clock))
            for found in ruling.against:
                print(f"    {found.rule}: {found.sentence(speaker.language)}")

        yield say
        return
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("row", "verdict", "until", "rules", "reasons"))

        def write(line: int, outreach: Outreach | None, ruling: Ruling | None, problem: str, clock: ZoneInfo) -> None:
            if ruling is None:
                writer.writerow((line, "rejected", "", "", problem))
                return
            until = f"{ruling.until.astimezone(clock):%Y-%m-%d %H:%M}" if ruling.until else ""
            names = " ".join(found.rule for found in ruling.against)
            reasons = " ".join(found.sentence(speaker.language) for found in ruling.against)
            writer.writerow((line, ruling.verdict, until, names, reasons))

        yield write


def _verdict(speaker: Speaker, ruling: Ruling, clock: ZoneInfo) -> str:
    if ruling.verdict is not Verdict.DELAY or ruling.until is None:
        return speaker.text(f"verdict_{ruling.verdict}")
    then = ruling.until.astimezone(clock)
    return speaker.text("verdict_delay", day=then.date(), hour=then.hour + then.minute / 60)


def _rule_line(speaker: Speaker, rule: Rule) -> str:
    about = [speaker.text(f"basis_{rule.basis}"), speaker.text("grade", grade=rule.grade)]
    if rule.grade is Grade.D:
        about.append(speaker.text("not_verified"))
    if rule.adjustable:
        about.append(speaker.text("adjustable"))
    dated = f"{rule.source} ({rule.source_date})" if rule.source_date else rule.source
    return f"  {rule.id}: {rule.title(speaker.language.code)}\n      {', '.join(about)}. {dated}"


def _columns() -> str:
    return ", ".join(COLUMNS)


def _day(speaker: Speaker, text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        speaker.fail("not_a_date", text=text)


def _moment(speaker: Speaker, text: str | None, zone: ZoneInfo) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        return read_moment(text, zone)
    except BadRow:
        speaker.fail("moment_unreadable", option="--at", text=text)


def _word(speaker: Speaker, kind: Any, text: str, option: str) -> Any:
    try:
        return word_of(kind, text)
    except BadRow:
        speaker.fail("word_unknown", option=option, word=text, known=", ".join(kind))


def _zone(speaker: Speaker, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        speaker.fail("unknown_zone", zone=name)


def _zone_of(place: str, country: str) -> str:
    zones = rulebook().table(place, "place")["zones"]
    return "America/Toronto" if country.upper() in ("CA", "CA-QC", "CA-ON") else str(zones[0])
