"""Rows on disk: nobody else reads them, and a killed task's are gone when the next task begins."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import SimpleNamespace

from airflow.dag_processing.dagbag import DagBag

from genims.core import settings
from genims.core.paths import ROOT
from genims.hooks.spill_directory import PREFIX

SPILL = """
import sys, time, duckdb
from genims.hooks.sources import _engine
cursor = _engine().cursor()
cursor.execute("SET memory_limit = '20MB'")
cursor.execute("CREATE TEMP TABLE rows AS SELECT range::text || repeat('x', 100) AS secret FROM range(300000)")
print("spilled", flush=True)
time.sleep(60)
"""


def test_spilled_rows_are_the_users_alone_and_gone_when_any_task_begins_after_a_kill(tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMS_TEMP_DIRECTORY", str(tmp_path))
    settings.settings.cache_clear()
    with subprocess.Popen([sys.executable, "-c", SPILL], stdout=subprocess.PIPE, text=True, umask=0o022) as process:
        assert process.stdout.readline() == "spilled\n"
        [directory] = tmp_path.iterdir()
        files = list(directory.iterdir())
        process.send_signal(signal.SIGKILL)
    assert directory.name.startswith(PREFIX) and directory.stat().st_mode & 0o777 == 0o700
    assert files and all(file.stat().st_mode & 0o077 == 0 for file in files)
    for dag in DagBag(ROOT / "dags").dags.values():
        hooks = [task.partial_kwargs["pre_execute"] if task.is_mapped else task._pre_execute_hook for task in dag.tasks]
        assert all(hooks), dag.dag_id
    DagBag(ROOT / "dags" / "legal_hold.py").dags["legal_hold"].get_task("place")._pre_execute_hook(SimpleNamespace())
    assert list(tmp_path.iterdir()) == []
    settings.settings.cache_clear()
