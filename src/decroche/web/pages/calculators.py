"""``/calculators``: the formulas of brochures worked out for anybody, the right figure beside each; nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import LANGUAGES, Language
from decroche.prove.calculator_formulas import CALCULATORS
from decroche.prove.calculator_words import (
    SaidAnswer,
    bar_name,
    choice,
    label,
    lead,
    said,
    title,
    unit,
    written,
)
from decroche.prove.calculators import Answer, BadInput, Calculator, FieldKind, LineKind, answer
from decroche.prove.reports.desk_charts import Swings
from decroche.web.access import Services
from decroche.web.entering import alone
from decroche.web.figure_page import pictures
from decroche.web.frame import browser_language

HERE = "/calculators"
#: Nobody types a longer figure.
_LONGEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A calculator of the list."""

    to: str
    title: str
    lead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A field of the form; ``options`` are those of a choice, (value, text)."""

    name: str
    label: str
    value: str
    needed: bool
    wrong: str | None
    options: tuple[tuple[str, str], ...]
    text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """A line of the picture's table."""

    name: str
    worse: str
    better: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the result hangs on: drawn for a desk and for a phone, in a sentence, and as a table."""

    wide: Markup
    narrow: Markup
    said: str
    rows: tuple[Swing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the list needs. ``other`` leads to the same in the other language."""

    calculators: tuple[Listed, ...]
    lang: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What the page of a calculator needs. ``example``: the figures are the brochure's; ``missing`` in words."""

    title: str
    lead: str
    action: str
    every: str
    lang: str
    other: str
    fields: tuple[Asked, ...]
    example: bool
    missing: str
    answer: SaidAnswer | None
    picture: Picture | None


def router(services: Services) -> APIRouter:
    """The routes: open to everybody, and they ask no store."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(HERE)
    def index(request: Request) -> Response:
        language = language_of(request)
        return alone(request, "calculators.html", listing(language), language=language)

    @routes.get(f"{HERE}/{{name}}")
    def show(request: Request, name: str) -> Response:
        found = CALCULATORS.get(name)
        if found is None:
            raise HTTPException(404)
        language = language_of(request)
        typed = {
            field.key: request.query_params[field.key][:_LONGEST]
            for field in found.fields
            if field.key in request.query_params
        }
        context = worked(found, typed, language)
        wrong = any(field.wrong for field in context.fields)
        return alone(request, "calculator.html", context, language=language, status=422 if wrong else 200)

    return routes


def language_of(request: Request) -> Language:
    """The language that the address asks for, else that of the browser."""
    asked = request.query_params.get("lang", "")
    return Language(asked) if asked in LANGUAGES else browser_language(request)


def listing(language: Language) -> Listing:
    """All of them."""
    return Listing(
        calculators=tuple(
            Listed(
                to=f"{HERE}/{each.name}?lang={language.code}", title=title(each, language), lead=lead(each, language)
            )
            for each in CALCULATORS.values()
        ),
        lang=language.code,
        other=f"{HERE}?lang={_other(language)}",
    )


def worked(found: Calculator, typed: dict[str, str], language: Language) -> Worked:
    """The page of a calculator; where nothing was typed, the example of the brochure is worked out."""
    example = not typed
    given = found.example() if example else {**dict.fromkeys(found.example(), ""), **typed}
    if example and language.code == "fr-CA" and given.get("currency") == "EUR":
        given["currency"] = "CAD"
    wrong: dict[str, str] = {}
    answered = None
    try:
        answered = answer(found, given)
    except BadInput as error:
        wrong[error.key] = language.say(f"calculator.wrong.{error.word}")
    missing = answered.missing if answered is not None else ()
    told = answered if answered is not None and not missing else None
    names = [label(found, key, language) for key in missing]
    return Worked(
        title=title(found, language),
        lead=lead(found, language),
        action=f"{HERE}/{found.name}",
        every=f"{HERE}?lang={language.code}",
        lang=language.code,
        other=f"{HERE}/{found.name}?lang={_other(language)}",
        fields=_fields(found, given, wrong, language),
        example=example,
        missing=language.say("calculator.missing", names=language.listing(names)) if names else "",
        answer=None if told is None else said(found, told, language),
        picture=None if told is None else _picture(found, told, language),
    )


def _fields(found: Calculator, given: dict[str, str], wrong: dict[str, str], language: Language) -> tuple[Asked, ...]:
    currency = given.get("currency", "").upper()[:3]
    fields = []
    for field in found.fields:
        behind = unit(field.kind, currency, language)
        name = label(found, field.key, language)
        choices = ("", *field.choices) if field.kind is FieldKind.CHOICE else ()
        fields.append(
            Asked(
                name=field.key,
                label=f"{name} ({behind})" if behind else name,
                value=given.get(field.key, ""),
                needed=field.needed,
                wrong=wrong.get(field.key),
                options=tuple((value, choice(found, field.key, value, language)) for value in choices),
                text=field.kind is FieldKind.CURRENCY,
            )
        )
    return tuple(fields)


def _picture(found: Calculator, told: Answer, language: Language) -> Picture | None:
    if not told.bars or told.base is None:
        return None
    rows = tuple(
        Swing(
            name=bar_name(found, bar.key, language),
            worse=written(bar.worse, LineKind.PERCENT, "", language),
            better=written(bar.better, LineKind.PERCENT, "", language),
        )
        for bar in told.bars
    )
    swings = Swings(
        names=tuple(row.name for row in rows),
        texts=tuple((row.worse, row.better) for row in rows),
        ends=tuple((bar.worse, bar.better) for bar in told.bars),
        base=told.base,
    )
    wide, narrow = pictures(swings)
    parts = language.listing([f"{row.name} : {row.worse} – {row.better}" for row in rows])
    return Picture(
        wide=wide, narrow=narrow, said=language.say("calculator.picture.description", parts=parts), rows=rows
    )


def _other(language: Language) -> str:
    return "fr" if language.code == "en" else "en"
