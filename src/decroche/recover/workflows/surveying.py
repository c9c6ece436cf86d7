"""Asks people how it went: plans it after a contact, asks once when nothing stands against it, and reads the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.language import Language
from decroche.ledger import recovery_settings as recovery
from decroche.ledger import surveys as kept
from decroche.ledger import texts as sent
from decroche.ledger.account_words import read_words
from decroche.ledger.acting import act_for
from decroche.ledger.decisions import log_ruling
from decroche.ledger.remembering import remembering
from decroche.ledger.tables import calls, journeys, sites
from decroche.ledger.turns import take_turns
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.model.call import Direction
from decroche.model.survey import Mood, Occasion, Question
from decroche.recover.fingerprints import account_key
from decroche.recover.lint import Finding, Sending, lint, usable
from decroche.recover.survey import (
    ANSWERED_WITHIN,
    AWAY_FROM_TEXTS,
    LASTS,
    TEMPLATE,
    AskNow,
    BadSurvey,
    Contact,
    LetBe,
    LookAt,
    SurveyWishes,
    asked_in_words,
    checked,
    chosen,
    read_wishes,
    whether_to_ask,
    write_wishes,
)
from decroche.recover.survey_answers import Answer, read_answer
from decroche.recover.templates import Channel, Template, Variant
from decroche.recover.workflows.about_person import read_known
from decroche.recover.workflows.advancing import SEND
from decroche.recover.workflows.places import playbook_for, settings_for
from decroche.recover.workflows.standing import country_of, read_office
from decroche.recover.workflows.tools import Tools
from decroche.recover.workflows.writing import Unwritable, Written, spoken, write
from decroche.rules.decision import decide
from decroche.rules.outreach import Means, Outreach, Purpose, Sector
from decroche.rules.ruling import Verdict
from decroche.understand.business_deadline import business_deadline

SURVEY = "survey"
#: A question that could not be handed over for so long is not asked any more.
_TEXT_LASTS = timedelta(minutes=30)
#: Within so much open time somebody calls who was not pleased.
_CALLED_WITHIN = timedelta(hours=8)


def wishes_at(connection: sa.Connection, account: str, site: str) -> SurveyWishes:
    """What is asked at a site: its own wishes, else those of all; nothing where nobody has told."""
    own = kept.wishes_of(connection, account)
    body = own.get(site) if site in own else own.get("")
    return SurveyWishes() if body is None else read_wishes(body)


def keep_wishes(connection: sa.Connection, account: str, site: str, wishes: SurveyWishes | None, now: datetime) -> None:
    """Have this be asked at a site (empty: at all that have no wishes of their own); None: as at all others.

    Raises BadSurvey for what cannot be meant, and for a site that there is not.
    """
    here = sa.select(sites.c.id).where(sites.c.account_id == account, sites.c.name == site)
    if site and connection.execute(here).first() is None:
        raise BadSurvey("site", "site")
    if wishes is None:
        kept.remove_wishes(connection, account, site)
    else:
        before, since = wishes_at(connection, account, site), kept.on_since(connection, account, site)
        goes_on = before.active and wishes.active and {*wishes.after} <= {*before.after}
        body = write_wishes(checked(wishes))
        kept.write_wishes(connection, account, site, body, since if goes_on and since is not None else now)


def surveyed(connection: sa.Connection, account: str) -> bool:
    """Whether anybody is asked anything, at any site."""
    return any(read_wishes(body).active for body in kept.wishes_of(connection, account).values())


def plan_after_call(connection: sa.Connection, tools: Tools, account: str, id: str, now: datetime) -> None:
    """A call is over in which somebody was spoken to. Of our own calls only those count that met a caller's need."""
    if not kept.wishes_of(connection, account):
        return
    c = calls.c
    row = connection.execute(
        sa.select(
            c.person, c.direction, c.answered, c.answered_at, c.ended_at, c.talk_s, c.site, c.department,
            c.queue, c.agent,
        ).where(c.id == id)
    ).one_or_none()  # fmt: skip
    if row is None or not row.answered or row.ended_at is None or row.person is None or row.person < 0:
        return
    wishes = wishes_at(connection, account, row.site)
    if not _wanted(wishes, Occasion.CALL, row.ended_at, now) or _talk(row) < wishes.least_talk_s:
        return
    if row.direction == str(Direction.OUTBOUND):
        j = journeys.c
        mine = (j.account_id == account) & (j.person == row.person)
        met = sa.select(j.id).where(mine, j.recovered_by == "our_call", j.recovered_ref == id)
        if connection.execute(met.limit(1)).first() is None:
            return
    elif row.direction != str(Direction.INBOUND):
        return
    about = {name: getattr(row, name) or "" for name in ("site", "department", "queue", "agent")}
    _plan(connection, tools, account, wishes, row.person, Occasion.CALL, id, row.ended_at, about, now)


