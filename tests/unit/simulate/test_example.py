from __future__ import annotations

from datetime import date
from pathlib import Path

from decroche.simulate.calls import simulate
from decroche.simulate.export import write_csv
from decroche.simulate.presets import garage_lyon

EXAMPLE = Path(__file__).parents[3] / "examples" / "garage.csv"


def test_the_example_is_what_its_readme_says(tmp_path: Path) -> None:
    write_csv(simulate(garage_lyon(), seed=69, days=90, start=date(2026, 3, 2)), tmp_path / "garage.csv")
    assert (tmp_path / "garage.csv").read_bytes() == EXAMPLE.read_bytes()
