"""``decroche demo``: simulates two businesses, audits them, and says where the reports are."""

from __future__ import annotations

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


def demo(
    out: Annotated[Path, typer.Option(help="Folder that receives the reports.")] = Path("demo-reports"),
    lang: Lang = "fr",
) -> None:
    """Simulate 90 days of a garage in Lyon and of a dealership in Québec, and audit both."""
    speaker = Speaker(lang)
    speaker.say("simulated")
    quebec = Speaker("fr-CA" if lang == "fr" else lang)
    businesses = (
        (Preset.GARAGE, "Garage des Alpes, Lyon", speaker, "FR", {"margin": "120-350", "conversion": "30-50%"}),
        (Preset.DEALERSHIP, "Groupe Boréal, Québec", quebec, "CA-QC", {"margin": "150-600", "conversion": "20-35%"}),
    )
    for preset, name, voice, country, money in businesses:
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
    print()
    speaker.say("next_step", command=".venv/bin/decroche audit examples/garage.csv")
