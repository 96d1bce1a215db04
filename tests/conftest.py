"""What all tests share: an Airflow home of their own, and the DAG folder on the path."""

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]

# Airflow reads its settings when it is first imported, so they come before every other import.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="genims-airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(ROOT / "dags")
os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(ROOT / "plugins")
# The tests' business day is that of a place where it is about noon, so that it does not end while they run.
os.environ["GENIMS_TIMEZONE"] = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
sys.path.insert(0, str(ROOT / "dags"))

# Tests of one group share their servers, and so run one after the other; groups run side by side.
GROUPS = {
    "tests/e2e/test_stack": "stack",
    "tests/e2e": "e2e",
    "tests/integration/audit": "audit",
    "tests/integration": "reporting",
}


class ByGroup(LoadScopeScheduling):
    """Hands pytest-xdist's processes whole groups of tests; a test of no group is one by itself."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for start, group in GROUPS.items() if nodeid.startswith(start)), nodeid)


def pytest_addoption(parser):
    parser.addoption("--try", metavar="NAME", help="only the cases of this table or log, on servers that stay")


def pytest_collection_modifyitems(config, items):
    if name := config.getoption("--try"):
        from dev.recipes.check import findings

        if found := findings(name):
            raise pytest.UsageError(
                "\n".join(["the cases were not run, because these would break them:", *map(str, found)])
            )
        items[:] = [item for item in items if hasattr(item, "callspec") and item.callspec.params.get("name") == name]


def pytest_xdist_make_scheduler(config, log):
    return ByGroup(config, log)
