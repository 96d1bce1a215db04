"""The plot of a bench: the loads against the floor, the tables by engine time, the dashboards by p95."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.dashboard_times import LIMIT, DashboardSection, percentile
from tests.bench.measure import Section

matplotlib.rcParams["svg.hashsalt"] = "bench"  # the same figures give the same file
ROW = 0.22  # inches


def draw(sections: list[Section], path: Path) -> None:
    """Draw the sections into an SVG file."""
    by_name = {section.name: section for section in sections}
    loads, dashboards = [by_name["rebuild"], by_name["hourly"]], [by_name["dashboards-10x"], by_name["dashboards"]]
    tables = [m.name for m in loads[0].measurements if not m.name.startswith("all tables")]
    heights = [len(by_name["move"].measurements) + 4, len(tables) + 4, len(tables) + 4]
    figure = Figure(figsize=(10, ROW * sum(heights)), layout="constrained")
    top, middle, bottom = figure.subplots(3, height_ratios=heights)
    moved(top, by_name["move"])
    for section in loads:
        seconds = {m.name: m.best for m in section.measurements}
        bars(middle, tables, [seconds[table] for table in tables], section.title)
    finish(middle, "Engine time per table", "seconds")
    for section in dashboards:
        bars(bottom, tables, [1000 * p95(section, table) for table in tables], section.title)
    bottom.axvline(1000 * LIMIT, color="black", linewidth=1)
    finish(bottom, "Dashboard queries: 95th percentile per table", "milliseconds")
    figure.savefig(path, metadata={"Date": None})


def moved(axes: Axes, section: Section) -> None:
    """Bars of each way to move rows, and a line at the floor."""
    names = [m.name for m in section.measurements]
    bars(axes, names, [m.best for m in section.measurements], "best")
    axes.axvline(section.floor.best, color="black", linewidth=1, label=section.floor.name)
    finish(axes, section.title, "seconds")


def bars(axes: Axes, names: list[str], values: list[float], label: str) -> None:
    axes.barh(names, values, label=label, height=0.7)


def finish(axes: Axes, title: str, unit: str) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel(unit, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.legend(fontsize=7, loc="lower right")


def p95(section: DashboardSection, table: str) -> float:
    return percentile([seconds for answer in section.answers[table] for seconds in answer.times], 95)
