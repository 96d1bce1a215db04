"""Less evidence than before: capture removed from a source, or a list that captures less or masks otherwise.

It takes two persons. What only adds evidence, such as a further table, takes one.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial

from airflow.sdk.exceptions import AirflowNotFoundException

from genims.audit.capture.install import drop_removed, installed_list, remove
from genims.audit.capture.released import list_entries, listed_tables
from genims.audit.forms.form import Form
from genims.audit.forms.two_persons import agreement, carry_out, decide, put_on_record
from genims.audit.forms.vocabulary import CAPTURE_CHANGES
from genims.audit.ledger.decisions import last_decision
from genims.core import connections
from genims.core.errors import FormRefused, PlatformError
from genims.hooks.mysql import GenimsMySqlHook

REMOVED, LIST = CAPTURE_CHANGES.values()
# Under this word it is on record which list is in force, each time that it was changed.
IN_FORCE = "capture_list_in_force"


def change(form: Form) -> str:
    """Ask that a source is captured less, or masked otherwise; confirm or decline it.

    A confirmation removes capture at once. A list takes effect when platform_setup runs.

    :param form: with the short name of the ``source``, a key of CAPTURE_CHANGES as ``change``, a key of
        TWO_PERSON_STEPS as ``decision``, and ``reason``.
    :returns: the step entered.
    :raises FormRefused: there is nothing to agree to, or as for ``two_persons.decide``.
    :raises psycopg.OperationalError: the source does not answer.
    """
    source, act = form.fields["source"], CAPTURE_CHANGES[form.fields["change"]]
    _require_owner(source)
    if act == LIST:
        changes = list_changes(source)
        if form.fields["decision"] == "request" and not changes:
            raise FormRefused(
                f"{source}: expected schema/audit_capture.yaml to capture less or to mask otherwise than the list in "
                "force, found that it does neither: there is nothing to agree to."
            )
        return decide(form, LIST, source, {"changes": changes})
    step = decide(form, REMOVED, source, {})
    if step == "confirmed":
        carry_out(form, REMOVED, source, partial(remove, source))
        drop_removed(source)
    return step


def list_changes(source: str) -> dict[str, dict]:
    """What this release's list would change of the one in force: each table ``from`` what ``to`` what, None if it is no
    longer captured. Tables that it adds are left out.

    The list in force is the one on record, so that one that somebody alters in the source is simply put back.

    :param source: short name of the source database.
    :raises EvidenceError: what is on record is not as it was written.
    """
    wanted = list_entries(listed_tables(source))
    return {
        table: {"from": entry, "to": wanted.get(table)}
        for table, entry in (_on_record(source) or installed_list(source)).items()
        if entry != wanted.get(table)
    }


def require_agreement(source: str) -> None:
    """Refuse this release's list of captured tables, unless two persons have agreed to what it changes.

    :param source: short name of the source database.
    :raises PlatformError: they have not; the message names every change.
    """
    changes = list_changes(source)
    if changes and not agreement(LIST, source, {"changes": changes}):
        named = "; ".join(f"{table}: {change['from']} -> {change['to']}" for table, change in changes.items())
        raise PlatformError(
            f"{source}: the list of captured tables captures less or masks otherwise than the one in force, and two "
            f"persons have not agreed to that: {named}. Nothing was changed. Let one request it in the form "
            "capture_change and another confirm it; then clear this task."
        )


def put_in_force(source: str, person: str) -> None:
    """Put on record that this release's list is in force now. What two persons have agreed to is done with that.

    :param source: short name of the source database.
    :param person: who ran platform_setup.
    """
    tables = list_entries(listed_tables(source))
    if tables != _on_record(source):
        put_on_record(IN_FORCE, source, {"tables": tables}, person)
    if agreement(LIST, source, {}):
        put_on_record(LIST, source, {}, person)


def _on_record(source: str) -> dict[str, dict] | None:
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        last = last_decision(connection, IN_FORCE, source)
    return last and last.detail["tables"]


def _require_owner(source: str) -> None:
    try:
        connections.connection(connections.capture_id(source))
    except AirflowNotFoundException as missing:
        raise FormRefused(
            f"{source}: expected a connection of the user that installs change capture, found none: set "
            f"POSTGRES_CAPTURE_USERNAME, or add the Airflow connection {connections.capture_id(source)}."
        ) from missing
