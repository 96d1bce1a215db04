"""The form ``restore``: what a person has filled in, and whether the restore may begin."""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk.types import DagRunProtocol

from genims.audit.forms.form import Form
from genims.backup.restoring import Wish, agree, carry_out, clean_up
from genims.core.clock import utc_now
from genims.core.errors import FormRefused
from genims.core.settings import settings

log = logging.getLogger(__name__)

TABLE = "backup_recovery"


def wish_of(params: dict[str, Any]) -> Wish:
    """What the form asks for.

    :param params: of its DAG.
    :raises FormRefused: one month is given without the other, or they are in the wrong order.
    """
    first, last = params["first_month"], params["last_month"]
    if (first is None) != (last is None) or (first and first > last):
        raise FormRefused(f"Expected a first and a last month, in this order, found {first} and {last}.")
    months = (first, last) if first else None
    return Wish(params["database"], params["backup"], params["into"], params["table"], months)


def may_begin(dag_run: DagRunProtocol, params: dict[str, Any]) -> bool:
    """Whether the restore may begin: into a new database at once, into a live one when another person has confirmed.

    :param dag_run: the run of the form.
    :param params: its fields.
    :raises FormRefused: no person has triggered the run, or the decision does not fit the last step.
    """
    form, wish = Form.of_run(dag_run, params), wish_of(params)
    if wish.is_live and wish.backup is None:
        raise FormRefused("Expected the name of a backup for a live database, found none: two persons agree on one.")
    return agree(form, wish) == "confirmed" if wish.is_live else True


def restore(dag_run: DagRunProtocol, params: dict[str, Any]) -> str:
    """Restore what the form asks for, and put it on record.

    :param dag_run: the run of the form.
    :param params: its fields.
    :returns: the database that holds it.
    """
    form, wish, began = Form.of_run(dag_run, params), wish_of(params), utc_now()
    if done := form.entered(TABLE):
        log.info("Restored already by an earlier try of this run.")
        clean_up(form.run)
        return done["database_name"]

    def put_on_record(database: str, backup: str) -> None:
        place = {"location": f"{settings().genims_backup_container}/{backup}", "database_name": database}
        seconds = (utc_now() - began).total_seconds()
        took = {"started_at": began, "seconds": f"{seconds:.3f}", "status": "success"}
        form.enter(TABLE, {"action": "restore"} | place, lambda cursor: took)

    return carry_out(wish, form.run, put_on_record)
