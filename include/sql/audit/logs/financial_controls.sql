/* ---
description: Tasks of the period close and three-way matches of invoices, as controls with their outcome.
table: sox_compliance_log
reads: [financial, supplier]
owner: finance
changes:
  supplier.three_way_match_log: [match_timestamp]
--- */

-- An unfinished close task is a control that has not run. A match with any variance is an exception. A match without a
-- time belongs to 1970-01-01, the day of a clock that was never set.

WITH controls AS (
    SELECT
        'financial.period_close_tasks' AS source_table,
        t.task_id AS source_key,
        t.completed_at AS moment,
        'period_close_task' AS control_id,
        coalesce(
            t.completed_at::DATE, t.started_at::DATE, make_date(t.fiscal_year, greatest(least(t.fiscal_period, 12), 1), 1)
        ) AS business_day,
        printf('%d-%02d %s', t.fiscal_year, t.fiscal_period, t.task_name) AS subject,
        CASE t.task_status WHEN 'completed' THEN 'passed' WHEN 'failed' THEN 'failed' ELSE 'not_run' END AS outcome,
        concat_ws(', ', coalesce(t.task_status, 'no status'), 'by ' || t.completed_by, left(t.result_message, 2000))
            AS detail
    FROM financial.period_close_tasks AS t
    UNION ALL
    SELECT
        'supplier.three_way_match_log',
        m.log_id,
        m.match_timestamp,
        'three_way_match',
        coalesce(m.match_timestamp::DATE, DATE '1970-01-01'),
        m.invoice_id,
        CASE m.match_result WHEN 'matched' THEN 'passed' ELSE 'failed' END,
        concat_ws(
            ', ',
            coalesce(m.match_result, 'no result'),
            m.match_type,
            'order ' || m.po_id,
            'receipt ' || m.receipt_id,
            'variance ' || m.variance_amount,
            m.action_taken,
            left(m.notes, 2000)
        )
    FROM supplier.three_way_match_log AS m
)

SELECT
    concat_ws('/', c.source_table, c.source_key) AS entry_key,
    happened(c.moment) AS audit_timestamp,
    c.control_id,
    c.business_day,
    c.subject,
    1 AS population_count,
    CASE c.outcome WHEN 'failed' THEN 1 ELSE 0 END AS exception_count,
    c.outcome,
    c.detail,
    c.source_table,
    c.source_key
FROM controls AS c
