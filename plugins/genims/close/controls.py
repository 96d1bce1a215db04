"""The controls of the daily close: which there are, what each found on a day, and which of them block.

A control is one query file, ``include/sql/close/controls/<id>.sql``. It selects one row for each record that it
examines, and says of each whether it breaks the rule. So the outcome also tells how much was looked at: a control that
passed over nothing shows it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from time import perf_counter

from genims.close.query import Found, read_mysql, read_sources, rendered
from genims.core import connections
from genims.core.paths import SQL
from genims.core.query_header import HeaderError, read_header
from genims.core.sources import SOURCES
from genims.core.text_table import text_table
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.sources import SourcesHook

log = logging.getLogger(__name__)

CONTROLS = SQL / "close" / "controls"
BLOCK, REPORT, SHADOW = LEVELS = ("block", "report", "shadow")
PASSED, FAILED, NOT_RUN = "passed", "failed", "not_run"
KEYS = ("title", "proves", "standard", "level", "materiality", "todo", "reads")
# Our own databases, which a control may read in place of sources.
MYSQL = {"reporting": connections.REPORTING, "audit": connections.AUDIT}
ERROR_LENGTH = 2000
# How many findings of a control a table shows, and how many characters of each value.
SHOWN, SHOWN_LENGTH = 10, 300


@dataclass(frozen=True)
class Control:
    """One rule that the books of a day must obey.

    :param id: the name of its query file without ``.sql``.
    :param title: the rule, as one reads it in a list.
    :param proves: what is true of the figures when it passes.
    :param standard: the requirements that it serves.
    :param level: ``block`` keeps a day from being closed, ``report`` does so in strict mode alone, ``shadow`` never.
    :param materiality: the least amount that counts, in functional currency; smaller ones pass. Findings without an
        amount always count.
    :param todo: what to do about a finding.
    :param path: its query file.
    :param reads: the tables that it reads, as ``database.table``: of sources, or of one of our own databases.
    """

    id: str
    title: str
    proves: str
    standard: str
    level: str
    materiality: Decimal
    todo: str
    path: Path
    reads: tuple[str, ...]

    @property
    def databases(self) -> tuple[str, ...]:
        """The short names of the databases that it reads, sorted."""
        return tuple(sorted({table.partition(".")[0] for table in self.reads}))


@dataclass(frozen=True)
class Outcome:
    """What a control found on a day.

    :param control: the control.
    :param state: ``passed``, ``failed`` or ``not_run``.
    :param findings: the worst findings, at most ``query.KEPT``: document, account, company, currency, amount
        (a Decimal) and detail, each None where it has no meaning.
    :param error: why it did not run; None if it did.
    :param examined: how many records were looked at.
    :param found: how many of them break the rule.
    """

    control: Control
    state: str
    findings: tuple[dict, ...] = ()
    error: str | None = None
    examined: int = 0
    found: int = 0


def read_controls(folder: Path = CONTROLS) -> list[Control]:
    """All controls, sorted by id.

    :param folder: where the query files are.
    :raises HeaderError: a header breaks a rule; the message names the file.
    """
    return [_read_control(path) for path in sorted(folder.glob("*.sql"))]


def _read_control(path: Path) -> Control:
    header = read_header(path, required=KEYS, optional=(), lists=("reads",))
    for key in ("title", "proves", "standard", "todo"):
        if not isinstance(header[key], str) or not header[key].strip():
            raise HeaderError(f"{path}: {key} must be a text, found {header[key]!r}")
    if header["level"] not in LEVELS:
        raise HeaderError(f"{path}: level must be one of {LEVELS}, found {header['level']!r}")
    control = Control(path.stem, path=path, **header | {"materiality": _materiality(path, header["materiality"])})
    unknown = set(control.databases) - SOURCES.keys() - MYSQL.keys()
    if unknown or not control.reads:
        raise HeaderError(f"{path}: reads must name tables as database.table, found {list(control.reads)}")
    if len(control.databases) > 1 and MYSQL.keys() & set(control.databases):
        raise HeaderError(f"{path}: a query runs in the sources or in one of our databases, found {control.databases}")
    return control


def _materiality(path: Path, value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise HeaderError(f"{path}: materiality must be an amount from 0 up, found {value!r}")
    return amount


def run_controls(day: date, controls: Iterable[Control] | None = None) -> list[Outcome]:
    """Run controls over a business day; each has an outcome, whatever happens to the others.

    :param day: the business day.
    :param controls: which to run; all by default.
    :returns: their outcomes, sorted by id.
    """
    chosen = sorted(read_controls() if controls is None else controls, key=lambda control: control.databases)
    outcomes = [
        outcome
        for databases, group in groupby(chosen, key=lambda control: control.databases)
        for outcome in _run_together(databases, list(group), day)
    ]
    return sorted(outcomes, key=lambda outcome: outcome.control.id)


def _run_together(databases: tuple[str, ...], controls: list[Control], day: date) -> list[Outcome]:
    """Run controls that read the same databases in one session there."""
    outcomes: list[Outcome] = []
    try:
        if databases[0] in MYSQL:
            with closing(GenimsMySqlHook(MYSQL[databases[0]]).get_conn()) as session:
                outcomes += _run_each(controls, day, session, read_mysql)
        else:
            with SourcesHook().open(databases) as session:
                outcomes += _run_each(controls, day, session, read_sources)
    except Exception as error:  # whatever keeps us from a database: the other databases are still examined
        done = {outcome.control for outcome in outcomes}
        outcomes += [_not_run(control, error) for control in controls if control not in done]
    return outcomes


def _run_each(controls: list[Control], day: date, session, read) -> Iterator[Outcome]:
    for control in controls:
        began = perf_counter()
        try:
            outcome = _outcome(control, read(rendered(control.path, control.materiality, day), session))
        except Exception as error:  # whatever keeps a control from its answer: the others still give theirs
            outcome = _not_run(control, error)
        log.info("Control %s %s in %.3f s.", control.id, outcome.state, perf_counter() - began)
        yield outcome


def _outcome(control: Control, found: Found) -> Outcome:
    state = FAILED if found.broken else PASSED
    return Outcome(control, state, found.findings, None, found.examined, found.broken)


def _not_run(control: Control, error: Exception) -> Outcome:
    return Outcome(control, NOT_RUN, error=f"{type(error).__name__}: {error}"[:ERROR_LENGTH])


def blocking(outcomes: Iterable[Outcome], strict: bool) -> list[Outcome]:
    """The outcomes that keep a day from being closed: what failed, and what did not run.

    :param outcomes: the outcomes of all controls.
    :param strict: whether controls of level ``report`` block, too.
    """
    levels = (BLOCK, REPORT) if strict else (BLOCK,)
    return [
        outcome
        for outcome in outcomes
        if outcome.state == NOT_RUN or (outcome.state == FAILED and outcome.control.level in levels)
    ]


def as_table(outcomes: Iterable[Outcome]) -> str:
    """The outcomes as a person reads them in a log or an alert: what failed, by how much, and what to do about it.

    :param outcomes: the outcomes of all controls.
    """
    outcomes = list(outcomes)
    deviating = [outcome for outcome in outcomes if outcome.state != PASSED]
    parts = [
        text_table(
            [
                {
                    "control": outcome.control.id,
                    "level": outcome.control.level,
                    "state": outcome.state,
                    "examined": outcome.examined,
                    "found": outcome.found,
                    "rule": outcome.control.title,
                }
                for outcome in deviating
            ]
        )
        if deviating
        else "",
        *map(_as_text, deviating),
        f"{len(outcomes) - len(deviating)} of {len(outcomes)} controls passed.",
    ]
    return "\n\n".join(filter(None, parts))


def _as_text(outcome: Outcome) -> str:
    """A control that did not pass: its worst findings, or why it did not run, and what to do."""
    if outcome.state == NOT_RUN:
        return f"{outcome.control.id} did not run: {readable(outcome.error)}\nRun it again once the cause is mended."
    shown = outcome.findings[:SHOWN]
    rows = [{name: readable(value) for name, value in finding.items()} for finding in shown]
    more = f"\n... and {outcome.found - len(shown)} more" if outcome.found > len(shown) else ""
    return f"{outcome.control.id}:\n{text_table(rows)}{more}\nWhat to do: {outcome.control.todo}"


def readable(value: object) -> str | None:
    """A value on one line of a log: control characters and others that do not show are escaped.

    :param value: a value of a finding.
    """
    if value is None or isinstance(value, Decimal):
        return None if value is None else f"{value:,}"
    text = str(value)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)[:SHOWN_LENGTH]
