"""The key with which the ledger signs, and whether open events are the ledger's own."""

from __future__ import annotations

import logging
from functools import cache

from airflow.sdk.exceptions import AirflowNotFoundException

from genims.audit.format.signatures import ID_BYTES, Keys
from genims.audit.ledger.state import State
from genims.core import connections
from genims.core.settings import Settings, settings

log = logging.getLogger(__name__)


def signing_keys() -> Keys:
    """The keys of GENIMS_SIGNING_KEY or of the connection genims_signing; none, and a warning, where neither is set.

    A key that cannot be read holds up no event: its blocks stay unsigned, and the verification names them.
    """
    return _keys(settings())


@cache
def _keys(_: Settings) -> Keys:
    """Once for each process and settings: asking Airflow takes a while, and every append of a task opens a ledger."""
    try:
        found = connections.connection(connections.SIGNING)
    except AirflowNotFoundException:
        log.warning("GENIMS_SIGNING_KEY is not set: rows appended with the audit writer's password are not found.")
        return Keys()
    try:
        return Keys.parse(found.password, found.extra_dejson.get("public_keys"))
    except ValueError as error:
        log.error("Blocks are not signed: GENIMS_SIGNING_KEY (or connection genims_signing): %s", error)
        return Keys()


def is_vouched(state: State, signature: bytes | None) -> bool:
    """Whether the open events were written by a ledger, and not with the database password alone.

    Without a key nobody can tell, and nothing is signed. Events from before the key are not vouched for: their block
    stays unsigned, as those before it.

    :param state: where the source stands, with its open events.
    :param signature: what is stored as theirs.
    """
    if not state.keys:
        return True
    if signature is None:
        return False
    why = state.keys.what_is_wrong(signature, state.open_statement, state.opened_at.date())
    if why:
        log.error(
            "%s: the block after %s holds events that are not ours: key %s: %s. It stays unsigned; run audit_verify",
            state.source,
            state.block_number,
            signature[:ID_BYTES].hex(),
            why,
        )
    return why is None
