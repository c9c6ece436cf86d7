"""What a line of the audit log says, in words: one table from acts and their details to sentences.

The sentence of an act is ``act.<act>`` of the catalogue, of a program ``act_of_program.<method>_<address>``; that of
a detail is ``audit.detail.<word>`` of the table below. A detail that the table does not know is shown as it was kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from decroche.language import Language
from decroche.ledger.audit_log import ByKind, Entry
from decroche.model.member import Role
from decroche.web.figure_words import name_of

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OF_PROGRAMS = "/api/v1/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What words are looked up in: names of sites by their ids, labels of settings of phone systems by their keys."""

    language: Language
    sites: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """A line as people read it: what was done and to whom, and what else is known of it."""

    what: str
    details: str


Writer = Callable[[str, Known], str]
#: The word of a detail's sentence, and how its value is written.
Clause = tuple[str, Writer]


def _plain(value: str, known: Known) -> str:
    return value


def _word(value: str, known: Known) -> str:
    """A word of ours: a role, a language, a yes."""
    if value in set(Role):
        return known.language.say(f"role.{value}")
    key = value.replace("-", "_")
    return known.language.say(f"audit.value.{key}") if known.language.has(f"audit.value.{key}") else value


def _words(value: str, known: Known) -> str:
    return known.language.listing([_word(each, known) for each in re.split(r",? ", value) if each])


def _reason(value: str, known: Known) -> str:
    return known.language.say(f"reason.{value}") if known.language.has(f"reason.{value}") else value


def _hours(value: str, known: Known) -> str:
    return known.language.say(f"hour_class.{value}") if known.language.has(f"hour_class.{value}") else value


def _day(value: str, known: Known) -> str:
    try:
        return known.language.date(date.fromisoformat(value))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{known.language.date(moment.date())}, {known.language.clock(moment.hour + moment.minute / 60)} UTC"


def _number(value: str, known: Known) -> str:
    try:
        number = float(value)
    except ValueError:
        return value
    return known.language.number(number, 0 if number.is_integer() else 2)


def _share(value: str, known: Known) -> str:
    try:
        return known.language.percent(float(value))
    except ValueError:
        return value


def _week(value: str, known: Known) -> str:
    """Opening hours as they are kept, with the names of days as people say them."""

    def named(found: re.Match[str]) -> str:
        return known.language.weekday(_DAYS.index(found[0]) + 1, "abbreviated")

    return re.sub(rf"\b(?:{'|'.join(_DAYS)})\b", named, value)


def _countries(value: str, known: Known) -> str:
    return known.language.listing([known.language.country(each) for each in value.split()])


def _sites(value: str, known: Known) -> str:
    return known.language.listing([known.sites.get(each, each) for each in value.split(", ") if each])


def _fields(value: str, known: Known) -> str:
    """Settings of a phone system, by their labels."""
    return known.language.listing([known.labels.get(each, each) for each in value.split(", ") if each])


def _settings(value: str, known: Known) -> str:
    """Settings of recovery, by their names."""
    shown = [
        known.language.say(f"audit.setting.{each}") if known.language.has(f"audit.setting.{each}") else each
        for each in value.split(", ")
        if each
    ]
    return known.language.listing(shown)


def _outcome(value: str, known: Known) -> str:
    return known.language.say(f"work.outcome.{value}") if known.language.has(f"work.outcome.{value}") else value


def _measure(value: str, known: Known) -> str:
    try:
        return name_of(value, known.language)
    except KeyError:
        return _word(value, known)


def _setting(name: str, write: Writer | None = None) -> Clause:
    """One setting and its new value; without ``write`` only that it changed: its value is long, or secret."""

    def written(value: str, known: Known) -> str:
        label = known.language.say(f"audit.setting.{name}")
        return label if write is None else known.language.say("audit.set_to", what=label, value=write(value, known))

    return "setting", written


_PLACE: Mapping[str, Clause] = {"site": ("site", _plain), "department": ("department", _plain)}
_DAY: Mapping[str, Clause] = {"day": ("day", _day), "name": ("because", _plain)}
_PERIOD: Mapping[str, Clause] = {"since": ("since", _day), "until": ("until", _day), "period": ("period", _word)}
_FILTERS: Mapping[str, Clause] = {
    "kind": ("file_kind", _plain), **_PERIOD, **_PLACE, "queue": ("queue", _plain), "line": ("line", _plain),
    "agent": ("agent", _plain), "reason": ("reason", _reason), "direction": ("direction", _word),
    "disposition": ("disposition", _word), "state": ("state", _word), "like": ("like", _plain),
    "closed": ("closed", _word), "hour_class": ("hour_class", _hours), "campaign": ("campaign", _plain),
}  # fmt: skip
_NOTHING: Mapping[str, Clause] = {}
#: What commands do with callbacks.
_ON_CALLBACKS = ("claim", "release", "snooze", "assign", "done", "note", "emergency")

