/* ---
description: Promotions, transfers and other changes of employment that HR keeps as history.
table: personnel_data_changes
reads: [hr]
owner: hr
changes:
  hr.employee_employment_history: [created_at, approved_date]
--- */

-- The entry says that a salary changed; both amounts stay in the source, as in schema/audit_capture.yaml.

WITH compared AS (
    SELECT
        h.history_id,
        c.position,
        c.name,
        to_json(c.name) || ':' || coalesce(to_json(c.old_value), 'null') AS old_pair,
        to_json(c.name) || ':' || coalesce(to_json(c.new_value), 'null') AS new_pair
    FROM hr.employee_employment_history AS h
    CROSS JOIN LATERAL (
        VALUES
            (1, 'position_id', h.previous_position_id, h.new_position_id),
            (2, 'department_id', h.previous_department_id, h.new_department_id),
            (3, 'job_title', h.previous_job_title, h.new_job_title),
            (4, 'job_level', h.previous_job_level, h.new_job_level),
            (5, 'manager_id', h.previous_manager_id, h.new_manager_id),
            (6, 'factory_id', h.previous_factory_id, h.new_factory_id),
            (7, 'salary', '***', CASE WHEN h.previous_salary = h.new_salary THEN '***' ELSE '*** changed' END)
    ) AS c (position, name, old_value, new_value)
    WHERE
        c.old_value IS DISTINCT FROM c.new_value
        AND (c.name <> 'salary' OR coalesce(h.previous_salary, h.new_salary) IS NOT NULL)
),

images AS (
    SELECT
        c.history_id,
        string_agg(c.name, ',' ORDER BY c.position) AS changed_columns,
        string_agg(c.old_pair, ',' ORDER BY c.position) AS old_pairs,
        string_agg(c.new_pair, ',' ORDER BY c.position) AS new_pairs
    FROM compared AS c
    GROUP BY c.history_id
)

SELECT
    'hr.employee_employment_history/' || h.history_id AS entry_key,
    happened(h.effective_date) AS audit_timestamp,
    'UPDATE' AS operation,
    'hr.employees' AS table_name,
    h.employee_id AS row_key,
    coalesce(i.changed_columns, '') AS changed_columns,
    '{' || coalesce(i.old_pairs, '') || '}' AS old_values,
    '{' || coalesce(i.new_pairs, '') || '}' AS new_values,
    coalesce(h.approved_by, 'unknown') AS changed_by,
    concat_ws(', ', h.change_type, left(h.reason, 2000), 'effective ' || h.effective_date) AS reason
FROM hr.employee_employment_history AS h
LEFT JOIN images AS i ON i.history_id = h.history_id
