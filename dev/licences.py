"""Writes ``docs/licences.md``: the licence of every Python package that is deployed, as its own metadata say.

``python -m dev.licences`` writes the page.
"""

from __future__ import annotations

import re
from importlib.metadata import metadata

from dev.stack.downloads import ROOT

PAGE = ROOT / "docs" / "licences.md"
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==", re.MULTILINE)
LONGEST = 60
HEAD = """# Licences

This package is under the [Apache License 2.0](../LICENSE). It is deployed beside the packages below, which are not part
of it. Two kinds ask for more than a notice:

- **mysqlclient** is under the GPL, version 2 or later. Running it asks for nothing. Who hands on an image or a bundle
  that contains it hands on the whole under the terms of the GPL version 3, with which the Apache License agrees, and
  offers the source of all of it. Inside one company, nothing is handed on.
- **psycopg, psycopg-binary, psycopg2-binary** and others under the LGPL may be handed on beside code under any licence,
  with their licence and the offer of their source, and so that the receiver can replace them. Installed as packages of
  their own, as here, they can be.

This is how the maintainers read the licences, and no legal advice. The list is generated from the metadata of the
packages in [requirements.txt](../requirements.txt).

| package | licence |
|---|---|
"""


def page() -> str:
    """The text of the page."""
    names = PIN.findall((ROOT / "requirements.txt").read_text())
    return HEAD + "".join(f"| {name} | {_licence(name)} |\n" for name in names)


def _licence(package: str) -> str:
    """The licence by its SPDX expression, else by the classifiers, else by the field of old."""
    found = metadata(package)
    classifiers = [text.rpartition(" :: ")[2] for text in found.get_all("Classifier") or [] if "License ::" in text]
    text = found.get("License-Expression") or ", ".join(classifiers) or (found.get("License") or "").strip()
    return text.partition("\n")[0][:LONGEST] or "not declared"


if __name__ == "__main__":
    PAGE.write_text(page())
