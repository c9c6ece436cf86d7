"""``decroche demo``: simulates two businesses, audits them, then shows one of them live."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from decroche.cli.audit import Lang, audit_files
from decroche.cli.simulate import Preset, world_of
from decroche.cli.speaker import Speaker
from decroche.settings import AuditSettings
from decroche.simulate.calls import simulate as simulated_calls
from decroche.simulate.export import write_csv

_DAYS = 90
_START = date(2026, 3, 2)
_SEED = 7
_NAMES = {
    Preset.GARAGE: ("Garage des Alpes, Lyon", "FR"),
    Preset.DEALERSHIP: ("Groupe Boréal, Québec", "CA-QC"),
    Preset.CONTACT_CENTRE: ("Contact centre", "FR"),
}
#: How much faster than life, so that something happens every few seconds.
_SPEEDS = {Preset.GARAGE: 20.0, Preset.DEALERSHIP: 2.0, Preset.CONTACT_CENTRE: 1.0}

#: Days before the live ones: nine weeks, but of a business with so many calls only as many as a start may wait for.
_PAST_DAYS = {Preset.GARAGE: 63, Preset.DEALERSHIP: 10, Preset.CONTACT_CENTRE: 2}


def demo(
    out: Annotated[Path, typer.Option(help="Folder that receives the reports.")] = Path("demo-reports"),
    lang: Lang = "fr",
    live: Annotated[Preset | None, typer.Option(help="The business that is shown live; else the garage.")] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.1, max=1000, help="How much faster than life the live calls come.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the live page; if taken, another.")] = 8350,
    serve: Annotated[bool, typer.Option(help="Show live calls once the reports are made.")] = True,
) -> None:
    """Simulate a garage in Lyon and a dealership in Québec, audit both, then show live calls until Ctrl-C."""
    speaker = Speaker(lang)
    seconds = _seconds(speaker)
    quebec = Speaker("fr-CA" if lang == "fr" else lang)
    _audit_both(out, speaker, quebec)
    if not serve:
        print()
        speaker.say("next_step", command=".venv/bin/decroche audit examples/garage.csv")
        return
    # The audit needs no web server: it is read when it is wanted.
    from decroche.cli.live_demo import Shown, show_live

    preset = live or (Preset.DEALERSHIP if lang == "fr-CA" else Preset.GARAGE)
    name, country = _NAMES[preset]
    shown = Shown(
        name=name, country=country, world=world_of(preset), speed=speed or _SPEEDS[preset],
        past_days=_PAST_DAYS[preset],
    )  # fmt: skip
    print()
    show_live(shown, port=port, seconds=seconds, speaker=speaker)


def _audit_both(out: Path, speaker: Speaker, quebec: Speaker) -> None:
    speaker.say("simulated")
    businesses = (
        (Preset.GARAGE, speaker, {"margin": "120-350", "conversion": "30-50%"}),
        (Preset.DEALERSHIP, quebec, {"margin": "150-600", "conversion": "20-35%"}),
    )
    for preset, voice, money in businesses:
        name, country = _NAMES[preset]
        folder = out / preset.value
        folder.mkdir(parents=True, exist_ok=True)
        print()
        voice.say("demo_business", name=name, days=_DAYS)
        made = simulated_calls(world_of(preset), seed=_SEED, days=_DAYS, start=_START)
        export = folder / f"{preset.value}-simulated.csv"
        write_csv(made, export)
        label = f"{name} (simulé)" if voice.language.code != "en" else f"{name} (simulated)"
        loss = {**money, "currency": "CAD" if country.startswith("CA") else "EUR"}
        flags = AuditSettings(business=label, zone=made.world.zone, country=country, loss=loss)
        audit_files([export], out=folder, flags=flags, settings=None, speaker=voice)


def _seconds(speaker: Speaker) -> float:
    """After how many seconds of serving the demonstration ends by itself; 0 for never."""
    text = os.environ.get("DEMO_SECONDS", "").strip()
    if not text:
        return 0
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 < seconds < 1e6:
        speaker.fail("demo_seconds_unreadable", text=text)
    return seconds
