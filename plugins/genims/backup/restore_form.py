"""The form ``restore``: what a person has filled in, and whether the restore may begin."""

from __future__ import annotations

from typing import Any

from airflow.sdk.types import DagRunProtocol

from genims.audit.forms.form import Form
from genims.backup.restoring import Wish, agree
from genims.core.errors import FormRefused


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

    :raises FormRefused: no person has triggered the run, or the decision does not fit the last step.
    """
    form, wish = Form.of_run(dag_run, params), wish_of(params)
    return agree(form, wish) == "confirmed" if wish.is_live else True