#: Every act that is written, with the details it may have. ``name`` and ``email`` say to whom, unless told otherwise.
ACTS: Mapping[str, Mapping[str, Clause]] = {
    "member.signed_in": {"how": ("how", _word)},
    "member.first_owner": _NOTHING,
    "member.invited": {"role": ("role", _word)},
    "member.uninvited": _NOTHING,
    "member.joined": {"role": ("role", _word)},
    "member.vouched": _NOTHING,
    "member.changed": {"role": ("role", _word), "before": ("role_before", _word), "sites": ("sites", _sites)},
    "member.removed": {"role": ("role_before", _word)},
    "member.rules_changed": {"owners_need_second": ("owners_need_second", _word)},
    "member.password_changed": _NOTHING,
    "member.password_reset": _NOTHING,
    "member.signed_out_everywhere": _NOTHING,
    "member.second_factor_set": _NOTHING,
    "member.second_factor_dropped": _NOTHING,
    "member.recovery_codes_made": _NOTHING,
    "member.link_made": {"second_factor": ("second_factor", _word)},
    "token.made": {"scopes": ("scopes", _words)},
    "token.revoked": _NOTHING,
    "feed.made": {"tables": ("tables", _plain)},
    "feed.revoked": _NOTHING,
    "views.made": _NOTHING,
    "sheet.connected": {"tables": ("tables", _plain)},
    "sheet.removed": _NOTHING,
    "views.removed": _NOTHING,
    "callback.numbers_listed": {"n": ("count", _number)},
    **{f"callback.{each}": {"as": ("by", _plain)} for each in _ON_CALLBACKS},
    "callback.outcome": {"as": ("by", _plain), "word": ("outcome", _outcome)},
    "callback.refusal": {"as": ("by", _plain), "word": ("refused", _word)},
    "text.numbers_shown": {"what": ("command", _plain)},
    "text.written": {"as": ("by", _plain)},
    "calls.exported": _FILTERS,
    "journeys.exported": _FILTERS,
    "figures.exported": {"name": ("figures", _measure), **_FILTERS},
    "page.exported": {"page": ("page", _plain), "kind": ("file_kind", _plain)},
    "report.made": {"site": ("site", _plain)},
    "report.text_wanted": {},
    "report.text_not_wanted": {},
    "report.taken": {"kind": ("file_kind", _plain)},
    "target.set": {"kpi": ("figures", _measure), "site": ("site", _plain)},
    "target.ended": {"kpi": ("figures", _measure), "site": ("site", _plain)},
    "endpoint.connected": {"platform": ("platform", _plain), "site": ("site", _plain)},
    "endpoint.renamed": {"before": ("name_before", _plain)},
    "endpoint.changed": {"changed": ("fields", _fields)},
    "endpoint.removed": _NOTHING,
    "endpoint.imported": {"file": ("file", _plain)},
    "endpoint.history_asked": _PERIOD,
    "crm.connected": {"platform": ("platform", _plain)},
    "crm.changed": _NOTHING,
    "crm.removed": _NOTHING,
    "opportunities.imported": {"rows": ("count", _number)},
    "opportunities.decided": _NOTHING,
    "hours.week_set": {"week": ("week", _week), **_PLACE},
    "hours.week_forgotten": _PLACE,
    "hours.day_close": _DAY,
    "hours.day_open": _DAY,
    "hours.day_reset": _DAY,
    "playbook.chosen": _NOTHING,
    "playbook.used": _PLACE,
    "playbook.written": _PLACE,
    "playbook.removed": _PLACE,
    "words.written": {"language": ("language", _word)},
    "words.reset": {"language": ("language", _word)},
    "words.used": {"language": ("language", _word)},
    "words.tested": _NOTHING,
    "settings.business_added": _NOTHING,
    "settings.business": {
        "name": _setting("name", _plain), "country": _setting("country", _plain), "zone": _setting("zone", _plain),
        "language": _setting("language", _word), "short_abandon_s": _setting("short_abandon_s", _number),
        "answer_within_s": _setting("answer_within_s", _number),
    },
    "settings.site_added": _NOTHING,
    "settings.site_changed": {"zone": ("zone", _plain)},
    "settings.site_removed": _NOTHING,
    "settings.department_removed": {"site": ("site", _plain)},
    "settings.line_added": _PLACE,
    "settings.line_changed": _PLACE,
    "settings.line_removed": _NOTHING,
    "settings.webhook_added": {"kinds": ("kinds", _plain), "numbers": ("whole_numbers", _word)},
    "settings.webhook_removed": _NOTHING,
    "settings.cost_added": _NOTHING,
    "settings.cost_ended": _NOTHING,
    "settings.cost_removed": _NOTHING,
    "settings.cost_imported": {"file": ("file", _plain)},
    "settings.tracked_added": _NOTHING,
    "settings.tracked_ended": _NOTHING,
    "settings.tracked_removed": _NOTHING,
    "settings.tracked_imported": {"file": ("file", _plain)},
    "ads.imported": {"file": ("file", _plain)},
    "ads.decided": _NOTHING,
    "settings.survey_changed": {"active": _setting("active", _word)},
    "settings.survey_removed": _NOTHING,
    "settings.experiment_begun": _NOTHING,
    "settings.experiment_ended": _NOTHING,
    "settings.team": _NOTHING,
    "settings.recovery_on": _NOTHING,
    "settings.recovery_off": _NOTHING,
    "settings.recovery": {
        "changed": ("settings", _settings), "active": _setting("active", _word),
        "business": _setting("business", _plain), "phone": _setting("phone"), "playbook": _setting("playbook", _plain),
        "ways": _setting("ways"), "currency": _setting("currency", _plain),
        "price_per_segment": _setting("price_per_segment", _number), "daily_cap": _setting("daily_cap", _number),
        "value": _setting("value", _number), "holdout": _setting("holdout", _share),
        "links": _setting("links", _plain), "sector": _setting("sector", _word),
        "emergency_words": _setting("emergency_words"), "emergency_places": _setting("emergency_places"),
        "slots": _setting("slots"), "team": _setting("team"),
    },
    "opt_out.added": {"scope": ("scope", _word), "who": ("by", _plain)},
    "opt_out.undone": {"scope": ("scope", _word), "who": ("by", _plain), "refusals": ("count", _number)},
    "opt_out.imported": {"n": ("count", _number)},
    "person.noted": {"known": ("known", _words)},
    "person.imported": {"n": ("count", _number)},
    "consent.added": {"means": ("means", _word), "purpose": ("purpose", _word)},
    "consent.withdrawn": {"means": ("means", _word), "n": ("count", _number)},
    "consent.imported": {"n": ("count", _number)},
    **{f"campaign.{each}": _NOTHING for each in ("added", "changed", "counted", "decided", "removed")},
    "privacy.access_given": _NOTHING,
    "privacy.erasure_asked": _NOTHING,
    "privacy.erased": _NOTHING,
    "privacy.transfer_acknowledged": {"countries": ("countries", _countries)},
    "privacy.retention_changed": {
        each: (f"kept_{each}", _number) for each in ("numbers", "texts", "notes", "prospects")
    },
}  # fmt: skip


