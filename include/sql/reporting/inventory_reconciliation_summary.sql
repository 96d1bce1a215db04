/* ---
description: ERP-WMS reconciliations, adjustments, cycle counts and sync errors per factory and day.
category: inventory
reads: [sync, master]
grain: [reconciliation_date, factory_id]
load: window
lookback: 45 days
owner: supply_chain
checks:
  - {check: in_range, columns: [accuracy_pct], min: 0, max: 100, level: fail}
  - {check: in_range, columns: [sync_errors_open, adjustments_error], min: 0, max: 0, level: warn}
  - {check: known_member, columns: [factory_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
--- */
-- Rows follow the facts: a factory and day with nothing but adjustments has a row as well, so there are more rows than
-- factory-days with a reconciliation. Cycle counts have no location; sync errors and queue entries need not have one:
-- without it, or with one that the master data lack, they are counted under the factory UNKNOWN, on the day they were
-- written.
-- Accuracy counts lines: the counts in the reconciliation headers, and the compared quantities and values in the lines,
-- are never filled; only the variances are. The variance of a header is not the sum of its lines: both are shown.
-- An error counts as resolved when its status says so: resolved_at is set on pending and failed errors, too.
WITH factories AS (
    SELECT f.factory_id, f.factory_name
    FROM postgres_query('master', $$SELECT fa.factory_id, fa.factory_name FROM factories AS fa$$) AS f
),

reconciliations AS (
    SELECT
        irh.reconciliation_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        count(*) AS reconciliations,
        count(*) FILTER (WHERE irh.reconciliation_status = 'in_progress') AS reconciliations_in_progress,
        count(*) FILTER (WHERE irh.reconciliation_status = 'completed') AS reconciliations_completed,
        count(*) FILTER (WHERE irh.reconciliation_status IN ('approved', 'adjustments_posted'))
            AS reconciliations_approved,
        coalesce(sum(irh.total_variance_value), 0) AS header_variance_value
    FROM postgres_query('sync', $$
        SELECT
            h.reconciliation_date,
            h.location_id,
            h.reconciliation_status,
            h.total_variance_value
        FROM inventory_reconciliation_headers AS h
        WHERE {{ window("h.reconciliation_date") }}
    $$) AS irh
    LEFT JOIN factories AS f ON f.factory_id = irh.location_id
    GROUP BY ALL
),

-- Lines have no date: PostgreSQL joins them to the headers of the window by index.
reconciliation_lines AS (
    SELECT
        reconciliation_date,
        location_id,
        regexp_replace(material_id, '^MATERIAL-', 'MAT-') AS material_id,
        variance_quantity,
        variance_value,
        variance_reason,
        adjustment_posted
    FROM postgres_query('sync', $$
        SELECT
            irh.reconciliation_date,
            irl.location_id,
            irl.material_id,
            irl.variance_quantity,
            irl.variance_value,
            irl.variance_reason,
            irl.adjustment_posted
        FROM inventory_reconciliation_headers AS irh
        INNER JOIN inventory_reconciliation_lines AS irl ON irl.reconciliation_id = irh.reconciliation_id
        WHERE {{ window("irh.reconciliation_date") }}
    $$)
),

variances AS (
    SELECT
        rl.reconciliation_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        count(*) AS lines_compared,
        count(DISTINCT material_id) AS materials_compared,
        count(*) FILTER (WHERE variance_quantity = 0) AS lines_matched,
        count(*) FILTER (WHERE variance_quantity <> 0) AS lines_with_variance,
        count(*) FILTER (WHERE variance_quantity <> 0 AND variance_reason = 'Count discrepancy')
            AS lines_count_discrepancy,
        count(*) FILTER (WHERE variance_quantity <> 0 AND variance_reason = 'Damage') AS lines_damage,
        count(*) FILTER (WHERE variance_quantity <> 0 AND variance_reason = 'System error') AS lines_system_error,
        count(*) FILTER (WHERE variance_quantity <> 0 AND variance_reason = 'Theft') AS lines_theft,
        count(*) FILTER (
            WHERE variance_quantity <> 0
                AND variance_reason NOT IN ('Count discrepancy', 'Damage', 'System error', 'Theft')
        ) AS lines_other_reason,
        count(*) FILTER (WHERE variance_quantity <> 0 AND variance_reason IS NULL) AS lines_unexplained,
        count(*) FILTER (WHERE adjustment_posted) AS lines_adjusted,
        coalesce(sum(variance_quantity), 0) AS variance_quantity,
        coalesce(sum(abs(variance_quantity)), 0) AS absolute_variance_quantity,
        coalesce(sum(variance_value), 0) AS variance_value,
        coalesce(sum(abs(variance_value)), 0) AS absolute_variance_value
    FROM reconciliation_lines AS rl
    LEFT JOIN factories AS f ON f.factory_id = rl.location_id
    GROUP BY ALL
),

