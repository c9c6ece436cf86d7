"""``/api/v1/recovery``, ``/api/v1/opt-outs``: what a business wants of recovery, its words, and who refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader, Writer
from decroche.api.errors import NotAcceptable, NotFound, NotPermitted, responses
from decroche.api.explanations import Spoken
from decroche.api.recovery_schemas import (
    ObstacleOut,
    OptOutIn,
    OptOutOut,
    PlaybookIn,
    PlaybookOut,
    PreviewOut,
    RecoveryIn,
    RecoveryOut,
    SlotsIn,
    TeamIn,
    WayIn,
    WordsIn,
    WordsOut,
)
from decroche.api.schemas import Name, Page
from decroche.connectors.platforms import PLATFORMS
from decroche.language import LANGUAGES, Language
from decroche.ledger.recovery_settings import words_of
from decroche.ledger.refusals import all_in_force, refuse, undo
from decroche.recover.activation import Obstacle, chosen, sending_of
from decroche.recover.fingerprints import fingerprint
from decroche.recover.playbook_toml import shipped, shipped_text
from decroche.recover.previews import example_values, preview
from decroche.recover.settings import BadSettings, RecoverySettings, Way
from decroche.recover.templates import Channel
from decroche.recover.toml_tables import BadFile
from decroche.recover.words_toml import shipped_words
from decroche.recover.workflows.configuring import (
    NotReady,
    Wishes,
    against,
    change_settings,
    read_wishes,
    use_playbook,
    use_words,
)
from decroche.rules.outreach import Scope

router = APIRouter(tags=["recovery"], generate_unique_id_function=lambda route: route.name)

#: The settings that have a shape of their own.
_SHAPED = frozenset({"ways", "emergency_words", "emergency_places", "slots", "team"})


@router.get("/recovery/settings", responses=responses())
def read_recovery_settings(caller: Reader, language: Spoken = None) -> RecoveryOut:
    """How recovery is set up, and what stands against switching it on."""
    known, spoken = _wishes(caller), _language(caller, language)
    return _settings_out(caller, known.settings, against(known, known.settings, caller.services.clock()), spoken)


@router.put("/recovery/settings", responses=responses(409, 413))
def write_recovery_settings(caller: Writer, given: RecoveryIn, language: Spoken = None) -> RecoveryOut:
    """Set recovery up; what is left out stays. With `active` it is switched on, unless something stands against it."""
    spoken = _language(caller, language)
    values = {
        name: each
        for name, each in given.model_dump(exclude_unset=True).items()
        if each is not None or name not in _SHAPED
    }
    if "sector" in values:
        values["sector"] = str(values["sector"])
    if "ways" in values:
        values["ways"] = tuple(Way(**each) for each in values["ways"])
    for name in ("emergency_words", "emergency_places"):
        if name in values:
            values[name] = tuple(values[name])
    if given.slots is not None:
        values["slots"] = given.slots.model_dump(exclude_none=True)
    if given.team is not None:
        values["team"] = given.team.model_dump(exclude_none=True)
    with caller.services.ledger.writing() as connection, _said(spoken):
        before = read_wishes(connection, caller.account, PLATFORMS).settings
        wanted = msgspec.structs.replace(before, **values)
        left = change_settings(
            connection, caller.account, wanted, PLATFORMS, now=caller.services.clock(), box=caller.services.box
        )
    return _settings_out(caller, wanted, left, spoken)


@router.get("/recovery/playbooks", responses=responses())
def list_playbooks(caller: Reader) -> Page[PlaybookOut]:
    """The playbooks that come with the program (`own` false), and the business's own by place, as TOML."""
    found = [PlaybookOut(name=name, own=False, site="", department="", body=shipped_text(name)) for name in shipped()]
    for (site, department), body in sorted(_wishes(caller).playbooks.items()):
        found.append(PlaybookOut(name="", own=True, site=site, department=department, body=body))
    return Page(items=found)


@router.put("/recovery/playbooks", responses=responses(409, 413))
def write_playbook(caller: Writer, given: PlaybookIn, language: Spoken = None) -> PlaybookOut:
    """Have a playbook of your own hold for a site or a department; empty stands for any."""
    with caller.services.ledger.writing() as connection, _said(_language(caller, language)):
        made = use_playbook(
            connection,
            caller.account,
            given.body,
            PLATFORMS,
            site=given.site,
            department=given.department,
            now=caller.services.clock(),
        )
    return PlaybookOut(name=made.name, own=True, site=given.site, department=given.department, body=given.body)


@router.get("/recovery/words", responses=responses())
def list_words(caller: Reader) -> Page[WordsOut]:
    """The business's own words, as TOML, by language."""
    with caller.services.ledger.reading() as connection:
        found = words_of(connection, caller.account)
    return Page(items=[WordsOut(language=language, body=body) for language, body in sorted(found.items())])


@router.put("/recovery/words", responses=responses(409, 413))
def write_words(caller: Writer, given: WordsIn, language: Spoken = None) -> WordsOut:
    """Have words of your own hold in a language, in place of those before; what the linter refuses is refused."""
    with caller.services.ledger.writing() as connection, _said(_language(caller, language)):
        use_words(
            connection, caller.account, given.body, given.language, PLATFORMS, now=caller.services.clock()
        )  # fmt: skip
    return WordsOut(language=given.language, body=given.body)