def plan_after_conversation(
    connection: sa.Connection, tools: Tools, account: str, person: int, *, subject: str, site: str, at: datetime,
    now: datetime,
) -> None:  # fmt: skip
    """A machine has answered what somebody wrote, or chose; ``subject`` is the text or booking."""
    wishes = wishes_at(connection, account, site)
    if _wanted(wishes, Occasion.CONVERSATION, at, now):
        about = {"site": site}
        _plan(connection, tools, account, wishes, person, Occasion.CONVERSATION, subject, at, about, now)


def _wanted(wishes: SurveyWishes, after: Occasion, at: datetime, now: datetime) -> bool:
    return wishes.active and after in wishes.after and now - at < LASTS


def _talk(row: Any) -> float:
    if row.talk_s is not None:
        return float(row.talk_s)
    return 0.0 if row.answered_at is None else (row.ended_at - row.answered_at).total_seconds()


def _plan(
    connection: sa.Connection, tools: Tools, account: str, wishes: SurveyWishes, person: int, after: Occasion,
    subject: str, ended_at: datetime, about: Mapping[str, str], now: datetime,
) -> None:  # fmt: skip
    if not chosen(person, subject, wishes, key=tools.key):
        return
    id = kept.plan(connection, account, person=person, after=after, subject=subject, ended_at=ended_at, **about)
    if id:
        at = ended_at + timedelta(minutes=wishes.delay_minutes)
        _look_at(connection, tools, id, 0, at, now)


def _look_at(connection: sa.Connection, tools: Tools, id: str, time: int, at: datetime, now: datetime) -> None:
    tools.timers.set(
        connection, f"{SURVEY}:{id}:{time}", SURVEY, {"survey": id, "time": str(time)}, at=at, now=now
    )  # fmt: skip


def ask(tools: Tools, subject: Mapping[str, str]) -> None:
    """The time to ask has come: look at everything, then ask once, look again later, or let it be.

    What is asked is written down with its text in one transaction: a step that is run again finds it asked.
    """
    id, now = subject["survey"], tools.clock()
    with tools.ledger.writing() as connection, remembering(connection):
        account = kept.account_of_survey(connection, id)
        if account is None:
            return
        act_for(connection, account)
        survey = kept.hold(connection, id)
        if survey is None or survey.state != kept.PLANNED or survey.person < 0:
            return
        # Two contacts of one person are not asked about at the same moment.
        take_turns(connection, account, "person", survey.person)
        wishes, settings = wishes_at(connection, account, survey.site), settings_for(connection, account)
        action: AskNow | LookAt | LetBe | None = whether_to_ask(wishes, _contact(connection, survey, now), now=now)
        if isinstance(action, AskNow) and not settings.active:
            action = LetBe("not_active")
        if isinstance(action, AskNow):
            action = _ask(connection, tools, survey, wishes, subject["time"], now)
        match action:
            case LetBe(why):
                kept.let_be(connection, id, why)
            case LookAt(at):
                _look_at(connection, tools, id, int(subject["time"]) + 1, at, now)


def _contact(connection: sa.Connection, survey: kept.Survey, now: datetime) -> Contact:
    account, person = survey.account_id, survey.person
    words = read_words(connection, account)
    return Contact(
        ended_at=survey.ended_at,
        connected_at=None if words is None else words.connected_at,
        on_since=kept.on_since(connection, account, survey.site),
        waits=kept.waits_for_us(connection, account, person),
        texted_at=kept.last_recovery_text(connection, account, person, since=now - AWAY_FROM_TEXTS),
        asked_at=kept.last_asked(connection, account, person),
    )


def still_to_ask(connection: sa.Connection, tools: Tools, text: str, now: datetime) -> bool:
    """Whether a question that is about to leave still may: meanwhile the person may have called, or been texted.

    When not, it is taken back, and looked at again when it may be asked, or let be.
    """
    survey = kept.survey_of_text(connection, text)
    if survey is None:
        return False
    wishes = wishes_at(connection, survey.account_id, survey.site)
    contact = replace(_contact(connection, survey, now), asked_at=None)
    match whether_to_ask(wishes, contact, now=now):
        case AskNow():
            return True
        case LetBe(why):
            kept.take_back(connection, survey.id)
            kept.let_be(connection, survey.id, why)
        case LookAt(at):
            kept.take_back(connection, survey.id)
            # No timer of this survey was ever set under the time of day.
            _look_at(connection, tools, survey.id, int(now.timestamp()), at, now)
    return False


