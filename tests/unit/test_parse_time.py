"""What a parse of the DAG files reads imports no driver: Airflow parses them again and again."""

import subprocess
import sys

from genims.core.paths import ROOT

DRIVERS = {"MySQLdb", "azure", "duckdb", "psycopg"}
ROOMS = ("core", "operators", "transfers")
MODULES = (
    "genims.dag_defaults",
    "genims.audit.forms.vocabulary",
    "genims.audit.logs.source_log",
    "genims.engine.table",
    "genims.reporting.tables",
    *(
        f"genims.{room}.{path.stem}"
        for room in ROOMS
        for path in sorted((ROOT / "plugins" / "genims" / room).glob("[!_]*.py"))
    ),
)
IN_A_FRESH_INTERPRETER = f"""
import sys
from importlib import import_module
for name in {MODULES!r}:
    import_module(name)
    loaded = {DRIVERS!r} & set(sys.modules)
    assert not loaded, f"{{name}} imports {{loaded}} at its top: import them where they are used"
"""


def test_what_a_parse_reads_imports_no_driver_at_its_top():
    done = subprocess.run(
        [sys.executable, "-c", IN_A_FRESH_INTERPRETER], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
