"""``decroche calculate``: the formulas of brochures worked out, with the right figure beside each."""

from __future__ import annotations

from typing import Annotated

import typer

from decroche.cli.calculating_sayings import CALCULATING_SAYINGS
from decroche.cli.connecting import Lang
from decroche.cli.speaker import Speaker
from decroche.prove.calculator_formulas import CALCULATORS
from decroche.prove.calculator_words import Shown, bar_name, label, lead, said, title, written
from decroche.prove.calculators import Answer, BadInput, Calculator, LineKind, answer


def calculate(
    name: Annotated[str, typer.Argument(help="Which calculator; none: the list of them.")] = "",
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Your figures; else the brochure's example.")
    ] = None,
    lang: Lang = "fr",
) -> None:
    """Work out a formula of the brochures: their figure, the right one beside it, and why they differ."""
    speaker = Speaker(lang, CALCULATING_SAYINGS)
    if not name:
        for each in CALCULATORS.values():
            print(f"  {each.name:<12}  {title(each, speaker.language)}")
        speaker.say("calculate_how")
        return
    found = CALCULATORS.get(name)
    if found is None:
        speaker.fail("no_calculator", name=name, known=", ".join(CALCULATORS))
    typed = _typed(speaker, found, values or [])
    try:
        worked_out = answer(found, typed)
    except BadInput as error:
        problem = speaker.language.say(f"calculator.wrong.{error.word}")
        speaker.stop(f"{error.key} ({label(found, error.key, speaker.language)}) : {problem}")
    if worked_out.missing:
        speaker.stop(speaker.language.say("calculator.missing", names=", ".join(worked_out.missing)))
    _print(speaker, found, typed, worked_out)


def _typed(speaker: Speaker, found: Calculator, values: list[str]) -> dict[str, str]:
    """What was typed; where nothing was, the example of the brochure."""
    known = {field.key for field in found.fields}
    typed = found.example()
    for text in values:
        key, equals, value = text.partition("=")
        if not equals or key not in known:
            speaker.fail("bad_value", text=text, known=", ".join(sorted(known)))
        typed[key] = value
    return typed


def _print(speaker: Speaker, found: Calculator, typed: dict[str, str], worked_out: Answer) -> None:
    language = speaker.language
    words = said(found, worked_out, language)
    print(title(found, language))
    print(lead(found, language))
    print()
    for field in found.fields:
        if typed[field.key]:
            print(f"  {field.key}={typed[field.key]}  {label(found, field.key, language)}")
    for heading, lines in (("calculator.naive", words.naive), ("calculator.right", words.right)):
        print()
        print(language.say(heading))
        _lines(lines)
    if words.ask:
        print()
        print(words.ask)
    if worked_out.bars:
        print()
        print(language.say("calculator.picture"))
        for bar in worked_out.bars:
            ends = (written(end, LineKind.PERCENT, "", language) for end in (bar.worse, bar.better))
            print(f"  {bar_name(found, bar.key, language):<24}  " + "  …  ".join(ends))
    print()
    print(words.why)
    if words.claims:
        print()
        print(language.say("calculator.claims"))
        for claim in words.claims:
            print(f"  {claim.stars} {claim.wording(language.code)}")
        print(language.say("calculator.claims.how"))


def _lines(lines: tuple[Shown, ...]) -> None:
    wide = max((len(line.name) for line in lines), default=0)
    for line in lines:
        interval = f" ({line.interval}, n = {line.n})" if line.interval else ""
        how = f"  [{line.how}]" if line.how else ""
        print(f"  {line.name:<{wide}}  {line.value}{interval}{how}")
