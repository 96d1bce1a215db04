"""What a person gives `make` reaches the command as it stands, and nothing runs it."""

from __future__ import annotations

import re
import subprocess

import pytest

from genims.core.paths import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
HOSTILE = "x'\"; touch {0} #$(shell touch {0})`touch {0}`$$(touch {0})"


@pytest.mark.parametrize("argument", ["NAME", "CATEGORY", "TABLE", "DB", "RATE"])
def test_an_argument_is_never_expanded(argument, tmp_path):
    touched = tmp_path / "touched"
    given = HOSTILE.format(touched)
    rule = tmp_path / "Makefile"
    rule.write_text(MAKEFILE + f"\nshow:\n\t@printenv {argument}\n")
    command = ["make", "--silent", "--file", str(rule), "show", f"{argument}={given}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{given}\n"
    assert not touched.exists()


def test_a_variable_of_the_environment_is_no_argument(tmp_path):
    rule = tmp_path / "Makefile"
    rule.write_text(MAKEFILE + '\nshow:\n\t@echo "<$$NAME>"\n')
    command = ["env", "NAME=this-computer", "make", "--silent", "--file", str(rule), "show"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "<>\n"


def test_the_shell_gets_every_argument_in_quotes():
    used = re.findall(r"^\t.*?(.)\$+[({]?(?:NAME|CATEGORY|TABLE|DB|RATE)\b", MAKEFILE, re.MULTILINE)
    assert used and set(used) == {'"'}
