"""Keep changing the source databases, as applications would, until stopped.

python -m dev.traffic --dsn "host=127.0.0.1 port=5432 user=postgres" --rate 50 [--seconds 60] [--writers 4]

Works on any filled source databases, sample data or real. Ctrl-C ends it between two transactions.
"""

from __future__ import annotations

import argparse
import sys

import dev.quiet_start  # noqa: F401
from dev.stack.interrupts import end_on_signals
from dev.traffic.writing import keep_writing


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m dev.traffic", description=__doc__.partition("\n")[0])
    parser.add_argument("--dsn", required=True, help="libpq connection string without dbname")
    parser.add_argument("--rate", type=float, default=50, help="statements per second, all writers together")
    parser.add_argument("--seconds", type=float, help="stop after this time (default: run until stopped)")
    parser.add_argument("--writers", type=int, default=4, help="transactions that may run at the same time")
    options = parser.parse_args(arguments)
    end_on_signals()
    keep_writing(options.dsn, options.rate, options.seconds, options.writers)


if __name__ == "__main__":
    main(sys.argv[1:])
