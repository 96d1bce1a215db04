"""Timing, and the table that a bench prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Measurement:
    """Seconds of the repetitions of one thing, and how many rows it handled."""

    name: str
    seconds: tuple[float, ...]
    rows: int

    @property
    def best(self) -> float:
        return min(self.seconds)

    @property
    def spread(self) -> float:
        """How noisy the machine was: the worst repetition over the best."""
        return max(self.seconds) / self.best


def best_of(name: str, action: Callable[[], int], times: int, before: Callable[[], None] | None = None) -> Measurement:
    """Time ``action``, which returns a number of rows, after an untimed ``before``."""
    seconds = []
    for _ in range(times):
        if before:
            before()
        began = perf_counter()
        rows = action()
        seconds.append(perf_counter() - began)
    return Measurement(name, tuple(seconds), rows)


def print_table(title: str, measurements: list[Measurement], floor: str | None = None) -> None:
    """Print best, median, noise and, where a floor is named, how many times the floor each one took."""
    lowest = next((m.best for m in measurements if m.name == floor), None)
    print(f"\n{title}")
    print(f"{'':42} {'rows':>9} {'best s':>8} {'median s':>9} {'noise':>6}" + (f" {'x floor':>8}" if lowest else ""))
    for m in measurements:
        ratio = f" {m.best / lowest:8.2f}" if lowest else ""
        print(f"{m.name:42} {m.rows:9,} {m.best:8.3f} {median(m.seconds):9.3f} {m.spread:6.2f}{ratio}")