adjustments AS (
    SELECT
        ias.adjustment_date AS reconciliation_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        count(*) AS adjustments,
        count(*) FILTER (WHERE ias.sync_status = 'completed') AS adjustments_completed,
        count(*) FILTER (WHERE ias.sync_status = 'pending') AS adjustments_pending,
        count(*) FILTER (WHERE ias.sync_status = 'error') AS adjustments_error,
        sum(ias.adjustment_quantity) AS adjustment_quantity,
        sum(abs(ias.adjustment_quantity)) AS absolute_adjustment_quantity,
        sum(ias.adjustment_value) AS adjustment_value
    FROM postgres_query('sync', $$
        SELECT
            a.adjustment_date,
            a.location_id,
            a.sync_status,
            a.adjustment_quantity,
            a.adjustment_value
        FROM inventory_adjustments_sync AS a
        WHERE {{ window("a.adjustment_date") }}
    $$) AS ias
    LEFT JOIN factories AS f ON f.factory_id = ias.location_id
    GROUP BY ALL
),

cycle_counts AS (
    SELECT
        cci.created_at::DATE AS reconciliation_date,
        'UNKNOWN' AS factory_id,
        count(*) AS cycle_counts,
        count(*) FILTER (WHERE cci.integration_status = 'pending') AS cycle_counts_pending,
        count(*) FILTER (WHERE cci.integration_status IN ('completed', 'reconciled', 'adjustments_posted'))
            AS cycle_counts_completed,
        count(*) FILTER (WHERE cci.integration_status = 'failed') AS cycle_counts_failed,
        coalesce(sum(cci.items_counted), 0) AS cycle_count_items
    FROM postgres_query('sync', $$
        SELECT
            c.created_at,
            c.integration_status,
            c.items_counted
        FROM cycle_count_integration AS c
        WHERE {{ window("c.created_at") }}
    $$) AS cci
    GROUP BY ALL
),

sync_errors AS (
    SELECT
        ise.error_timestamp::DATE AS reconciliation_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        count(*) AS sync_errors,
        count(*) FILTER (WHERE ise.error_status IN ('resolved', 'ignored')) AS sync_errors_resolved
    FROM postgres_query('sync', $$
        SELECT
            e.error_timestamp,
            e.location_id,
            e.error_status
        FROM inventory_sync_errors AS e
        WHERE {{ window("e.error_timestamp") }}
    $$) AS ise
    LEFT JOIN factories AS f ON f.factory_id = ise.location_id
    GROUP BY ALL
),

sync_queue AS (
    SELECT
        isq.transaction_date::DATE AS reconciliation_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        count(*) AS sync_messages,
        count(*) FILTER (WHERE isq.sync_status IN ('pending', 'retry')) AS sync_messages_pending,
        count(*) FILTER (WHERE isq.sync_status = 'in_progress') AS sync_messages_in_progress,
        count(*) FILTER (WHERE isq.sync_status = 'completed') AS sync_messages_completed,
        count(*) FILTER (WHERE isq.sync_status = 'error') AS sync_messages_error
    FROM postgres_query('sync', $$
        SELECT
            q.transaction_date,
            q.from_location,
            q.to_location,
            q.sync_status
        FROM inventory_sync_queue AS q
        WHERE {{ window("q.transaction_date") }}
    $$) AS isq
    LEFT JOIN factories AS f ON f.factory_id = coalesce(isq.from_location, isq.to_location)
    GROUP BY ALL
),

factory_days AS (
    SELECT reconciliation_date, factory_id FROM reconciliations
    UNION
    SELECT reconciliation_date, factory_id FROM variances
    UNION
    SELECT reconciliation_date, factory_id FROM adjustments
    UNION
    SELECT reconciliation_date, factory_id FROM cycle_counts
    UNION
    SELECT reconciliation_date, factory_id FROM sync_errors
    UNION
    SELECT reconciliation_date, factory_id FROM sync_queue
)

