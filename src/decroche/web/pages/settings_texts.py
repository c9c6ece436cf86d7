"""``/settings/texts``: the words that callers get: edited, looked over while one types, priced, and sent to oneself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import LANGUAGES, Language
from decroche.ledger.audit_log import note
from decroche.ledger.recovery_settings import note_person, words_of
from decroche.model.member import Right
from decroche.recover.activation import ANSWERS, sending_of
from decroche.recover.playbook import WRITES, Act
from decroche.recover.previews import preview
from decroche.recover.templates import VARIABLES, Channel, Variant
from decroche.recover.toml_tables import BadFile
from decroche.recover.words_editing import family, key_of, read_one, with_wording, without_text
from decroche.recover.words_toml import shipped_words
from decroche.recover.workflows.configuring import NotReady, Wishes, example, read_wishes, use_words
from decroche.recover.workflows.replying import NotSent, send_test
from decroche.understand.numbers import read_number
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, Stepper, bases, stepper, typed, whole_business
from decroche.web.pages.first_run import language_choices
from decroche.web.rendering import page
from decroche.web.tried_out import Tried, last_tried

#: The longest wording that is taken, and the text that the first run shows.
_LONGEST, FIRST = 2_000, "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A wording as callers get it: its text, what it costs in words, and what the linter says (severity, sentence)."""

    id: str
    text: str
    cost: str
    findings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One wording: its key, for whom it is, its words, and how they look."""

    id: str
    key: str
    whom: str
    body: str
    looked: Looked
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A text of the list: its name, what it is for, how it begins; ``own``: the business wrote it itself."""

    name: str
    about: str
    beginning: str
    own: bool
    used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What the list needs, in one language of ``languages`` (code, name, address)."""

    base: str
    stepper: Stepper | None
    texts: tuple[TextLine, ...]
    spoken: str
    languages: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditText:
    """What the editor of one text needs. ``tried`` says what became of the last test, ``refused`` why there is none."""

    base: str
    stepper: Stepper | None
    name: str
    about: str
    own: bool
    spoken: str
    languages: tuple[tuple[str, str, str], ...]
    wordings: tuple[Wording, ...]
    variables: tuple[str, ...]
    to: str
    sending: bool
    tried: Tried | None
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTest:
    """What the part that says what became of the last test needs."""

    tried: Tried | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """What the part that is looked over while one types needs."""

    looked: Looked


def router(services: Services) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    for base in bases("texts"):
        _add(routes, services, base)
    return routes


def _add(routes: APIRouter, services: Services, base: str) -> None:
    first = base.startswith("/first-run")

    def edited(
        here: Visit,
        connection: sa.Connection,
        name: str,
        spoken: str,
        *,
        typed_key: str | None = None,
        body: str = "",
        problems: tuple[str, ...] = (),
        to: str = "",
        refused: tuple[str, ...] = (),
    ) -> Response:
        known = read_wishes(connection, here.account.id, services.platforms)
        variants = _of_business(family(name, spoken, known.own, shipped_words()), known)
        if not variants:
            raise HTTPException(404)
        wordings = []
        for number, each in enumerate(variants):
            mine = typed_key == key_of(each)
            shown = body if mine else each.body.source
            looked, own_problems = _looked(known, each, shown, f"looked-{number}", here.language, services.clock())
            wordings.append(
                Wording(
                    id=str(number),
                    key=key_of(each),
                    whom=_whom(each, here.language),
                    body=shown,
                    looked=looked,
                    problems=problems if mine else own_problems,
                )
            )
        path = base if first and name == FIRST else f"{base}/{name}"
        context = EditText(
            base=base,
            stepper=stepper(base, here, connection, services),
            name=name,
            about=_about(name, here.language),
            own=any(each.name == name and each.language == spoken for each in known.own),
            spoken=spoken,
            languages=tuple((code, shown, f"{path}?spoken={code}") for code, shown in language_choices()),
            wordings=tuple(wordings),
            variables=tuple(f"{{{each}}}" for each in VARIABLES),
            to=to,
            sending=bool(known.settings.ways),
            tried=last_tried(connection, here, services.clock()),
            refused=refused,
        )
        return page("settings_text.html", here.frame, context, status=422 if problems or refused else 200)

    def listed(here: Visit, connection: sa.Connection, spoken: str) -> Response:
        known = read_wishes(connection, here.account.id, services.platforms)
        context = Texts(
            base=base,
            stepper=stepper(base, here, connection, services),
            texts=tuple(_lines(known, spoken, here.language)),
            spoken=spoken,
            languages=tuple((code, shown, f"{base}?spoken={code}") for code, shown in language_choices()),
        )
        return page("settings_texts.html", here.frame, context)

    @routes.get(base)
    def show(request: Request, spoken: str = "") -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            chosen = _spoken(spoken, here, connection, services)
            return edited(here, connection, FIRST, chosen) if first else listed(here, connection, chosen)

    @routes.get(f"{base}/{{name}}")
    def edit(request: Request, name: str, spoken: str = "") -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            return edited(here, connection, name, _spoken(spoken, here, connection, services))

    @routes.get(f"{base}/{{name}}/tried")
    def show_tried(request: Request, name: str) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            context = LastTest(tried=last_tried(connection, here, services.clock()))
            return page("settings_text_tried.html", here.language, context)

    @routes.post(f"{base}/{{name}}/look")
    def look(request: Request, name: str, form: Posted) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            known = read_wishes(connection, here.account.id, services.platforms)
            chosen = _spoken(typed(form, "spoken"), here, connection, services)
            variant = _variant(known, name, chosen, typed(form, "key"))
            id = f"looked-{typed(form, 'id')[:4]}"
            looked, problems = _looked(known, variant, _words(form), id, here.language, services.clock())
            if problems:
                findings = tuple(("refused", each) for each in problems)
                looked = Looked(id=id, text="", cost="", findings=findings)
            return page("settings_text_looked.html", here.language, LookedAt(looked=looked))

    @routes.post(f"{base}/{{name}}")
    def keep(request: Request, name: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            known, now = read_wishes(connection, here.account.id, services.platforms), services.clock()
            chosen, key = _spoken(typed(form, "spoken"), here, connection, services), typed(form, "key")
            _variant(known, name, chosen, key)
            variants = family(name, chosen, known.own, shipped_words())
            body = with_wording(words_of(connection, here.account.id).get(chosen), variants, key, _words(form))
            problems: tuple[str, ...] = ()
            try:
                # The wording alone first: its lines are those of the field.
                read_one(variants[0], _words(form))
                with connection.begin_nested():
                    use_words(connection, here.account.id, body, chosen, services.platforms, now=now)
            except BadFile as error:
                problems = tuple(each.said(here.language) for each in error.problems)
            except NotReady as error:
                problems = tuple(each.said(here.language) for each in error.obstacles)
            if problems:
                return edited(
                    here, connection, name, chosen, typed_key=key, body=_words(form), problems=problems
                )  # fmt: skip
            details = {"name": name, "language": chosen}
            note(connection, here.account.id, here.who, "words.written", name, details, at=now)
        return back_to(_address(base, name, chosen, first), done="words_kept")

    @routes.post(f"{base}/{{name}}/reset")
    def reset(request: Request, name: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            now, chosen = services.clock(), _spoken(typed(form, "spoken"), here, connection, services)
            kept = words_of(connection, here.account.id).get(chosen)
            try:
                if kept is not None:
                    body = without_text(kept, name)
                    with connection.begin_nested():
                        use_words(connection, here.account.id, body, chosen, services.platforms, now=now)
                    details = {"name": name, "language": chosen}
                    note(connection, here.account.id, here.who, "words.reset", name, details, at=now)
            except NotReady as error:
                said = tuple(each.said(here.language) for each in error.obstacles)
                return edited(here, connection, name, chosen, refused=said)
        return back_to(_address(base, name, chosen, first), done="words_reset")

    @routes.post(f"{base}/{{name}}/test")
    def test(request: Request, name: str, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            known, now = read_wishes(connection, here.account.id, services.platforms), services.clock()
            chosen, to = _spoken(typed(form, "spoken"), here, connection, services), typed(form, "to")
            variant = _variant(known, name, chosen, typed(form, "key"))
            region = here.about["country"].partition("-")[0]
            person = read_number(to, region=region).e164
            text = preview(variant, example(known, now), sending_of(known.settings, known.place), plain=True).text
            if person is None or text is None:
                said: tuple[str, ...] = (here.language.say("settings.number_unread", number=to),)
                return edited(here, connection, name, chosen, to=to, refused=said)
            if typed(form, "ours") == "yes":
                # Tests go to people of the business alone; who types the number says whose it is.
                note_person(connection, here.account.id, person, staff=True)
            try:
                send_test(connection, here.account.id, person, text, author=here.member.name, key=services.key, now=now)
            except NotSent as error:
                # The ruling stays in the log: the transaction goes on.
                said = _refused(error, here.language)
                return edited(here, connection, name, chosen, to=to, refused=said)
            note(connection, here.account.id, here.who, "words.tested", name, {"name": name}, at=now)
            return edited(here, connection, name, chosen, to=to)


def _refused(error: NotSent, language: Language) -> tuple[str, ...]:
    if error.ruling is None:
        return (language.say("texts.no_way"),)
    return tuple(f"{each.sentence(language)} ({each.rule})" for each in error.ruling.against)


def _words(form: Posted) -> str:
    value = form.get("body", "")
    text = value if isinstance(value, str) else ""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()[:_LONGEST]


def _address(base: str, name: str, spoken: str, first: bool) -> str:
    return (base if first and name == FIRST else f"{base}/{name}") + f"?spoken={spoken}"


def _spoken(told: str, here: Visit, connection: sa.Connection, services: Services) -> str:
    if told in LANGUAGES:
        return told
    return read_wishes(connection, here.account.id, services.platforms).place.spoken


def _of_business(variants: tuple[Variant, ...], known: Wishes) -> tuple[Variant, ...]:
    """Those for the trades of the playbooks in use, where there are such; else those for all."""
    trades = {each.trade for each in known.in_use}
    narrow = tuple(each for each in variants if trades & {*each.trades})
    return narrow or tuple(each for each in variants if not each.trades)


def _variant(known: Wishes, name: str, spoken: str, key: str) -> Variant:
    """The wording that is meant. Raises HTTPException 404."""
    for each in family(name, spoken, known.own, shipped_words()):
        if key_of(each) == key:
            return each
    raise HTTPException(404)


def _looked(
    known: Wishes, variant: Variant, body: str, id: str, language: Language, now: datetime
) -> tuple[Looked, tuple[str, ...]]:
    """How a wording looks, and what makes it no wording at all."""
    try:
        changed = read_one(variant, body)
    except BadFile as error:
        return Looked(id=id, text="", cost="", findings=()), tuple(each.said(language) for each in error.problems)
    shown = preview(changed, example(known, now), sending_of(known.settings, known.place), plain=True)
    cost = ""
    if shown.segments is not None:
        price = None if shown.price is None else (float(shown.price), shown.price.currency, 3)
        values = {"characters": len(shown.text or ""), "segments": shown.segments.segments}
        cost = language.say("texts.cost", **values) if price is None else language.say(
            "texts.cost_priced", price=price, **values
        )  # fmt: skip
    findings = tuple((str(each.severity), each.said(language)) for each in shown.findings)
    return Looked(id=id, text=shown.text or "", cost=cost, findings=findings), ()


def _whom(variant: Variant, language: Language) -> str:
    told = [language.say(f"hour_class.{each}") for each in variant.hour_classes]
    told += list(variant.departments)
    return " · ".join(told) or language.say("texts.for_all")


def _about(name: str, language: Language) -> str:
    return language.say(f"texts.about.{name}") if language.has(f"texts.about.{name}") else name


def _lines(known: Wishes, spoken: str, language: Language) -> Iterator[TextLine]:
    used = {
        step.template or step.name
        for playbook in known.in_use
        for step in playbook.steps
        if step.act in WRITES and step.act is not Act.EMAIL
    } | {*ANSWERS}
    words = (*known.own, *shipped_words())
    names = dict.fromkeys(each.name for each in words if each.channel is Channel.TEXT)
    for name in sorted(names, key=lambda each: each not in used):
        variants = _of_business(family(name, spoken, known.own, shipped_words()), known)
        if variants:
            yield TextLine(
                name=name,
                about=_about(name, language),
                beginning=variants[0].body.source[:110] + ("…" if len(variants[0].body.source) > 110 else ""),
                own=any(each.name == name and each.language == spoken for each in known.own),
                used=name in used,
            )
