"""Entries are compared with what is on record in little memory, however many they are."""

from __future__ import annotations

import duckdb

from genims.audit.logs.source_log import source_logs
from genims.audit.logs.sync import _new_entries_query

LOGS = {log.name: log for log in source_logs()}
ENTRIES = 600_000
MEMORY = "64MB"


def test_the_comparison_goes_through_files_where_the_memory_ends(tmp_path):
    log = LOGS["integrations"]
    options = {"memory_limit": MEMORY, "threads": 1, "temp_directory": str(tmp_path)}
    with duckdb.connect(config=options) as duck:
        values = ", ".join(f"'{column.name} of ' || n AS {column.name}" for column in log.value_columns)
        duck.execute(
            f"CREATE TABLE staged AS SELECT 'K' || n AS entry_key, TIMESTAMP '2026-01-01' AS audit_timestamp, {values} "
            f"FROM range({ENTRIES}) AS r (n)"
        )
        digested = ", ".join(f"'=' || {column.name}" for column in log.value_columns)
        duck.execute(
            "CREATE TABLE on_record AS SELECT sha256(entry_key) AS key_digest, "
            f"sha256(concat_ws(chr(0), {digested})) AS value_digest, rowid::UBIGINT AS audit_sequence FROM staged"
        )
        # The last two: one on record with its value once and then with another, and one that is not there.
        duck.execute(f"DELETE FROM on_record WHERE audit_sequence = {ENTRIES - 1}")
        duck.execute(
            f"INSERT INTO on_record SELECT key_digest, 'another', {ENTRIES} FROM on_record WHERE audit_sequence = 7"
        )
        found = duck.execute(_new_entries_query(log)).fetchall()
    assert [row[0] for row in found] == [f"K{ENTRIES - 1}", "K7"]
