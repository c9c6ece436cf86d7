"""What a business tells an audit about itself, in one file that people can edit: ``audit.toml``."""

from __future__ import annotations

import dataclasses
import json
import tomllib
import zlib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit

from decroche.capture.files.mapping import Mapping
from decroche.capture.files.mapping_toml import parsed
from decroche.capture.files.mapping_toml import written as written_mapping
from decroche.model.hours import Interval, OpeningHours
from decroche.understand.hours import HoursUnreadable, format_week, parse_intervals, parse_week
from decroche.understand.journeys import SILENCE
from decroche.understand.loss_inputs import LOSS_KEYS, PRICE_KEYS
from decroche.understand.missed import SHORT_ABANDON_S

#: A call answered after this many seconds counts for the service level (≤).
ANSWER_WITHIN_S = 20.0

#: What an audit may suppose and save.
SUPPOSED = ("zone", "country", "hours", "mapping")

Place = tuple[str | None, str | None]
Week = Dictionary[int, tuple[Interval, ...]]


class BadSettings(ValueError):
    """A settings file that cannot be used: ``word`` names the sentence to say, ``told`` fills it."""

    def __init__(self, word: str, **told: str) -> None:
        super().__init__(f"{word}: {told}")
        self.word = word
        self.told = told


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """Everything an audit can be told. None and empty mean "not told": the audit then infers, and says so.

    ``country`` is ISO with an optional subdivision (``FR``, ``FR-57``, ``CA-QC``). ``hours`` has weeks by (site,
    department), None for any. ``inputs`` names the kind of files that the settings were saved for. ``supposed`` are
    the words of SUPPOSED whose values an audit inferred and nobody has confirmed.
    """

    business: str | None = None
    zone: str | None = None
    country: str | None = None
    answer_within_s: float | None = None
    short_abandon_s: float | None = None
    hours: Dictionary[Place, Week] = field(default_factory=dict)
    exceptions: Dictionary[date, tuple[Interval, ...]] = field(default_factory=dict)
    holidays_added: Dictionary[date, str] = field(default_factory=dict)
    holidays_removed: tuple[date, ...] = ()
    construction_holiday: bool | None = None
    loss: Dictionary[str, object] = field(default_factory=dict)
    mapping: Mapping | None = None
    inputs: str | None = None
    supposed: tuple[str, ...] = ()

    @property
    def answer_within(self) -> float:
        """A call answered after this many seconds counts for the service level (≤)."""
        return ANSWER_WITHIN_S if self.answer_within_s is None else self.answer_within_s

    @property
    def short_abandon(self) -> float:
        """A caller who leaves before this many seconds is a short abandon."""
        return SHORT_ABANDON_S if self.short_abandon_s is None else self.short_abandon_s

    @property
    def journey_days(self) -> int:
        """Days of silence that end a journey."""
        return SILENCE.days


_SECTIONS = ("audit", "hours", "holidays", "loss", "mapping")
_HOLIDAY_KEYS = ("construction_holiday", "removed", "added")
_AUDIT_KEYS = ("business", "zone", "country", "answer_within", "short_abandon", "inputs", "supposed", "supposed_check")


