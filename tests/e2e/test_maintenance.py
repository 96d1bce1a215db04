"""The maintenance of MySQL under a real Airflow: every step runs, shows its SQL, and leaves what it found."""


def test_every_step_runs_shows_its_sql_and_leaves_what_it_found(stack, filled, run_dag):
    run_id = run_dag("mysql_maintenance", monthly=True)
    run = f"/dags/mysql_maintenance/dagRuns/{run_id}/taskInstances"
    states = {task["task_id"]: task["state"] for task in stack.api.task_instances("mysql_maintenance", run_id)}
    assert set(states.values()) == {"success"}, states
    assert {"purge", "analyze", "slow_statements", "free_space", "optimize"} < set(states)

    rendered = stack.api.call("GET", f"{run}/purge")["rendered_fields"]["sql"]
    assert "DELETE FROM genims_reporting_db.machine_performance_daily\nWHERE (performance_date >= " in rendered
    found = stack.api.call("GET", f"{run}/analyze/xcomEntries/return_value?deserialize=true")["value"]
    assert {message["Msg_text"] for message in found} == {"OK"}
