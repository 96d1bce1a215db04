-- name: both_sides_on_a_day
SELECT
    side,
    SUM(open_amount) AS open_amount,
    SUM(not_due_amount) AS not_due_amount,
    SUM(overdue_1_30_amount) AS overdue_1_30_amount,
    SUM(overdue_31_60_amount) AS overdue_31_60_amount,
    SUM(overdue_61_90_amount) AS overdue_61_90_amount,
    SUM(overdue_over_90_amount) AS overdue_over_90_amount
FROM receivables_payables_aging
WHERE as_of_date = :as_of_date
GROUP BY side;

-- name: ten_most_overdue_parties_now
SELECT
    party_id,
    party_name,
    open_amount,
    overdue_amount,
    oldest_due_date,
    avg_days_overdue
FROM receivables_payables_aging
WHERE as_of_date = (SELECT MAX(as_of_date) FROM receivables_payables_aging)
    AND side = :side
ORDER BY overdue_amount DESC
LIMIT 10;

-- name: a_party_by_day_over_90_days
SELECT
    as_of_date,
    open_amount,
    overdue_amount,
    overdue_pct
FROM receivables_payables_aging
WHERE side = :side
    AND party_id = :party_id
    AND as_of_date > :as_of_date - INTERVAL 90 DAY
    AND as_of_date <= :as_of_date
ORDER BY as_of_date;
