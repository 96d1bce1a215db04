"""The header of a query file: YAML between ``/* ---`` and ``--- */``, read strictly."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import yaml

HEADER = re.compile(r"\A/\* ---\n(?P<yaml>.*?)^--- \*/\n", re.DOTALL | re.MULTILINE)


class HeaderError(ValueError):
    """The header of a query file breaks a rule; the message names the file."""


def read_header(path: Path, required: Collection[str], optional: Collection[str], lists: Collection[str]) -> dict:
    """The keys of a query file's header with their values.

    :param path: the query file.
    :param required: keys that the header must have.
    :param optional: keys that it may have.
    :param lists: the keys whose value is a list of names; each is returned as a tuple, empty if left out.
    :raises HeaderError: a key is unknown, missing or of the wrong form; the message names the file.
    """
    match = HEADER.match(path.read_text())
    if not match:
        raise HeaderError(f"{path}: must begin with a header between '/* ---' and '--- */'")
    try:
        # The safe loader in C: ten times faster, and every parse of a DAG file reads all headers.
        header = yaml.load(match["yaml"], Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise HeaderError(f"{path}: the header is not YAML: {error}") from error
    if not isinstance(header, dict):
        raise HeaderError(f"{path}: the header must be a mapping of keys, found {header!r}")

    known = {*required, *optional}
    if unknown := sorted(set(header) - known):
        raise HeaderError(f"{path}: unknown header keys {unknown}; known are {sorted(known)}")
    if missing := sorted(set(required) - set(header)):
        raise HeaderError(f"{path}: missing header keys {missing}")
    for key in lists:
        value = header.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise HeaderError(f"{path}: {key} must be a list of names, found {value!r}")
        header[key] = tuple(value)
    return header
