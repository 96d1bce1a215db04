"""Small tools that make whole columns. A column is a numpy array, or one value for all rows."""

from __future__ import annotations

import numpy as np

Columns = dict[str, object]

HOUR = np.timedelta64(3600, "s")
DAY = np.timedelta64(1, "D")


def ids(prefix: str, numbers: int | np.ndarray, width: int = 6) -> np.ndarray:
    """``CUST-000001`` and so on: for each of the numbers, or for 1 to ``numbers``."""
    if isinstance(numbers, int):
        numbers = np.arange(1, numbers + 1)
    return texts(f"{prefix}-{{:0{width}d}}", numbers)


def texts(template: str, *columns: np.ndarray) -> np.ndarray:
    """The template filled in for each row."""
    lists = [np.asarray(column).tolist() for column in columns]
    return strings([template.format(*values) for values in zip(*lists, strict=True)])


def strings(values) -> np.ndarray:
    """An array of Python strings (or None), which shares equal strings instead of padding them."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def day_texts(days: np.ndarray, template: str = "{:%Y%m%d}") -> np.ndarray:
    """Days as text, ``20260131`` by default; each distinct day is formatted once."""
    distinct, positions = np.unique(days.astype("datetime64[D]"), return_inverse=True)
    return strings([template.format(day) for day in distinct.tolist()])[positions]


def numbered_by_day(prefix: str, days: np.ndarray, width: int = 4) -> np.ndarray:
    """Document numbers that restart each day, ``SO-20260131-0001``, in the order of the rows."""
    days = days.astype("datetime64[D]")
    order = np.argsort(days, kind="stable")
    first = np.searchsorted(days[order], days[order])
    number = np.empty(len(days), dtype=int)
    number[order] = np.arange(len(days)) - first + 1
    return texts(f"{prefix}-{{}}-{{:0{width}d}}", day_texts(days), number)


def pick(rng: np.random.Generator, values, count: int, weights=None) -> np.ndarray:
    """``count`` of the values, drawn with the given weights."""
    values = values if isinstance(values, np.ndarray) else strings(list(values))
    if weights is not None:
        weights = np.asarray(weights) / np.sum(weights)
    return values[rng.choice(len(values), count, p=weights)]


def cycle(values, count: int) -> np.ndarray:
    """The values in turn, over and over."""
    return strings(list(values))[np.arange(count) % len(values)]


def amounts(rng: np.random.Generator, low: float, high: float, count: int, decimals: int = 2) -> np.ndarray:
    return np.round(rng.uniform(low, high, count), decimals)


def whole(rng: np.random.Generator, low: int, high: int, count: int) -> np.ndarray:
    """Whole numbers, both ends included."""
    return rng.integers(low, high + 1, count)


def chance(rng: np.random.Generator, probability: float, count: int) -> np.ndarray:
    return rng.random(count) < probability


def at(rng: np.random.Generator, days: np.ndarray, first_hour: float = 8, last_hour: float = 17) -> np.ndarray:
    """Instants on the given days, between two hours of the day."""
    seconds = rng.integers(int(first_hour * 3600), int(last_hour * 3600), len(days))
    return days.astype("datetime64[s]") + seconds


def hours(count: np.ndarray) -> np.ndarray:
    """Numbers of hours as durations, rounded to the minute."""
    return (np.round(np.asarray(count) * 60) * 60).astype("timedelta64[s]")


def minutes_between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return (end - start) / np.timedelta64(60, "s")


def sum_by(group: np.ndarray, values: np.ndarray, groups: int) -> np.ndarray:
    """The sum of the values for each group number."""
    return np.bincount(group, weights=values, minlength=groups)


def only(condition: np.ndarray, values) -> np.ndarray:
    """The values where the condition holds, NULL elsewhere."""
    values = np.broadcast_to(values, condition.shape)
    if values.dtype.kind == "M":
        return np.where(condition, values, np.datetime64("NaT"))
    if values.dtype.kind in "if":
        return np.where(condition, values, np.nan)
    return np.where(condition, values.astype(object), None)


def fan_out(rng: np.random.Generator, parents: int, weights: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Children of each parent: 0, 1, 2 ... of them with the given weights.

    :return: each child's parent, and its number within the parent, from 1.
    """
    count = rng.choice(len(weights), parents, p=np.asarray(weights) / np.sum(weights))
    return repeat(count)


def repeat(count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``count[i]`` children of each parent i: their parent, and their number within it, from 1."""
    parent = np.repeat(np.arange(len(count)), count)
    first = np.cumsum(count) - count
    return parent, np.arange(len(parent)) - first[parent] + 1


def add_months(days: np.ndarray, months: int | np.ndarray) -> np.ndarray:
    """The same day of the month, ``months`` later; the 28th in place of a later day."""
    days = days.astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    return (month + months).astype("datetime64[D]") + np.minimum(days - month.astype("datetime64[D]"), 27 * DAY)
