"""Tries a table or a log: checks its files, then runs its cases on servers that stay for the next try.

python -m dev.recipes.try_cases crm_activity_daily

To import Airflow takes seconds, so only pytest does: the check of the files is in ``tests/conftest.py``.
"""

from __future__ import annotations

import signal
import subprocess
import sys

import dev.quiet_start  # noqa: F401
from dev.stack.downloads import ROOT
from dev.stack.steps import say

# Where the queries are, and the tests that run their cases.
CASES = {
    "include/sql/reporting": "tests/integration/reporting/test_cases.py",
    "include/sql/audit/logs": "tests/integration/audit/logs/test_sync.py",
}


def main(name: str) -> int:
    """Check and run; returns the exit code of pytest.

    :param name: of a table or a log.
    """
    cases = [test for folder, test in CASES.items() if name and (ROOT / folder / f"{name}.sql").is_file()]
    if not cases:
        say(f"error: TABLE={name!r}: expected a table or a log, found no {name}.sql in {' or '.join(CASES)}")
        return 1
    options = ("--verbose", "--tb=short", "--no-header", "--disable-warnings", "--override-ini=addopts=")
    command = [sys.executable, "-m", "pytest", f"--try={name}", *options, *cases]
    with subprocess.Popen(command, cwd=ROOT) as tried:
        # Ctrl-C reaches pytest too, which ends its case and says so.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        tried.wait()
    say("The servers stay for the next try; make down stops them.")
    return tried.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
