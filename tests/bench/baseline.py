"""The recorded baseline: each figure as a multiple of the floor of its own run."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.measure import Section

PATH = Path(__file__).with_name("baseline.json")
ALLOWED = 1.25


def ratios(sections: list[Section]) -> dict[str, float]:
    """Times the floor, by figure; peers are left out."""
    return {
        f"{section.name}: {measurement.name}": round(section.ratio(measurement), 3)
        for section in sections
        for measurement in section.measurements
        if measurement.is_ours
    }


def regressions(sections: list[Section], recorded: dict[str, float]) -> list[str]:
    """The figures that exceed ALLOWED times their recorded ratio; figures without a record are not compared.

    Noise alone reports nothing: a figure counts with its best repetition, the floor with a middling one.
    """
    found = []
    for section in sections:
        noise_of_floor = section.floor.median / section.floor.best
        for figure, ratio in ratios([section]).items():
            if figure in recorded and ratio / noise_of_floor > ALLOWED * recorded[figure]:
                found.append(
                    f"{figure}: {ratio:.2f} x the floor, recorded {recorded[figure]:.2f} "
                    f"({100 * (ratio / recorded[figure] - 1):+.0f} %)"
                )
    return found


def read(sources: str) -> dict[str, float]:
    """The baseline recorded on these sources; empty where there is none.

    :param sources: which rows were measured: other sources take other times.
    """
    return json.loads(PATH.read_text()).get(sources, {}) if PATH.exists() else {}


def record(sections: list[Section], sources: str) -> None:
    """Keep the ratios of these sections as the baseline on ``sources``."""
    recorded = json.loads(PATH.read_text()) if PATH.exists() else {}
    recorded[sources] = ratios(sections)
    PATH.write_text(json.dumps(recorded, indent=2, sort_keys=True) + "\n")
