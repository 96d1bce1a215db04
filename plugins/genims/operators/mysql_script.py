"""The task that runs an SQL script in MySQL."""

from __future__ import annotations

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook


class MySqlScriptOperator(SQLExecuteQueryOperator):
    """Airflow's SQLExecuteQueryOperator on our connections, statement by statement.

    :param sql: the script. (templated; ``settings`` holds the database names)
    :param conn_id: one of ``genims.core.connections.CONNECTION_IDS``.
    :param database: name of the setting that names the database to run in; without it, none.
    """

    template_fields = ("sql",)

    def __init__(self, *, sql: str, conn_id: str, database: str | None = None, **kwargs):
        super().__init__(sql=sql, conn_id=conn_id, split_statements=True, do_xcom_push=False, **kwargs)
        self.setting = database

    def render_template_fields(self, context, jinja_env=None) -> None:
        super().render_template_fields({**context, "settings": settings()}, jinja_env)

    def get_db_hook(self) -> GenimsMySqlHook:
        hook = GenimsMySqlHook(self.conn_id)
        if self.setting:
            hook.schema = getattr(settings(), self.setting)
        return hook