def read_settings(path: Path) -> AuditSettings:
    """The settings in ``path``. Raises BadSettings or MappingError with what is wrong, OSError if unreadable."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings("settings_not_toml", file=path.name, problem=str(error)) from error
    _known(document, _SECTIONS, "")
    audit, hours, holidays, loss = (_table(document, name) for name in ("audit", "hours", "holidays", "loss"))
    _known(audit, _AUDIT_KEYS, "audit.")
    _known(holidays, _HOLIDAY_KEYS, "holidays.")
    _known(loss, LOSS_KEYS, "loss.")
    departments = _table(loss, "departments")
    for name in departments:
        _known(_table(departments, name), PRICE_KEYS, f"loss.departments.{name}.")
    mapping = _table(document, "mapping") if "mapping" in document else None
    settings = AuditSettings(
        business=_string(audit, "business"),
        zone=_string(audit, "zone"),
        country=_string(audit, "country"),
        answer_within_s=_seconds(audit, "answer_within", ANSWER_WITHIN_S),
        short_abandon_s=_seconds(audit, "short_abandon", SHORT_ABANDON_S),
        hours=_hours(hours),
        exceptions={_day(key): _intervals(key, text) for key, text in _table(hours, "exceptions").items()},
        holidays_added={_day(key): str(name) for key, name in _table(holidays, "added").items()},
        holidays_removed=tuple(_day(key) for key in _list(holidays, "removed")),
        construction_holiday=_switch(holidays, "construction_holiday"),
        loss=dict(loss),
        mapping=parsed(tomlkit.dumps(mapping)) if mapping is not None else None,
        inputs=_string(audit, "inputs"),
    )
    listed = dict.fromkeys(map(str, _list(audit, "supposed")))
    _known(listed, SUPPOSED, "audit.supposed ")
    check = _table(audit, "supposed_check")
    unchanged = (word for word in listed if check.get(word) in {None, _mark(settings, word)})
    return dataclasses.replace(settings, supposed=tuple(unchanged))


def opening_hours(settings: AuditSettings, holidays: Dictionary[date, str]) -> dict[Place, OpeningHours]:
    """The calendars of every place that has hours of its own, with the holidays of the business."""
    return {
        place: OpeningHours(week=week, holidays=holidays, exceptions=settings.exceptions)
        for place, week in settings.hours.items()
    }


def written(settings: AuditSettings) -> str:
    """``settings`` as a TOML text, commented where people need to know more; ``read_settings`` reads it back."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Réglages de l’audit : corrigez ce qui est faux, puis relancez decroche audit."))
    document.add(tomlkit.comment("Settings of the audit: correct what is wrong, then run decroche audit again."))
    audit = tomlkit.table()
    told: dict[str, Any] = {
        "business": settings.business,
        "zone": settings.zone,
        "country": settings.country,
        "answer_within": _whole(settings.answer_within_s),
        "short_abandon": _whole(settings.short_abandon_s),
        "inputs": settings.inputs,
    }
    for key, value in told.items():
        if value is not None:
            audit.add(key, value)
    if settings.supposed:
        audit.add(tomlkit.comment("Supposé, à confirmer : corrigez la valeur, ou retirez le mot si elle est juste."))
        audit.add(
            tomlkit.comment("Supposed, to be confirmed: correct the value, or take the word away if it is right.")
        )
        audit.add("supposed", list(settings.supposed))
        marks = tomlkit.inline_table()
        marks.update({word: _mark(settings, word) for word in settings.supposed})
        audit.add("supposed_check", marks)
    document.add("audit", audit)
    if settings.hours or settings.exceptions:
        document.add("hours", _hours_table(settings))
    if settings.holidays_added or settings.holidays_removed or settings.construction_holiday is not None:
        holidays = tomlkit.table()
        if settings.construction_holiday is not None:
            holidays.add("construction_holiday", settings.construction_holiday)
        if settings.holidays_removed:
            holidays.add("removed", [day.isoformat() for day in settings.holidays_removed])
        if settings.holidays_added:
            holidays.add("added", {day.isoformat(): name for day, name in settings.holidays_added.items()})
        document.add("holidays", holidays)
    if settings.loss:
        document.add("loss", tomlkit.item(dict(settings.loss)))
    if settings.mapping is not None:
        document.add("mapping", tomlkit.item(tomlkit.parse(written_mapping(settings.mapping))))
    return tomlkit.dumps(document)


def merged(flags: AuditSettings, file: AuditSettings) -> AuditSettings:
    """``file`` with everything that the flags say on top: one week or one price replaces that one only.

    What a flag says is supposed no more.
    """
    default = AuditSettings()
    both = {name: {**getattr(file, name), **getattr(flags, name)} for name in ("hours", "loss")}
    told = {
        f.name: getattr(flags, f.name)
        for f in dataclasses.fields(AuditSettings)
        if getattr(flags, f.name) != getattr(default, f.name)
    }
    supposed = tuple(word for word in file.supposed if not _value(flags, word))
    return dataclasses.replace(file, **{**told, **both, "supposed": supposed})


