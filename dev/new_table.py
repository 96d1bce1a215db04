"""Begins a reporting table: writes its query, DDL block, first case, reconciliation and dashboard statements.

python -m dev.new_table NAME CATEGORY    (make new-table NAME=... CATEGORY=...)
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from genims.core.paths import REPORTING_SQL, ROOT, SCHEMA, SQL
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


def begin(name: str, category: str) -> list[Path]:
    """Write the files of a new table; returns them.

    :raises SystemExit: the name or the category is not allowed, or the table exists.
    """
    query = REPORTING_SQL / f"{name}.sql"
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,62}", name):
        raise SystemExit(f"{name!r}: expected a table name of lower-case letters, digits and underscores")
    if category not in CATEGORIES:
        raise SystemExit(f"{category!r}: expected a category, one of {', '.join(CATEGORIES)}")
    if query.exists():
        raise SystemExit(f"{query.relative_to(ROOT)} is there already")

    case, schema = ROOT / "tests" / "cases" / "reporting" / f"{name}.yaml", SCHEMA / "mysql_reporting_schema.sql"
    reconcile = SQL / "reconcile" / f"{name}.sql"
    dashboards = ROOT / "tests" / "bench" / "dashboards" / f"{name}.sql"
    query.write_text(QUERY.format(name=name, category=category))
    reconcile.write_text(RECONCILE)
    case.write_text(CASE.format(name=name))
    dashboards.write_text(DASHBOARDS.format(name=name))
    with schema.open("a") as file:
        file.write(DDL.format(name=name))
    return [query, schema, case, reconcile, dashboards]


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit("usage: make new-table NAME=crm_activity_daily CATEGORY=sales")
    for path in begin(*sys.argv[1:]):
        print(path.relative_to(ROOT))
    print(
        "Write the query, its columns, its cases and what dashboards ask of it; then: make docs test-unit, and "
        "platform_setup creates the table."
    )


if __name__ == "__main__":
    main()
