"""Begins a reporting table: writes its query, DDL block, first case, reconciliation and dashboard statements."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dev.recipes.names import check_table_name
from dev.stack.steps import StackError, say
from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA, REPORTING_SQL, ROOT, SQL
from genims.reporting.tables import CATEGORIES

QUERY = """\
/* ---
description: What one row of {name} says.
category: {category}
reads: [master]
grain: [report_date, factory_id]
load: window
lookback: 7 days
owner: data-platform
checks:
  - {{check: not_negative, columns: [machines], level: fail}}
  - {{check: known_member, columns: [factory_id], level: warn}}
--- */
SELECT
    m.installation_date AS report_date,
    coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
    count(*) AS machines
FROM postgres_query('master', $$
    SELECT m.factory_id, m.installation_date
    FROM machines AS m
    WHERE {{{{ window("m.installation_date") }}}}
$$) AS m
LEFT JOIN postgres_query('master', $$SELECT factory_id FROM factories$$) AS f ON f.factory_id = m.factory_id
GROUP BY ALL
"""

RECONCILE = """\
/* --- source: master --- */
SELECT
    m.installation_date AS report_date,
    count(*) AS machines
FROM machines AS m
WHERE {{ window("m.installation_date") }}
GROUP BY m.installation_date
"""

DDL = """
CREATE TABLE IF NOT EXISTS {name} (
    report_date  DATE         NOT NULL COMMENT 'Business day',
    factory_id   VARCHAR(50)  CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL COMMENT 'Factory; UNKNOWN if the master data lack it',
    machines     BIGINT       NOT NULL COMMENT 'Machines installed: number of rows',
    updated_at   DATETIME(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'When this row was published (server time)',
    PRIMARY KEY (report_date, factory_id)
) ENGINE = InnoDB COMMENT = 'What one row of {name} says';
"""  # noqa: E501

CASE = """\
- case: a machine counts on its day, and the next day is another; an unknown factory is UNKNOWN
  window: [2026-03-02, 2026-03-02]
  given:
    master.factories:
      - {{factory_id: FAC-1}}
    master.machines:
      - {{machine_id: M-1, factory_id: FAC-1, installation_date: 2026-03-02}}
      - {{machine_id: M-2, factory_id: FAC-1, installation_date: 2026-03-03}}
      - {{machine_id: M-3, factory_id: FAC-9, installation_date: 2026-03-02}}
  expect:
    - {{report_date: 2026-03-02, factory_id: FAC-1, machines: 1}}
    - {{report_date: 2026-03-02, factory_id: UNKNOWN, machines: 1}}
"""

DASHBOARDS = """\
-- name: machines_by_factory_on_a_day
SELECT
    factory_id,
    machines
FROM {name}
WHERE report_date = :report_date
ORDER BY factory_id;

-- name: all_machines_by_day_over_30_days
SELECT
    report_date,
    SUM(machines) AS machines
FROM {name}
WHERE report_date > :report_date - INTERVAL 30 DAY
    AND report_date <= :report_date
GROUP BY report_date
ORDER BY report_date;

-- name: a_factory_on_a_day
SELECT machines
FROM {name}
WHERE report_date = :report_date
    AND factory_id = :factory_id;
"""


class Files(NamedTuple):
    """The files that a table has to itself."""

    query: Path
    case: Path
    reconcile: Path
    dashboards: Path


def files_of(name: str) -> Files:
    """The files of a reporting table, there or not."""
    return Files(
        REPORTING_SQL / f"{name}.sql",
        ROOT / "tests" / "cases" / "reporting" / f"{name}.yaml",
        SQL / "reconcile" / f"{name}.sql",
        ROOT / "tests" / "bench" / "dashboards" / f"{name}.sql",
    )


def new_table(name: str, category: str) -> None:
    """Write the files of a new table, and say what they are for.

    :raises StackError: the name or the category is not allowed, or something of that name is there.
    """
    check_table_name(name)
    if category not in CATEGORIES:
        raise StackError(f"CATEGORY={category!r}: expected one of {', '.join(CATEGORIES)}")
    files = files_of(name)
    if there := [str(path.relative_to(ROOT)) for path in files if path.exists()]:
        raise StackError(f"NAME={name}: {', '.join(there)} is there already; expected a new name")
    if name in ddl.tables(REPORTING_SCHEMA):
        raise StackError(f"NAME={name}: {REPORTING_SCHEMA.name} declares that table already; expected a new name")

    with REPORTING_SCHEMA.open("a") as schema:
        schema.write(DDL.format(name=name))
    files.case.write_text(CASE.format(name=name))
    files.reconcile.write_text(RECONCILE)
    files.dashboards.write_text(DASHBOARDS.format(name=name))
    # Last and at once: a running Airflow takes the table over as soon as it sees the query.
    unfinished = files.query.with_suffix(".unfinished")
    unfinished.write_text(QUERY.format(name=name, category=category))
    unfinished.rename(files.query)

    for path, purpose in (
        (files.query, "its header and its query over the sources"),
        (REPORTING_SCHEMA, "its columns: the block at the end"),
        (files.case, "rows given, rows expected"),
        (files.reconcile, "the same totals, by a query that the source runs itself"),
        (files.dashboards, "three statements that a dashboard will send"),
    ):
        say(f"{path.relative_to(ROOT)!s:<55} {purpose}")
    say(
        f"\nIt begins as a working example. Fill it in; after each change: make try TABLE={name}\n"
        "Until platform_setup has created the table, runs of a running stack skip it.\n"
        f"When it is right: make docs test. To give it up: make drop-table NAME={name}"
    )
