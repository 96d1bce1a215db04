"""A query that needs more memory than it may use continues on disk."""

from __future__ import annotations

from tests.support.faults.faults import LoadProcess, until

pytest_plugins = ["tests.support.faults.fixtures"]

# Groups 1,500,000 rows by 750,000 texts, which takes 120 MB, and keeps 3,000 of them.
LARGE = """
SELECT
    DATE '{{ window.today }}' AS day,
    any_value(i)::VARCHAR AS id,
    text AS note,
    sum(i) * 0.01 AS amount,
    count(*) AS quantity,
    NULL AS seen_at
FROM (SELECT i % 750000 AS i, md5((i % 750000)::VARCHAR) AS text FROM range(1500000) AS r(i))
GROUP BY text
HAVING sum(i) % 500 = 0
"""
MEMORY_MB, BESIDE_MB = 60, 150


def test_a_query_without_enough_memory_spills_and_gives_the_same_rows(scratch, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    scratch.create(select=LARGE)
    scratch.load()
    rows = scratch.rows()
    assert len(rows) == 3000

    variables = {"GENIMS_DUCKDB_MEMORY": f"{MEMORY_MB}MB", "GENIMS_TEMP_DIRECTORY": str(temporary)}
    load = LoadProcess(scratch, environment=variables)
    until(lambda: list(temporary.glob("*/*.tmp")))
    assert load.wait() == "done"
    assert scratch.rows() == rows
    assert load.grown_by < (MEMORY_MB + BESIDE_MB) << 20
    assert list(temporary.iterdir()) == []
