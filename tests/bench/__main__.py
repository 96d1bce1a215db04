"""make bench: figures side by side with the floor, the peers and the baseline. Noise is part of the answer.

python -m tests.bench                 measure all times
python -m tests.bench SECTION ...     measure these sections; proofs, which take long, run by name alone
python -m tests.bench latency=60      one section with another amount: seconds, rows or events
python -m tests.bench chaos="20000 10 1 1 1"    or with several: events, kills, restarts of MySQL and PostgreSQL, copies
python -m tests.bench --record        measure all times, and keep them as the baseline and in docs/benchmarks

Exits with 1 if a figure has regressed by more than a quarter against the baseline, or breaks a promise.
"""

from __future__ import annotations

import argparse
import logging
import sys
from functools import partial

import structlog

from dev.stack import Stack
from dev.stack.downloads import ROOT
from dev.stack.environment import own_servers, user_settings
from tests.bench import (
    audit_chaos,
    audit_drain,
    audit_handover,
    audit_latency,
    audit_logs,
    audit_tamper,
    baseline,
    capture_cost,
    concurrent_reads,
    dashboard_times,
    engine_times,
    history,
    memory,
    move_rows,
    pages,
)
from tests.support.servers import set_up_platform, use

# Times, each held against the floor and the baseline.
SECTIONS = {
    "move": move_rows.run,
    "hourly": partial(engine_times.run, rebuild=False),
    "rebuild": partial(engine_times.run, rebuild=True),
    "history": history.run,
    "dashboards": partial(dashboard_times.run, times=1),
    "dashboards-10x": partial(dashboard_times.run, times=10),
}
# Promises: each prints its figures and returns those that break it.
PROOFS = {
    "reads": concurrent_reads.run,
    "memory": memory.run,
    "capture": capture_cost.run,
    "latency": audit_latency.run,
    "drain": audit_drain.run,
    "logs": audit_logs.run,
    "handover": audit_handover.run,
    "chaos": audit_chaos.run,
    "tamper": audit_tamper.run,
}


def main() -> int:
    """Measure; returns the exit code."""
    known = [*SECTIONS, *PROOFS]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, and compare with the baseline")
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(known)}; without any, all times")
    parser.add_argument("--record", action="store_true", help="keep all times as the new baseline")
    options = parser.parse_args()
    amounts = dict(section.partition("=")[::2] for section in options.sections or SECTIONS)
    if unknown := set(amounts) - set(known):
        parser.error(f"there is no section {', '.join(sorted(unknown))}; the sections are {', '.join(known)}")
    if options.record and options.sections:
        parser.error("--record measures all times: name no section")

    stack = Stack()
    stack.up(only=["mysql", "postgres"])
    # Messages of tasks and warnings of checks would hide the figures.
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    use(stack.env)
    set_up_platform()
    sources = "sources of .env" if "postgres" in own_servers(user_settings(ROOT / ".env")) else "sample data"

    sections, faults = [], []
    for name, amount in amounts.items():
        if name in PROOFS:
            faults += PROOFS[name](*map(int, amount.split()))
            continue
        section = SECTIONS[name](name=name, floor=move_rows.floor())
        print(f"\n{section.text}", flush=True)
        sections.append(section)
        faults += section.faults
    if options.record:
        baseline.record(sections, sources)
        pages.write(sections, sources)
    else:
        faults += baseline.regressions(sections, baseline.read(sources))
    print("\nRegressed, or not as promised:\n  " + "\n  ".join(faults) if faults else "\nEvery figure is as promised.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
