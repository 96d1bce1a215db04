"""The approval of a month by a person who did not prepare it, in Airflow."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict

from genims.dag_defaults import DEFAULT_ARGS

COMMENT = Param("", type="string", maxLength=2000, title="Comment", description="What you looked at, or what is wrong")


class PeriodApproval(ApprovalOperator):
    """Wait until an approver approves or rejects the close of a month; no answer is no approval.

    The chained record gets the decision here. Marking the task a success writes nothing, so it approves nothing.

    :param month: the month, such as 2026-11, or the empty text for the month before. (templated)
    """

    template_fields = ("subject", "body", "month")

    def __init__(self, *, month: str, **kwargs):
        # Airflow takes an execution_timeout for the time that a person has; it limits the task's own work alone.
        super().__init__(**kwargs | {"execution_timeout": None})
        self.execution_timeout = DEFAULT_ARGS["execution_timeout"]
        self.params = ParamsDict({"comment": COMMENT})
        self.month = month

    def execute(self, context) -> Any:
        from genims.close import period

        month = period.month_of(self.month or None)
        self.body = f"```\n{period.as_table(period.require_ready(month))}\n```"
        self.assigned_users = period.approvers(month, context["dag_run"].triggering_user_name)
        return super().execute(context)

    def execute_complete(self, context, event: dict[str, Any]) -> Any:
        from genims.close import period

        if "error" in event:
            return super().execute_complete(context, event)
        dag_run = context["dag_run"]
        period.decide(
            period.month_of(self.month or None),
            event["responded_by_user"]["name"],
            period.APPROVED if event["chosen_options"] == [self.APPROVE] else period.REJECTED,
            (event["params_input"] or {}).get("comment", ""),
            f"{dag_run.dag_id}/{dag_run.run_id}",
            dag_run.triggering_user_name,
        )
        return super().execute_complete(context, event)
