"""What the pages promise is true: their links, paths, names, settings, errors and commands are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from genims.core import errors
from genims.core.paths import ROOT
from tests.support.pages import PAGES

PACKAGE = ROOT / "plugins" / "genims"
FOLDERS = {"dags", "dev", "docs", "include", "plugins", "schema", "tests"}
ROOMS = {path.name for path in PACKAGE.iterdir() if path.is_dir()}

LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.<>-]+(?:/[\w.<>-]+)*/?")
ROOT_FILE = re.compile(r"(requirements[\w-]*\.(in|txt)|docker-compose\.yaml|pyproject\.toml|\.env\.example)")
NAME_IN_MODULE = re.compile(r"`(\w+)` in\s+`([\w/]+\.py)`")
COMMAND = re.compile(r"(?:`|^)make ([a-z-]+(?: [a-z-]+)*)", re.MULTILINE)
MODULE = re.compile(r"python -m (genims[\w.]+)")
SETTING = re.compile(r"`((?:GENIMS|POSTGRES|MYSQL|AZURE|AIRFLOW)_[A-Z_]+)`")
ERROR = re.compile(r"`([A-Z]\w+(?:Error|Rows|Lost|Busy|Refused))`")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@every_page
def test_links_lead_somewhere(page):
    for target, heading in LINK.findall(page.read_text()):
        path = (page.parent / target) if target else page
        assert path.exists(), f"{page.name} links to {target}"
        assert not heading or heading in slugs(path), f"{page.name} links to {target}#{heading}"


def slugs(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@every_page
def test_paths_are_there(page):
    missing = sorted(name for name, found in paths(page) if not found)
    assert missing == []


def paths(page: Path) -> Iterator[tuple[str, bool]]:
    """Every path that a page names between backticks, and whether it is there; ``<name>`` stands for any name."""
    for name in CODE.findall(page.read_text()):
        if not PATH.fullmatch(name):
            continue
        first = name.split("/")[0]
        if first in FOLDERS or ROOT_FILE.fullmatch(name):
            yield name, any(ROOT.glob(re.sub("<.+?>", "*", name.rstrip("/"))))
        elif first in ROOMS and name.endswith(".py"):
            yield name, (PACKAGE / name).exists()


@every_page
def test_names_are_in_the_modules_that_own_them(page):
    strangers = [
        f"{name} in {module}"
        for name, module in NAME_IN_MODULE.findall(page.read_text())
        if not re.search(rf"\b{name}\b", text_of(module))
    ]
    assert strangers == []


def text_of(module: str) -> str:
    path = ROOT / module if module.split("/")[0] in FOLDERS else PACKAGE / module
    return path.read_text() if path.exists() else ""


@every_page
def test_commands_are_there(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for targets in COMMAND.findall(page.read_text()) for target in targets.split()}
    assert named <= targets
    for module in MODULE.findall(page.read_text()):
        assert find_spec(module), f"python -m {module}"


@every_page
def test_settings_are_those_of_the_example(page):
    known = (ROOT / ".env.example").read_text() + (ROOT / "docker-compose.yaml").read_text()
    assert [name for name in SETTING.findall(page.read_text()) if not re.search(rf"\b{name}\b", known)] == []


@every_page
def test_errors_are_those_of_the_package(page):
    assert [name for name in ERROR.findall(page.read_text()) if not hasattr(errors, name)] == []


def test_operating_explains_every_error():
    page = (ROOT / "docs" / "operating.md").read_text()
    classes = [each for each in vars(errors).values() if isinstance(each, type) and not each.__subclasses__()]
    explained = [each for each in classes if any(f"`{base.__name__}`" in page for base in each.__mro__)]
    assert classes and explained == classes


def test_the_readme_leads_to_every_page():
    linked = {target for target, _ in LINK.findall((ROOT / "README.md").read_text())}
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= linked


def test_the_patterns_find_what_they_look_for():
    text = "\n".join(page.read_text() for page in PAGES)
    assert all(len(pattern.findall(text)) > 1 for pattern in (LINK, NAME_IN_MODULE, COMMAND, MODULE, SETTING, ERROR))
    assert sum(1 for page in PAGES for _ in paths(page)) > 100
