"""Begins a reporting table: its query file, DDL block, first case and dashboard statements, all of one name.

python -m dev.new_table NAME CATEGORY    (make new-table NAME=... CATEGORY=...)
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from genims.paths import REPORTING_SQL, ROOT, SCHEMA
from genims.reporting_table import CATEGORIES

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
  - {{check: not_negative, columns: [factories], level: fail}}
--- */
SELECT
    CAST(f.created_at AS DATE) AS report_date,
    f.factory_id,
    count(*) AS factories
FROM master.factories AS f
WHERE {{{{ window("f.created_at") }}}}
GROUP BY CAST(f.created_at AS DATE), f.factory_id
"""

DDL = """
CREATE TABLE IF NOT EXISTS {name} (
    report_date  DATE         NOT NULL COMMENT 'Business day',
    factory_id   VARCHAR(50)  CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL COMMENT 'Factory',
    factories    BIGINT       NOT NULL COMMENT 'Factories: number of rows',
    updated_at   DATETIME(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'When this row was published (server time)',
    PRIMARY KEY (report_date, factory_id)
) ENGINE = InnoDB COMMENT = 'What one row of {name} says';
"""  # noqa: E501

CASE = """\
- case: a row counts on its day, and the next day is another
  window: [2026-03-02, 2026-03-02]
  given:
    master.factories:
      - {{factory_id: FAC-1, created_at: "2026-03-02 23:59:59"}}
      - {{factory_id: FAC-2, created_at: "2026-03-03 00:00:00"}}
  expect:
    - {{report_date: 2026-03-02, factory_id: FAC-1, factories: 1}}
"""

DASHBOARDS = """\
-- name: factories_on_a_day
SELECT
    factory_id,
    factories
FROM {name}
WHERE report_date = :report_date
ORDER BY factory_id;

-- name: all_factories_by_day_over_30_days
SELECT
    report_date,
    SUM(factories) AS factories
FROM {name}
WHERE report_date > :report_date - INTERVAL 30 DAY
    AND report_date <= :report_date
GROUP BY report_date
ORDER BY report_date;

-- name: a_factory_on_a_day
SELECT factories
FROM {name}
WHERE report_date = :report_date
    AND factory_id = :factory_id;
"""


def begin(name: str, category: str) -> list[Path]:
    """Write the files of a new table; returns them.

    :raises SystemExit: the name or the category is not allowed, or there is such a table.
    """
    query = REPORTING_SQL / f"{name}.sql"
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,62}", name):
        raise SystemExit(f"{name!r}: expected a table name of lower-case letters, digits and underscores")
    if category not in CATEGORIES:
        raise SystemExit(f"{category!r}: expected a category, one of {', '.join(CATEGORIES)}")
    if query.exists():
        raise SystemExit(f"{query.relative_to(ROOT)} is there already")

    case, schema = ROOT / "tests" / "cases" / f"{name}.yaml", SCHEMA / "mysql_reporting_schema.sql"
    dashboards = ROOT / "tests" / "bench" / "dashboards" / f"{name}.sql"
    query.write_text(QUERY.format(name=name, category=category))
    case.write_text(CASE.format(name=name))
    dashboards.write_text(DASHBOARDS.format(name=name))
    with schema.open("a") as file:
        file.write(DDL.format(name=name))
    return [query, schema, case, dashboards]


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
