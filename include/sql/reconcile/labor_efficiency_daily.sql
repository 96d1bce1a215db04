/* --- source: manufacturing --- */
SELECT
    date_trunc('day', lt.transaction_date)::date AS labor_date,
    count(lt.labor_transaction_id) AS bookings,
    sum(lt.labor_cost) AS labor_cost
FROM labor_transactions AS lt
WHERE {{ window("lt.transaction_date") }}
GROUP BY 1
