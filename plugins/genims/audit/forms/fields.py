"""Fields of trigger forms in which a person writes: what they take, said in the form, and checked by its task.

Airflow answers a value that a field's own schema refuses with a dump of that schema, and repeats the value. So the
schema of such a field leaves the limits to the task, which refuses with a sentence. DAG files read this at every parse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param

from genims.core.errors import FormRefused

LIMITS, TAKES = "limits", "takes"
SHOWN = 40
# The end of a text in JSON Schema, which knows no \Z: Python's $ alone allows a line feed after it.
END = r"$(?!\n)"
# Characters that a reader does not see, or that turn the text around: controls, zero-width and bidirectional ones.
UNSEEN = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
# A text of one line, which begins with a character that is seen.
LINE = rf"^(?=\S)[^{UNSEEN}\t\r\n]*{END}"
TEXT = rf"^(?=\S)[^{UNSEEN}]*{END}"


def written(
    title: str, description: str, takes: str, optional: bool = False, shown: dict[str, Any] | None = None, **limits: Any
) -> Param:
    """A field in which a person writes.

    :param title: its name in the form.
    :param description: what belongs there.
    :param takes: its limits in words, such as ``3 to 255 characters, on one line``.
    :param optional: whether it may stay empty.
    :param shown: how the form shows it, as JSON Schema; a text of one line by default.
    :param limits: its limits as JSON Schema.
    """
    schema = {"type": ["null", "string"] if optional else "string", "title": title, **(shown or {})}
    schema |= {TAKES: takes, LIMITS: limits}
    return Param(**{"default": None} if optional else {}, description=f"{description} ({takes})", schema=schema)


def line(title: str, description: str, least: int = 3, most: int = 255, optional: bool = False) -> Param:
    """A field for one line of text; further parameters as of ``written``.

    :param least: the least number of characters.
    :param most: the greatest number of characters.
    """
    takes = f"{least} to {most} characters, on one line"
    return written(title, description, takes, optional, minLength=least, maxLength=most, pattern=LINE)


def reason(title: str, description: str, least: int = 3, most: int = 2000, optional: bool = False) -> Param:
    """A field in which a person writes why; parameters as of ``line``."""
    takes = f"{least} to {most:,} characters"
    limits = {"minLength": least, "maxLength": most, "pattern": TEXT}
    return written(title, description, takes, optional, shown={"format": "multiline"}, **limits)


def check_fields(fields: Mapping[str, Param], values: Mapping[str, Any]) -> None:
    """Refuse values that are beyond the limits of their fields.

    :param fields: the fields, by name.
    :param values: what was filled in, by the names of the fields.
    :raises FormRefused: names each such field, what it takes and what was found.
    """
    from jsonschema import Draft202012Validator

    def is_within(value: Any, limits: dict[str, Any]) -> bool:
        return value is None or Draft202012Validator(limits).is_valid(value)

    schemas = {name: field.schema for name, field in fields.items() if LIMITS in field.schema}
    refused = [
        f"{schema['title']}: expected {schema[TAKES]}; found {_in_words(values[name])}."
        for name, schema in schemas.items()
        if not is_within(values[name], schema[LIMITS])
    ]
    if refused:
        raise FormRefused("\n".join([*refused, "Nothing was written: trigger it again, with another text."]))


def _in_words(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    # As ASCII, so that characters that nobody sees are seen.
    shown = f"{text[:SHOWN]!a}" + ("..." if len(text) > SHOWN else "")
    return f"{len(text):,} characters: {shown}"
