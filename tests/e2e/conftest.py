"""Everything at once: the whole stack with sample rows, under a real Airflow."""

import pytest

from dev.stack import Stack
from dev.stack.airflow_api import ENDED
from dev.stack.steps import wait_until
from genims.core.paths import ROOT
from tests.support.servers import use


@pytest.fixture(scope="package")
def stack():
    """A stack with sample rows, started here and stopped at the end."""
    stack = Stack(ROOT / ".local" / "tests" / "e2e", dotenv=None)
    stack.up()
    use(stack.env)
    yield stack
    stack.down()


@pytest.fixture(scope="package")
def run_dag(stack):
    """Runs a DAG to its end: ``run_dag(dag_id, **params)`` returns the run's id."""
    api = stack.api

    def run(dag_id: str, **params) -> str:
        api.wait_for_dag(dag_id)
        run_id = api.trigger(dag_id, params) if params else api.join_or_trigger(dag_id)
        wait_until(lambda: api.run_state(dag_id, run_id) in ENDED, 300, f"{dag_id} to end")
        return run_id

    return run


@pytest.fixture(scope="package")
def filled(stack, run_dag) -> str:
    """The run of reporting_sync that filled all tables, after platform_setup."""
    for dag_id in ("platform_setup", "reporting_sync"):
        run_id = run_dag(dag_id)
        failed = [task for task in stack.api.task_instances(dag_id, run_id) if task["state"] == "failed"]
        logs = ["\n".join([task["task_id"], *list(stack.api.log(task))[-20:]]) for task in failed]
        assert stack.api.run_state(dag_id, run_id) == "success", "\n\n".join(logs)
    return run_id
