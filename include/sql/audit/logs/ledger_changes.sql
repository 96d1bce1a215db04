/* ---
description: What the accounting application logged of inserted, changed, posted, reversed and deleted ledger records.
table: financial_data_changes
reads: [financial]
owner: finance
changes:
  financial.gl_audit_trail: [audit_timestamp]
--- */

/*
Posting and reversing a record count as an update. Values that the log does not give are an empty object. Where the log
does not name the record, table_name and row_key are those of the log's own row.
*/

WITH actions AS (
    SELECT
        t.audit_id,
        t.audit_timestamp,
        CASE t.action_type WHEN 'insert' THEN 'INSERT' WHEN 'delete' THEN 'DELETE' ELSE 'UPDATE' END AS operation,
        coalesce(t.entity_type, 'gl_audit_trail') AS entity,
        CASE WHEN t.entity_type IS NULL THEN t.audit_id ELSE coalesce(t.entity_id, t.audit_id) END AS entity_key,
        coalesce(t.old_values::JSON, '{}') AS old_values,
        coalesce(t.new_values::JSON, '{}') AS new_values,
        coalesce(t.user_name, t.user_id, 'unknown') AS changed_by,
        concat_ws(', ', t.action_type, 'address ' || t.ip_address, 'session ' || t.session_id) AS reason
    FROM financial.gl_audit_trail AS t
),

images AS (
    SELECT
        a.audit_id,
        coalesce(from_json(a.old_values, '"MAP(VARCHAR, JSON)"'), MAP {}) AS old_map,
        coalesce(from_json(a.new_values, '"MAP(VARCHAR, JSON)"'), MAP {}) AS new_map
    FROM actions AS a
),

changed AS (
    SELECT
        i.audit_id,
        list_filter(
            list_sort(list_distinct(map_keys(i.old_map) || map_keys(i.new_map))),
            lambda name: i.old_map[name] IS DISTINCT FROM i.new_map[name]
        ) AS names
    FROM images AS i
)

SELECT
    'financial.gl_audit_trail/' || a.audit_id AS entry_key,
    happened(a.audit_timestamp) AS audit_timestamp,
    a.operation,
    'financial.' || a.entity AS table_name,
    a.entity_key AS row_key,
    CASE WHEN a.operation = 'UPDATE' THEN array_to_string(c.names, ',') END AS changed_columns,
    CASE WHEN a.operation <> 'INSERT' THEN a.old_values::VARCHAR END AS old_values,
    CASE WHEN a.operation <> 'DELETE' THEN a.new_values::VARCHAR END AS new_values,
    a.changed_by,
    a.reason
FROM actions AS a
JOIN changed AS c ON c.audit_id = a.audit_id
