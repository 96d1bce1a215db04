"""What differs between what there is and what was recorded last: the audit rows themselves keep the last state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

Key = TypeVar("Key")


def differences(recorded: Mapping[Key, Any], present: Mapping[Key, Any]) -> Iterator[tuple[str, Key, Any, Any]]:
    """INSERT, UPDATE or DELETE, with key, old and new value, for each that has come, is another or has gone.

    :param recorded: value by key as recorded last; None like a missing one.
    :param present: value by key as it is now, never None.
    """
    for key in sorted(recorded.keys() | present.keys()):
        old, new = recorded.get(key), present.get(key)
        if old != new:
            yield "INSERT" if old is None else "DELETE" if new is None else "UPDATE", key, old, new
