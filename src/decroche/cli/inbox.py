"""``decroche inbox``: what was written with people, who waits for an answer, a search of it, and an answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from decroche.cli.callback_acts import item_beginning
from decroche.cli.connecting import Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.inbox_sayings import INBOX_SAYINGS
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.ledger.account import Account
from decroche.ledger.audit_log import COMMAND
from decroche.ledger.audit_log import note as write_line
from decroche.ledger.recovery_tables import texts
from decroche.ledger.work_items import NoSuchItem
from decroche.recover.workflows.finding import FoundTalk, read_found, search
from decroche.recover.workflows.inbox import (
    NoSuchConversation,
    Talk,
    latest_talks,
    person_of,
    read_conversation,
    read_talks,
)
from decroche.recover.workflows.replying import LONGEST, NotSent, reply
from decroche.telemetry import masked
from decroche.web.people import who as shown_number

_LIST, _READ, _REPLY = "list", "read", "reply"
#: Conversations that are listed, how much of an id names one, and how much is shown of what was written.
_SHOWN, _SHORT, _BEGINNING = 50, 8, 100


def inbox(
    what: Annotated[str, typer.Argument(help="list; read; reply.")] = _LIST,
    conversation: Annotated[str | None, typer.Argument(help="The conversation: the beginning of its id.")] = None,
    body: Annotated[str | None, typer.Argument(help="The answer.")] = None,
    find: Annotated[str, typer.Option("--find", help="List those with these words, this name or number.")] = "",
    who: Annotated[str | None, typer.Option("--who", help="Who answers.")] = None,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Show numbers and names in full, and find by them.")
    ] = False,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """List what people wrote, those who wait for an answer first; find it; read a conversation; answer."""
    speaker = server_speaker(lang).knowing(INBOX_SAYINGS)
    if (
        what not in (_LIST, _READ, _REPLY)
        or (what == _LIST) != (conversation is None)
        or (what == _REPLY) != (body is not None)
        or (what != _LIST and find)
    ):
        speaker.fail("words_of_inbox")
    if what == _REPLY and not (who or "").strip():
        speaker.fail("who_answers")
    if body is not None and not 0 < len(body.strip()) <= LONGEST:
        speaker.fail("no_such_length", most=LONGEST)
    told = told_settings(speaker, settings, data, database)
    now = datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        shown = _Shown(speaker, ZoneInfo(account.zone), account.country, numbers)
        problem: NotSent | None = None
        with ledger.reading() as connection:
            if what == _LIST:
                _list(connection, account.id, shown, find, now)
            else:
                person = _person(speaker, connection, account.id, conversation or "")
                found = read_conversation(connection, account.id, person, sites=None, now=now)
                if what == _READ:
                    shown.person_and(found.about, person)
                    for row in found.texts:
                        shown.text(row)
        if numbers:
            with ledger.writing() as connection:
                write_line(connection, account.id, COMMAND, "text.numbers_shown", "", {"what": what}, at=now)
        if what != _REPLY:
            return
        if found.journey is None:
            speaker.fail("not_sent_no_journey")
        with ledger.writing() as connection:
            try:
                row = reply(
                    connection,
                    account.id,
                    found.journey["id"],
                    (body or "").strip(),
                    author=(who or "").strip(),
                    key=told.fingerprint_key(),
                    now=now,
                )
                write_line(connection, account.id, COMMAND, "text.written", row["id"], {"as": who or ""}, at=now)
            except NotSent as error:
                # The ruling that was logged stays.
                problem = error
    if problem is None:
        speaker.say("answer_written")
    elif problem.ruling is None:
        speaker.fail(f"not_sent_{problem.word}")
    else:
        why = " ".join(f"{each.sentence(speaker.language)} ({each.rule})" for each in problem.ruling.against)
        speaker.fail("not_sent_refused", why=why)


class _Shown:
    """Writes conversations on the terminal, with numbers, names and what stands in texts as whoever asks may see it."""

    def __init__(self, speaker: Speaker, zone: ZoneInfo, country: str, whole: bool) -> None:
        self.speaker = speaker
        self._zone = zone
        self.country = country
        self.whole = whole

    def person_and(self, about: Mapping[str, Any], person: int) -> None:
        """Who it is."""
        self.speaker.say("talk_with", person=self._who(about, person))

    def text(self, row: Mapping[str, Any]) -> None:
        """A text of a conversation."""
        ours = row["direction"] == "out"
        by = (row["author"] or self.speaker.text("by_us")) if ours else self.speaker.text("by_them")
        self.speaker.say("text_line", at=self._at(row["created_at"]), who=self._free(by), said=self._free(row["body"]))

    def talk(self, talk: Talk, found: FoundTalk | None = None) -> None:
        """A line of the list."""
        last, said, at = talk.last, "", None
        if found is not None and found.said:
            said, at = found.said, found.at
        elif last is not None:
            said, at = last["body"], last["created_at"]
        elif talk.waits:
            at = talk.waits[0].opened_at
        waits = ", ".join(dict.fromkeys(self.speaker.text(f"waits_{item.kind}") for item in talk.waits))
        line = " ".join(self._free(said).split())
        self.speaker.say(
            "talk_line",
            id=talk.ref[:_SHORT],
            person=self._who(talk.about, talk.person),
            at="" if at is None else self._at(at),
            said=line[:_BEGINNING] + ("…" if len(line) > _BEGINNING else ""),
            waits=f"  ({waits})" if waits else "",
        )

    def _who(self, about: Mapping[str, Any], person: int) -> str:
        number = shown_number(f"+{person}", self.speaker.language, whole=self.whole, country=self.country)
        name = about.get("name") if self.whole else None
        return f"{name}, {number}" if name else number

    def _free(self, text: str) -> str:
        return text if self.whole else masked(text)

    def _at(self, moment: datetime) -> str:
        local, language = moment.astimezone(self._zone), self.speaker.language
        return f"{language.day(local.date())} {language.clock(local.hour + local.minute / 60)}"


def _list(connection: sa.Connection, account: str, shown: _Shown, words: str, now: datetime) -> None:
    """The conversations, or those that are found."""
    speaker = shown.speaker
    if words.strip():
        region = shown.country.partition("-")[0]
        sought = search(connection, account, words, sites=None, region=region, names=shown.whole)
        found = read_found(connection, account, sought.hits, sites=None)
        for each in found:
            shown.talk(each.talk, each)
        if not found:
            speaker.say("nothing_found")
        elif not sought.whole:
            speaker.say("more_found")
        return
    people = latest_talks(connection, account, sites=None, now=now)
    talks = read_talks(connection, account, people[:_SHOWN], sites=None)
    for talk in talks:
        shown.talk(talk)
    if not talks:
        speaker.say("no_talk")


def _person(speaker: Speaker, connection: sa.Connection, account: str, beginning: str) -> int:
    """Whose conversation it is, by the beginning of the id of its journey, of a callback or of a text."""
    t = texts.c
    written = sa.select(t.id).where(t.account_id == account, t.id.startswith(beginning, autoescape=True)).limit(2)
    found = list(Account(connection, account).journeys_beginning(beginning)) if beginning else []
    if beginning and not found:
        try:
            found = [item_beginning(connection, account, beginning)]
        except NoSuchItem:
            found = list(connection.execute(written).scalars())
    if len(found) == 1:
        with suppress(NoSuchConversation):
            return person_of(connection, account, found[0], sites=None)
    return speaker.fail("no_such_talk", id=beginning[:_SHORT].encode("utf-8", "replace").decode())
