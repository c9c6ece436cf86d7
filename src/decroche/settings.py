"""What a business tells an audit about itself, in one file that people can edit: ``audit.toml``."""

from __future__ import annotations

import dataclasses
import tomllib
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
from decroche.understand.missed import SHORT_ABANDON_S

#: A call answered after this many seconds counts for the service level (≤).
ANSWER_WITHIN_S = 20.0

Place = tuple[str | None, str | None]
Week = Dictionary[int, tuple[Interval, ...]]


class BadSettings(ValueError):
    """A settings file that cannot be used; the message names the key and says what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """Everything an audit can be told. None and empty mean "not told": the audit then infers, and says so.

    ``country`` is ISO with an optional subdivision (``FR``, ``FR-57``, ``CA-QC``). ``hours`` has weeks by (site,
    department), None for any. ``inputs`` names the kind of files that the settings were saved for.
    """

    business: str | None = None
    zone: str | None = None
    country: str | None = None
    answer_within_s: float = ANSWER_WITHIN_S
    short_abandon_s: float = SHORT_ABANDON_S
    hours: Dictionary[Place, Week] = field(default_factory=dict)
    exceptions: Dictionary[date, tuple[Interval, ...]] = field(default_factory=dict)
    holidays_added: Dictionary[date, str] = field(default_factory=dict)
    holidays_removed: tuple[date, ...] = ()
    construction_holiday: bool = False
    loss: Dictionary[str, object] = field(default_factory=dict)
    mapping: Mapping | None = None
    inputs: str | None = None

    @property
    def journey_days(self) -> int:
        """Days of silence that end a journey."""
        return SILENCE.days


_AUDIT_KEYS = ("business", "zone", "country", "answer_within", "short_abandon", "inputs")


def read_settings(path: Path) -> AuditSettings:
    """The settings in ``path``. Raises BadSettings or MappingError with a sentence that helps, OSError if unreadable."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path.name}: {error}") from error
    unknown = document.keys() - {"audit", "hours", "holidays", "loss", "mapping"}
    if unknown:
        raise BadSettings(f"{path.name}: unknown section [{sorted(unknown)[0]}]")
    audit = document.get("audit", {})
    for key in audit:
        if key not in _AUDIT_KEYS:
            raise BadSettings(f"{path.name}: unknown key audit.{key} (known: {', '.join(_AUDIT_KEYS)})")
    hours = dict(document.get("hours", {}))
    holidays = document.get("holidays", {})
    mapping = document.get("mapping")
    return AuditSettings(
        business=audit.get("business"),
        zone=audit.get("zone"),
        country=audit.get("country"),
        answer_within_s=_seconds(audit, "answer_within", ANSWER_WITHIN_S),
        short_abandon_s=_seconds(audit, "short_abandon", SHORT_ABANDON_S),
        hours=_hours(hours),
        exceptions={_day(key): _intervals(key, text) for key, text in hours.get("exceptions", {}).items()},
        holidays_added={_day(key): str(name) for key, name in holidays.get("added", {}).items()},
        holidays_removed=tuple(_day(key) for key in holidays.get("removed", [])),
        construction_holiday=bool(holidays.get("construction_holiday", False)),
        loss=dict(document.get("loss", {})),
        mapping=parsed(tomlkit.dumps(mapping)) if mapping is not None else None,
        inputs=audit.get("inputs"),
    )


def opening_hours(settings: AuditSettings, holidays: Dictionary[date, str]) -> dict[Place, OpeningHours]:
    """The calendars of every place that has hours of its own, with the holidays of the business."""
    return {
        place: OpeningHours(week=week, holidays=holidays, exceptions=settings.exceptions)
        for place, week in settings.hours.items()
    }


def written(settings: AuditSettings) -> str:
    """``settings`` as a TOML text with a comment for each part; ``read_settings`` reads it back."""
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
    document.add("audit", audit)
    if settings.hours or settings.exceptions:
        document.add("hours", _hours_table(settings))
    if settings.holidays_added or settings.holidays_removed or settings.construction_holiday:
        holidays = tomlkit.table()
        if settings.construction_holiday:
            holidays.add("construction_holiday", True)
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
    """``file`` with everything that the flags say on top."""
    default = AuditSettings()
    told = {
        f.name: getattr(flags, f.name)
        for f in dataclasses.fields(AuditSettings)
        if f.name != "loss" and getattr(flags, f.name) != getattr(default, f.name)
    }
    return dataclasses.replace(file, **told, loss={**file.loss, **flags.loss})


def _whole(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _seconds(table: Dictionary[str, Any], key: str, default: float) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadSettings(f"audit.{key} should be a number of seconds, such as {default:g}")
    return float(value)


def _hours(table: Dictionary[str, Any]) -> dict[Place, Week]:
    places: dict[Place, Week] = {}
    if "all" in table:
        places[None, None] = _week("all", table["all"])
    for site, text in table.get("sites", {}).items():
        places[site, None] = _week(f"sites.{site}", text)
    for department, text in table.get("departments", {}).items():
        places[None, department] = _week(f"departments.{department}", text)
    for place in table.get("places", []):
        places[place.get("site"), place.get("department")] = _week("places", place.get("week", ""))
    unknown = table.keys() - {"all", "sites", "departments", "places", "exceptions"}
    if unknown:
        raise BadSettings(
            f"unknown key hours.{sorted(unknown)[0]} (known: all, sites, departments, places, exceptions)"
        )
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
        raise BadSettings(
            f'hours.{key}: {error} (example: "mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00")'
        ) from error


def _intervals(key: str, text: object) -> tuple[Interval, ...]:
    try:
        return () if str(text).strip().lower() in {"closed", "fermé"} else parse_intervals(str(text))
    except HoursUnreadable as error:
        raise BadSettings(f'hours.exceptions.{key}: {error} (example: "09:00-12:00" or "closed")') from error


def _day(text: object) -> date:
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise BadSettings(f"{text} is not a date (example: 2026-12-24)") from error