@router.get("/recovery/preview", responses=responses(404))
def preview_template(
    caller: Reader, template: Annotated[Name, Query(examples=["missed"])], language: Spoken = None
) -> Page[PreviewOut]:
    """A text as callers get it, in every language or one, with its segments, its price and what is wrong with it."""
    known = _wishes(caller)
    wanted, now = known.settings, known.local(caller.services.clock())
    link = f"{wanted.links.rstrip('/') or 'https://exemple.fr'}/r/abcdefghijklmnop"
    phone = wanted.phone or "01 99 00 00 00"
    values = example_values(now, business=wanted.business or "Entreprise", phone=phone, link=link)
    sending, spoken = sending_of(wanted, known.place), _language(caller, language)
    found: list[PreviewOut] = []
    trade = next((each.trade for each in known.in_use), None)
    for code in LANGUAGES if language is None else (language,):
        for each in chosen(template, Channel.TEXT, code, trade, known.own, shipped_words()):
            if each.language != code:
                continue
            shown = preview(each, values, sending, plain=True)
            found.append(
                PreviewOut(
                    language=code,
                    hour_classes=[str(hours) for hours in each.hour_classes],
                    text=shown.text,
                    missing=list(shown.missing),
                    segments=None if shown.segments is None else shown.segments.segments,
                    encoding=None if shown.segments is None else str(shown.segments.encoding),
                    price=None if shown.price is None else float(shown.price),
                    currency=wanted.currency,
                    findings=[
                        ObstacleOut(word=item.word, about=str(item.severity), said=item.said(spoken))
                        for item in shown.findings
                    ],
                )
            )
    if not found:
        raise NotFound("There is no such template.")
    return Page(items=found)


@router.get("/opt-outs", responses=responses())
def list_opt_outs(caller: Reader) -> Page[OptOutOut]:
    """The refusals in force, the newest first: by fingerprint, for the numbers are not kept."""
    with caller.services.ledger.reading() as connection:
        rows = all_in_force(connection, caller.account)
    return Page(
        items=[OptOutOut.model_validate({**row, "fingerprint": bytes(row["fingerprint"]).hex()}) for row in rows]
    )


@router.post("/opt-outs", status_code=201, responses=responses(413))
def add_opt_out(caller: Writer, given: OptOutIn) -> OptOutOut:
    """Write a refusal down: nothing that it covers is sent any more. The same again changes nothing."""
    return _changed(caller, given, undone=False)


@router.post("/opt-outs/undo", responses=responses(404, 413))
def undo_opt_out(caller: Writer, given: OptOutIn) -> OptOutOut:
    """Take a refusal back, at a new word of the person."""
    return _changed(caller, given, undone=True)


def _changed(caller: Caller, given: OptOutIn, *, undone: bool) -> OptOutOut:
    now = caller.services.clock()
    mark = fingerprint(caller.services.key, caller.account, int(given.number[1:]))
    scope = str(given.scope)
    with caller.services.ledger.writing() as connection:
        if undone:
            scopes = [str(each) for each in Scope] if given.scope is Scope.EVERYTHING else [scope]
            if not undo(connection, caller.account, mark, scopes=scopes, by=given.who, at=now):
                raise NotFound("There is no such refusal.")
        else:
            refuse(connection, caller.account, mark, scope=scope, source="person", at=now)
    return OptOutOut(fingerprint=mark.hex(), scope=scope, source="person", at=now, pending=False)


def _wishes(caller: Caller) -> Wishes:
    with caller.services.ledger.reading() as connection:
        return read_wishes(connection, caller.account, PLATFORMS, box=caller.services.box)


def _language(caller: Caller, told: str | None) -> Language:
    with caller.services.ledger.for_account(caller.account) as account:
        return Language(told or str(account.about()["language"]))


@contextmanager
def _said(language: Language) -> Iterator[None]:
    """What is refused, in sentences."""
    try:
        yield
    except NotReady as error:
        raise NotPermitted(" ".join(each.said(language) for each in error.obstacles)) from error
    except BadFile as error:
        raise NotAcceptable(" ".join(each.said(language) for each in error.problems), "body") from error
    except BadSettings as error:
        raise NotAcceptable(error.said(language), error.setting) from error


def _settings_out(
    caller: Caller, settings: RecoverySettings, found: Sequence[Obstacle], language: Language
) -> RecoveryOut:
    return RecoveryOut(
        **{name: getattr(settings, name) for name in RecoveryIn.model_fields if name not in _SHAPED},
        emergency_words=list(settings.alarm_words),
        emergency_places=list(settings.emergency_places),
        slots=SlotsIn.model_validate(settings.slots),
        team=_team_out(settings.team, whole=caller.whole_numbers),
        ways=[WayIn(endpoint=way.endpoint, sender=way.sender) for way in settings.ways],
        obstacles=[ObstacleOut(word=each.word, about=each.about, said=each.said(language)) for each in found],
    )


def _team_out(team: Mapping[str, Any], *, whole: bool) -> TeamIn:
    """The team; how its members are reached is shown to those who may see numbers."""
    found = TeamIn.model_validate(dict(team))
    if whole:
        return found
    hidden = dict.fromkeys(("email", "text", "webhook"))
    members = [each.model_copy(update=hidden) for each in found.members]
    return found.model_copy(update={"members": members})
