/* --- source: sync --- */
SELECT
    fact.day AS reconciliation_date,
    sum(fact.reconciliations) AS reconciliations,
    sum(fact.header_variance_value) AS header_variance_value,
    sum(fact.lines_compared) AS lines_compared,
    sum(fact.lines_matched) AS lines_matched,
    sum(fact.variance_quantity) AS variance_quantity,
    sum(fact.variance_value) AS variance_value,
    sum(fact.absolute_variance_value) AS absolute_variance_value
FROM (
    SELECT
        reconciliation_date AS day,
        1 AS reconciliations,
        total_variance_value AS header_variance_value,
        0 AS lines_compared,
        0 AS lines_matched,
        0 AS variance_quantity,
        0 AS variance_value,
        0 AS absolute_variance_value
    FROM inventory_reconciliation_headers
    WHERE {{ window("reconciliation_date") }}
    UNION ALL
    SELECT
        (SELECT h.reconciliation_date FROM inventory_reconciliation_headers AS h
            WHERE h.reconciliation_id = l.reconciliation_id),
        0,
        0,
        1,
        CASE WHEN l.variance_quantity = 0 THEN 1 ELSE 0 END,
        l.variance_quantity,
        l.variance_value,
        abs(l.variance_value)
    FROM inventory_reconciliation_lines AS l
) AS fact
WHERE {{ window("fact.day") }}
GROUP BY fact.day
/* --- source: sync --- */
SELECT
    h.reconciliation_date,
    sum(CASE h.reconciliation_status WHEN 'in_progress' THEN 1 END) AS reconciliations_in_progress,
    sum(CASE h.reconciliation_status WHEN 'completed' THEN 1 END) AS reconciliations_completed,
    sum(CASE h.reconciliation_status WHEN 'approved' THEN 1 WHEN 'adjustments_posted' THEN 1 END)
        AS reconciliations_approved,
    sum(lines.adjusted) AS lines_adjusted,
    sum(lines.varying) AS lines_with_variance,
    sum(lines.counted) AS lines_count_discrepancy,
    sum(lines.damaged) AS lines_damage,
    sum(lines.faulty) AS lines_system_error,
    sum(lines.stolen) AS lines_theft,
    sum(lines.varying - lines.counted - lines.damaged - lines.faulty - lines.stolen - lines.unexplained)
        AS lines_other_reason,
    sum(lines.unexplained) AS lines_unexplained,
    sum(lines.absolute) AS absolute_variance_quantity
FROM inventory_reconciliation_headers AS h
CROSS JOIN LATERAL (
    SELECT
        count(nullif(l.adjustment_posted, false)) AS adjusted,
        count(nullif(l.variance_quantity, 0)) AS varying,
        count(CASE l.variance_reason WHEN 'Count discrepancy' THEN nullif(l.variance_quantity, 0) END) AS counted,
        count(CASE l.variance_reason WHEN 'Damage' THEN nullif(l.variance_quantity, 0) END) AS damaged,
        count(CASE l.variance_reason WHEN 'System error' THEN nullif(l.variance_quantity, 0) END) AS faulty,
        count(CASE l.variance_reason WHEN 'Theft' THEN nullif(l.variance_quantity, 0) END) AS stolen,
        count(CASE WHEN l.variance_reason IS NULL THEN nullif(l.variance_quantity, 0) END) AS unexplained,
        sum(abs(l.variance_quantity)) AS absolute
    FROM inventory_reconciliation_lines AS l
    WHERE l.reconciliation_id = h.reconciliation_id
) AS lines
WHERE {{ window("h.reconciliation_date") }}
GROUP BY h.reconciliation_date

/* --- source: sync --- */
SELECT
    a.adjustment_date AS reconciliation_date,
    sum(1) AS adjustments,
    sum(CASE a.sync_status WHEN 'completed' THEN 1 END) AS adjustments_completed,
    sum(CASE a.sync_status WHEN 'pending' THEN 1 END) AS adjustments_pending,
    sum(CASE a.sync_status WHEN 'error' THEN 1 END) AS adjustments_error,
    sum(a.adjustment_quantity) AS adjustment_quantity,
    sum(greatest(a.adjustment_quantity, -a.adjustment_quantity)) AS absolute_adjustment_quantity,
    sum(a.adjustment_value) AS adjustment_value
FROM inventory_adjustments_sync AS a
WHERE {{ window("a.adjustment_date") }}
GROUP BY a.adjustment_date

/* --- source: sync --- */
SELECT
    date_trunc('day', c.created_at)::date AS reconciliation_date,
    sum(1) AS cycle_counts,
    sum(CASE c.integration_status WHEN 'pending' THEN 1 END) AS cycle_counts_pending,
    sum(CASE c.integration_status WHEN 'completed' THEN 1 WHEN 'reconciled' THEN 1 WHEN 'adjustments_posted' THEN 1 END)
        AS cycle_counts_completed,
    sum(CASE c.integration_status WHEN 'failed' THEN 1 END) AS cycle_counts_failed,
    sum(c.items_counted) AS cycle_count_items
FROM cycle_count_integration AS c
WHERE {{ window("c.created_at") }}
GROUP BY 1

/* --- source: sync --- */
SELECT
    date_trunc('day', e.error_timestamp)::date AS reconciliation_date,
    sum(1) AS sync_errors,
    sum(CASE WHEN e.error_status = ANY (ARRAY['resolved', 'ignored']) THEN 0 ELSE 1 END) AS sync_errors_open,
    sum(CASE e.error_status WHEN 'resolved' THEN 1 WHEN 'ignored' THEN 1 END) AS sync_errors_resolved
FROM inventory_sync_errors AS e
WHERE {{ window("e.error_timestamp") }}
GROUP BY 1

/* --- source: sync --- */
SELECT
    date_trunc('day', q.transaction_date)::date AS reconciliation_date,
    sum(1) AS sync_messages,
    sum(CASE q.sync_status WHEN 'pending' THEN 1 WHEN 'retry' THEN 1 END) AS sync_messages_pending,
    sum(CASE q.sync_status WHEN 'in_progress' THEN 1 END) AS sync_messages_in_progress,
    sum(CASE q.sync_status WHEN 'completed' THEN 1 END) AS sync_messages_completed,
    sum(CASE q.sync_status WHEN 'error' THEN 1 END) AS sync_messages_error
FROM inventory_sync_queue AS q
WHERE {{ window("q.transaction_date") }}
GROUP BY 1

/* --- identities --- */
SELECT
    sync_errors - sync_errors_resolved AS sync_errors_open,
    100 * lines_matched / nullif(lines_matched + lines_with_variance, 0) AS accuracy_pct