SELECT
    fd.reconciliation_date,
    fd.factory_id,
    f.factory_name,

    coalesce(r.reconciliations, 0) AS reconciliations,
    coalesce(r.reconciliations_in_progress, 0) AS reconciliations_in_progress,
    coalesce(r.reconciliations_completed, 0) AS reconciliations_completed,
    coalesce(r.reconciliations_approved, 0) AS reconciliations_approved,
    CAST(coalesce(r.header_variance_value, 0) AS DECIMAL(18, 2)) AS header_variance_value,

    coalesce(v.lines_compared, 0) AS lines_compared,
    coalesce(v.materials_compared, 0) AS materials_compared,
    coalesce(v.lines_matched, 0) AS lines_matched,
    coalesce(v.lines_with_variance, 0) AS lines_with_variance,
    CAST(100 * v.lines_matched / nullif(v.lines_matched + v.lines_with_variance, 0) AS DECIMAL(9, 2)) AS accuracy_pct,
    coalesce(v.lines_count_discrepancy, 0) AS lines_count_discrepancy,
    coalesce(v.lines_damage, 0) AS lines_damage,
    coalesce(v.lines_system_error, 0) AS lines_system_error,
    coalesce(v.lines_theft, 0) AS lines_theft,
    coalesce(v.lines_other_reason, 0) AS lines_other_reason,
    coalesce(v.lines_unexplained, 0) AS lines_unexplained,
    coalesce(v.lines_adjusted, 0) AS lines_adjusted,
    CAST(coalesce(v.variance_quantity, 0) AS DECIMAL(18, 4)) AS variance_quantity,
    CAST(coalesce(v.absolute_variance_quantity, 0) AS DECIMAL(18, 4)) AS absolute_variance_quantity,
    CAST(coalesce(v.variance_value, 0) AS DECIMAL(18, 2)) AS variance_value,
    CAST(coalesce(v.absolute_variance_value, 0) AS DECIMAL(18, 2)) AS absolute_variance_value,

    coalesce(a.adjustments, 0) AS adjustments,
    coalesce(a.adjustments_completed, 0) AS adjustments_completed,
    coalesce(a.adjustments_pending, 0) AS adjustments_pending,
    coalesce(a.adjustments_error, 0) AS adjustments_error,
    CAST(coalesce(a.adjustment_quantity, 0) AS DECIMAL(18, 4)) AS adjustment_quantity,
    CAST(coalesce(a.absolute_adjustment_quantity, 0) AS DECIMAL(18, 4)) AS absolute_adjustment_quantity,
    CAST(a.adjustment_value AS DECIMAL(18, 2)) AS adjustment_value,

    coalesce(cc.cycle_counts, 0) AS cycle_counts,
    coalesce(cc.cycle_counts_pending, 0) AS cycle_counts_pending,
    coalesce(cc.cycle_counts_completed, 0) AS cycle_counts_completed,
    coalesce(cc.cycle_counts_failed, 0) AS cycle_counts_failed,
    coalesce(cc.cycle_count_items, 0) AS cycle_count_items,

    coalesce(se.sync_errors, 0) AS sync_errors,
    coalesce(se.sync_errors - se.sync_errors_resolved, 0) AS sync_errors_open,
    coalesce(se.sync_errors_resolved, 0) AS sync_errors_resolved,

    coalesce(sq.sync_messages, 0) AS sync_messages,
    coalesce(sq.sync_messages_pending, 0) AS sync_messages_pending,
    coalesce(sq.sync_messages_in_progress, 0) AS sync_messages_in_progress,
    coalesce(sq.sync_messages_completed, 0) AS sync_messages_completed,
    coalesce(sq.sync_messages_error, 0) AS sync_messages_error
FROM factory_days AS fd
LEFT JOIN factories AS f USING (factory_id)
LEFT JOIN reconciliations AS r USING (reconciliation_date, factory_id)
LEFT JOIN variances AS v USING (reconciliation_date, factory_id)
LEFT JOIN adjustments AS a USING (reconciliation_date, factory_id)
LEFT JOIN cycle_counts AS cc USING (reconciliation_date, factory_id)
LEFT JOIN sync_errors AS se USING (reconciliation_date, factory_id)
LEFT JOIN sync_queue AS sq USING (reconciliation_date, factory_id)
