"""What figures would become: rows of a day compared with others of the same day, value by value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from genims.close.figures import Row
from genims.engine.table import LoadedTable, loaded_columns


@dataclass(frozen=True)
class Difference:
    """A row of a day that differs.

    :param table: the table.
    :param day: the business day.
    :param key: its grain, in words.
    :param old: its values before that differ, by column; None for a row that is new.
    :param new: the same values after; None for a row that is gone.
    """

    table: str
    day: date
    key: str
    old: dict[str, object] | None
    new: dict[str, object] | None

    def lines(self) -> list[dict[str, object]]:
        """A line for each column, as a table to read."""
        names = (self.old or self.new or {}).keys()
        start = {"table": self.table, "day": self.day, "key": self.key}
        return [
            start | {"column": name, "old": (self.old or {}).get(name), "new": (self.new or {}).get(name)}
            for name in names
        ]


def differences(table: LoadedTable, day: date, before: list[Row], after: list[Row]) -> list[Difference]:
    """What differs between two versions of a day, in the order of the grain.

    :param table: the table.
    :param day: the business day.
    :param before: its rows before, values of ``loaded_columns``.
    :param after: its rows after.
    """
    names = loaded_columns(table.name)
    keys = [names.index(name) for name in table.grain]
    old, new = ({tuple(str(row[place]) for place in keys): row for row in rows} for rows in (before, after))
    found = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        changed = [i for i in range(len(names)) if i not in keys and (not was or not now or was[i] != now[i])]
        found.append(
            Difference(
                table.name,
                day,
                ", ".join(key),
                {names[i]: was[i] for i in changed} if was else None,
                {names[i]: now[i] for i in changed} if now else None,
            )
        )
    return found
