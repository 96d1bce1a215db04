"""Tries a table or a log: checks its files, then runs its cases on servers that stay for the next try."""

from __future__ import annotations

import os
import subprocess
import sys

from dev.recipes.check import findings
from dev.stack.steps import say
from genims.core.paths import REPORTING_SQL, ROOT

TABLE_CASES = "tests/integration/reporting/test_cases.py"
LOG_CASES = "tests/integration/audit/logs/test_sync.py"


def try_cases(name: str) -> int:
    """Print what is wrong with the files; if nothing is, run the cases. Returns the exit code.

    :param name: of a table or a log.
    :raises StackError: there is none of that name.
    """
    if found := findings(name):
        for finding in found:
            say(f"{finding}")
        say("Its cases were not run, because these would break them.")
        return 1
    is_table = (REPORTING_SQL / f"{name}.sql").exists()
    cases = TABLE_CASES if is_table else LOG_CASES
    command = [sys.executable, "-m", "pytest", "--try", name, "--tb=short", "--no-header", "--durations=0", cases]
    tried = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONUNBUFFERED": "1"}, check=False)
    say("The servers stay for the next try; make down stops them.")
    return tried.returncode
