"""``decroche simulate``: writes the export of an invented business, and the truth behind it."""

from __future__ import annotations

import os
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from decroche.simulate.calls import simulate as simulated_calls
from decroche.simulate.dealership import dealership_quebec
from decroche.simulate.export import bulk_csv, write_csv, write_truth
from decroche.simulate.presets import contact_centre, garage_lyon
from decroche.simulate.world import World


class Preset(StrEnum):
    """The invented businesses."""

    GARAGE = "garage"
    DEALERSHIP = "dealership"
    CONTACT_CENTRE = "contact-centre"


def world_of(preset: Preset) -> World:
    """The world of a preset."""
    return {
        Preset.GARAGE: garage_lyon,
        Preset.DEALERSHIP: dealership_quebec,
        Preset.CONTACT_CENTRE: contact_centre,
    }[preset]()


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(2)


def _first_day(written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        _refuse(f"--start: {written} is not a day. Write it as 2026-03-02.")
    if not 1990 <= day.year <= 2100:
        _refuse(f"--start: {written} is not between 1990 and 2100.")
    return day


def simulate(
    path: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The export to write.")],
    preset: Annotated[Preset, typer.Option(help="Which invented business.")] = Preset.GARAGE,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days.")] = 90,
    start: Annotated[str, typer.Option(help="First day, such as 2026-03-02.")] = "2026-03-02",
    seed: Annotated[int, typer.Option(help="Same seed, same calls.")] = 1,
    truth: Annotated[Path | None, typer.Option(help="Also write why each call was really missed.")] = None,
    bulk: Annotated[int, typer.Option(min=0, help="Instead: so many calls of a large contact centre.")] = 0,
) -> None:
    """Simulate a business and write the export of its phone system. Nothing in it is real."""
    first = _first_day(start)
    if bulk and truth is not None:
        _refuse(
            "--bulk writes no truth: leave one of the two options out, or take --preset contact-centre with --truth."
        )
    written = path
    try:
        if bulk:
            bulk_csv(path, calls=bulk, seed=seed, start=first)
            return
        made = simulated_calls(world_of(preset), seed=seed, days=days, start=first)
        write_csv(made, path)
        if truth is not None:
            written = truth
            write_truth(made, truth)
    except OSError as error:
        problem = os.strerror(error.errno) if error.errno else str(error)
        _refuse(f"Cannot write to {written}: {problem}.")
