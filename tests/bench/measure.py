"""Timing: measurements, and the sections of a bench with the floor that each is held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Measurement:
    """Seconds of the repetitions of one thing, and how many rows it handled.

    :param is_ours: whether this package does it; peers are measured only for comparison.
    """

    name: str
    seconds: tuple[float, ...]
    rows: int
    is_ours: bool = True

    @property
    def best(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def spread(self) -> float:
        """How noisy the machine was: the worst repetition over the best."""
        return max(self.seconds) / self.best


@dataclass(frozen=True)
class Section:
    """One part of the bench.

    :param floor: ``COPY`` and ``LOAD DATA`` by hand, measured just before.
    """

    name: str
    title: str
    floor: Measurement
    measurements: list[Measurement]

    def ratio(self, measurement: Measurement) -> float:
        """How many times the floor a measurement took."""
        return measurement.best / self.floor.best

    @property
    def text(self) -> str:
        """Best, median, noise and times the floor of each measurement, as a table."""
        lines = [self.title, f"{'':34} {'rows':>9} {'best s':>8} {'median s':>9} {'noise':>6} {'x floor':>8}"]
        lines += [
            f"{m.name:34} {m.rows:9,} {m.best:8.3f} {m.median:9.3f} {m.spread:6.2f} {self.ratio(m):8.2f}"
            for m in (self.floor, *self.measurements)
        ]
        return "\n".join(lines)

    @property
    def faults(self) -> list[str]:
        """Broken promises, independent of the baseline."""
        return []


def best_of(
    name: str, action: Callable[[], int], times: int, before: Callable[[], None] | None = None, is_ours: bool = True
) -> Measurement:
    """Time ``action``, which returns a number of rows, after an untimed ``before``."""
    seconds = []
    for _ in range(times):
        if before:
            before()
        began = perf_counter()
        rows = action()
        seconds.append(perf_counter() - began)
    return Measurement(name, tuple(seconds), rows, is_ours)
