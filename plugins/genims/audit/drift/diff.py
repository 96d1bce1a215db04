"""The difference between the present state and the one recorded last, which the audit rows themselves keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

Key = TypeVar("Key")


def differences(recorded: Mapping[Key, Any], present: Mapping[Key, Any]) -> Iterator[tuple[str, Key, Any, Any]]:
    """INSERT, UPDATE or DELETE, with key, old and new value, for every key that was added, changed or removed.

    :param recorded: value by key as recorded last; None stands for a removed key.
    :param present: value by key as found now, never None.
    :returns: the differences in the order of the keys; the old value of an INSERT and the new one of a DELETE are None.
    """
    for key in sorted(recorded.keys() | present.keys()):
        old, new = recorded.get(key), present.get(key)
        if old != new:
            yield "INSERT" if old is None else "DELETE" if new is None else "UPDATE", key, old, new