def _value(settings: AuditSettings, word: str) -> str:
    """What the settings say of a word of SUPPOSED, as a text; empty where they say nothing."""
    if word == "hours":
        return format_week(settings.hours.get((None, None), {}))
    if word == "mapping":
        mapping = settings.mapping
        return json.dumps(tomllib.loads(written_mapping(mapping)), sort_keys=True) if mapping is not None else ""
    return (settings.zone if word == "zone" else settings.country) or ""


def _mark(settings: AuditSettings, word: str) -> str:
    """A few characters that change when a person corrects the value of a word of SUPPOSED."""
    return f"{zlib.crc32(_value(settings, word).encode()):08x}"


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and float(value).is_integer() else value


def _seconds(table: Dictionary[str, Any], key: str, default: float) -> float | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadSettings("setting_wrong", key=f"audit.{key}", example=f"{key} = {default:g}")
    return float(value)


def _string(table: Dictionary[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise BadSettings("setting_wrong", key=key, example=f'{key} = "…"')
    return value


def _switch(table: Dictionary[str, Any], key: str) -> bool | None:
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise BadSettings("setting_wrong", key=key, example=f"{key} = true")
    return value


def _table(document: Dictionary[str, Any], key: str) -> Dictionary[str, Any]:
    value = document.get(key, {})
    if not isinstance(value, dict):
        raise BadSettings("setting_wrong", key=key, example=f"[{key}]")
    return value


def _list(document: Dictionary[str, Any], key: str) -> list[Any]:
    value = document.get(key, [])
    if not isinstance(value, list):
        raise BadSettings("setting_wrong", key=key, example=f"{key} = […]")
    return value


def _known(table: Dictionary[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise BadSettings("setting_unknown", key=f"{where}{key}", known=", ".join(known))


def _hours(table: Dictionary[str, Any]) -> dict[Place, Week]:
    places: dict[Place, Week] = {}
    if "all" in table:
        places[None, None] = _week("all", table["all"])
    for site, text in _table(table, "sites").items():
        places[site, None] = _week(f"sites.{site}", text)
    for department, text in _table(table, "departments").items():
        places[None, department] = _week(f"departments.{department}", text)
    for place in _list(table, "places"):
        if not isinstance(place, dict):
            raise BadSettings("setting_wrong", key="hours.places", example="[[hours.places]]")
        places[place.get("site"), place.get("department")] = _week("places", place.get("week", ""))
    _known(table, ("all", "sites", "departments", "places", "exceptions"), "hours.")
    return places


def _hours_table(settings: AuditSettings) -> Any:
    table = tomlkit.table()
    sites: dict[str, str] = {}
    departments: dict[str, str] = {}
    places = []
    for (site, department), week in settings.hours.items():
        text = format_week(week)
        if site is None and department is None:
            table.add("all", text)
        elif department is None:
            sites[str(site)] = text
        elif site is None:
            departments[department] = text
        else:
            places.append({"site": site, "department": department, "week": text})
    for name, value in (("sites", sites), ("departments", departments), ("places", places)):
        if value:
            table.add(name, value)
    if settings.exceptions:
        closed = "closed"
        table.add(
            "exceptions",
            {
                day.isoformat(): " ".join(f"{_clock(a)}-{_clock(b)}" for a, b in intervals) or closed
                for day, intervals in settings.exceptions.items()
            },
        )
    return table


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _week(key: str, text: object) -> Week:
    try:
        return parse_week(str(text))
    except HoursUnreadable as error:
        raise BadSettings("hours_unreadable", key=f"hours.{key}", part=error.part) from error


def _intervals(key: str, text: object) -> tuple[Interval, ...]:
    try:
        return () if str(text).strip().lower() in {"closed", "fermé"} else parse_intervals(str(text))
    except HoursUnreadable as error:
        raise BadSettings("hours_unreadable", key=f"hours.exceptions.{key}", part=error.part) from error


def _day(text: object) -> date:
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise BadSettings("not_a_date", text=str(text)) from error