def _ask(
    connection: sa.Connection, tools: Tools, survey: kept.Survey, wishes: SurveyWishes, time: str, now: datetime
) -> LetBe | LookAt | None:
    """Write the question and have it sent, as far as the rules allow it; None when it is on its way.

    ``time``: the how manieth look this is, so that a question that was taken back is another text.
    """
    account, person = survey.account_id, survey.person
    settings = settings_for(connection, account)
    about = recovery.about_person(connection, account, person) or {}
    office = read_office(connection, account, now, site=survey.site)
    language = about.get("language") or office.language
    written = write(
        connection,
        account,
        TEMPLATE,
        language=language,
        settings=settings,
        office=office,
        values={"questions": asked_in_words(wishes.questions, Language(spoken(language, office)))},
        recipient=f"+{person}",
        department=survey.department or None,
        trade=playbook_for(connection, account, survey.site, survey.department, settings).trade,
        now=now,
    )
    if isinstance(written, Unwritable):
        return LetBe("no_words")
    country = country_of(connection, account)
    outreach = Outreach(
        means=Means.TEXT,
        purpose=Purpose.SURVEY,
        recipient=person,
        at=now,
        country=country,
        sender=settings.ways[0].sender if settings.ways else "",
        sector=Sector(settings.sector),
        language=language,
        # Words that sell make it an advertisement, whatever it is called.
        promotional=not usable(_looked_over(written, settings.business)),
        expects_reply=True,
    )
    ruling = decide(outreach, read_known(connection, account, person, key=tools.key, now=now))
    log_ruling(connection, account, outreach, ruling, key=account_key(tools.key, account), journey=None)
    if outreach.promotional:
        return LetBe("promotional")
    if ruling.verdict is Verdict.REFUSE:
        return LetBe(ruling.against[0].rule)
    if ruling.verdict is Verdict.DELAY:
        until = ruling.until or now + timedelta(hours=1)
        return LookAt(until) if until <= survey.ended_at + LASTS else LetBe("too_late")
    text = hashlib.blake2b(f"survey|{survey.id}|{time}".encode(), digest_size=16).hexdigest()
    row = {
        "id": text,
        "account_id": account,
        "journey_id": None,
        "person": person,
        "recipient": written.recipient,
        "body": written.body,
        "purpose": str(Purpose.SURVEY),
        "template": TEMPLATE,
        "segments": written.segments,
        "created_at": now,
        "expires_at": now + _TEXT_LASTS,
    }
    if sent.intend(connection, row):
        tools.timers.set(connection, f"{SEND}:{text}:0", SEND, {"text": text, "try": "0"}, at=now, now=now)
    kept.asked(connection, survey.id, text=text, questions=wishes.questions, now=now)
    return None


def _looked_over(written: Written, business: str) -> tuple[Finding, ...]:
    """What is to be said of the words as they go out, whoever wrote them."""
    body = Template(written.body, (written.body,))
    variant = Variant(name=TEMPLATE, channel=Channel.TEXT, language="fr", body=body)
    return tuple(each for each in lint(variant, Sending(business=business)) if each.word == "survey_promotion")


@dataclass(frozen=True, slots=True)
class Told:
    """What a text said to a survey: what else stands in it, or None where it could not be read as an answer."""

    rest: str | None


def heed_answer(
    connection: sa.Connection, tools: Tools, row: Mapping[str, Any], journey: str | None, now: datetime
) -> Told | None:
    """Take a text of a person as an answer to what they were asked; None: they were asked nothing."""
    account, person, at = row["account_id"], row["person"], row["created_at"]
    survey = kept.waiting_for(connection, account, person, since=at - ANSWERED_WITHIN, until=at)
    if survey is None:
        return None
    told = read_answer(row["body"], _open_questions(connection, survey))
    if told is None:
        return Told(None)
    _keep(connection, survey, told, row, journey, now)
    return Told(told.rest)


def _open_questions(connection: sa.Connection, survey: kept.Survey) -> Sequence[Question]:
    known = kept.values_of(connection, survey.id)
    return [Question(word) for word in survey.questions.split() if Question(word) not in known]


def _keep(
    connection: sa.Connection, survey: kept.Survey, told: Answer, row: Mapping[str, Any], journey: str | None,
    now: datetime,
) -> None:  # fmt: skip
    account = survey.account_id
    mood = kept.answer(connection, survey, told.values, at=row["created_at"])
    if mood is not Mood.DETRACTOR or survey.item_id is not None:
        return
    office = read_office(connection, account, now, site=survey.site)
    need = Need(
        kind=Kind.CALLBACK,
        key=f"survey:{survey.id}",
        person=survey.person,
        journey=journey,
        site=survey.site,
        department=survey.department,
        due_at=business_deadline(now, _CALLED_WITHIN, hours=office.hours, zone=ZoneInfo(office.zone)),
        about={"survey": survey.id, "text": row["id"]},
    )
    kept.give_item(connection, survey.id, open_item(connection, account, need, now=now))
