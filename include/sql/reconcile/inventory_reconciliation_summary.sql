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
