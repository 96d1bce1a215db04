"""The plot of a bench: the loads against the floor, the tables by engine time, the dashboards by p95."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.dashboard_times import LIMIT, DashboardSection, percentile
from tests.bench.measure import Section

matplotlib.rcParams["svg.hashsalt"] = "bench"  # the same figures give the same file
matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text
ROW = 0.22  # inches
BEHIND = dict(height=0.8, color="#b9cfe6")
BEFORE = dict(height=0.4, color="#1f5c99")


def draw(sections: list[Section], path: Path) -> None:
    """Draw the sections into an SVG file."""
    by_name = {section.name: section for section in sections}
    loads, dashboards = [by_name["rebuild"], by_name["hourly"]], [by_name["dashboards-10x"], by_name["dashboards"]]
    tables = [m.name for m in loads[0].measurements if not m.name.startswith("all tables")]
    heights = [len(by_name["move"].measurements) + 4, len(tables) + 4, len(tables) + 4]
    figure = Figure(figsize=(10, ROW * sum(heights)), layout="constrained")
    top, middle, bottom = figure.subplots(3, height_ratios=heights)
    moved(top, by_name["move"])
    for section, look in zip(loads, (BEHIND, BEFORE), strict=True):
        seconds = {m.name: m.best for m in section.measurements}
        middle.barh(tables, [seconds[table] for table in tables], label=section.name, **look)
    finish(middle, "Engine time per table", "seconds")
    for section, look in zip(dashboards, (BEHIND, BEFORE), strict=True):
        bottom.barh(tables, [1000 * p95(section, table) for table in tables], label=section.name, **look)
    bottom.axvline(1000 * LIMIT, color="black", linewidth=1, label="limit")
    finish(bottom, "Dashboard queries: 95th percentile", "milliseconds")
    figure.savefig(path, metadata={"Date": None})


def moved(axes: Axes, section: Section) -> None:
    """Bars of each way to move rows, and a line at the floor."""
    names = [m.name for m in section.measurements]
    axes.barh(names, [m.best for m in section.measurements], **BEFORE)
    axes.axvline(section.floor.best, color="black", linewidth=1, label=section.floor.name)
    finish(axes, section.title, "seconds")


def finish(axes: Axes, title: str, unit: str) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel(unit, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False)


def p95(section: DashboardSection, table: str) -> float:
    return percentile([seconds for answer in section.answers[table] for seconds in answer.times], 95)