def line(entry: Entry, known: Known) -> Line:
    """A line of the log in words."""
    language, clauses = known.language, ACTS.get(entry.action, {})
    about = entry.details.get("name", "") if "name" not in clauses else ""
    about = about or entry.details.get("email", "") or (entry.subject if entry.action.startswith("token.") else "")
    told = [
        language.say(f"audit.detail.{clause[0]}", value=clause[1](entry.details[name], known))
        for name, clause in clauses.items()
        if entry.details.get(name)
    ]
    shown = {*clauses, "name", "email", *(("route",) if entry.who.kind is ByKind.TOKEN else ())}
    told += [f"{name}: {value}" for name, value in entry.details.items() if name not in shown and value]
    what = _act(entry, language)
    return Line(what=f"{what} {about}".strip() if about else what, details=". ".join(_begun(each) for each in told))


def program_act(method: str, route: str) -> str:
    """The word of what a program did: ``post_callbacks_id_claim`` for POST /api/v1/callbacks/{id}/claim."""
    return "_".join([method.lower(), *re.findall(r"[a-z0-9]+", route.removeprefix(_OF_PROGRAMS))])


def _act(entry: Entry, language: Language) -> str:
    route = entry.details.get("route")
    if entry.who.kind is ByKind.TOKEN and route:
        word = program_act(entry.action.rpartition(".")[2], route)
        if language.has(f"act_of_program.{word}"):
            return language.say(f"act_of_program.{word}")
    word = entry.action.replace(".", "_")
    return language.say(f"act.{word}") if language.has(f"act.{word}") else entry.action


def _begun(clause: str) -> str:
    return clause[:1].upper() + clause[1:]
