/* ---
title: The month's actuals are near their budget
proves: No budgeted account's actual of the month up to the day is off by more than half and by more than the materiality from the budget's share for these days.
standard: SOX 404, analytical review; budget control
level: report
materiality: 10000000
todo: Find out whether budget or actual is wrong, and note the reason with the sign-off.
reads: [reporting.budget_vs_actual]
--- */
{% from "macros/flux.sql" import SHARE -%}
SELECT
    b.period_month AS document,
    b.account_code AS account,
    NULL AS company,
    b.currency,
    b.actual_amount - b.budget_to_date AS amount,
    CONCAT('actual ', b.actual_amount, ', budget up to the day ', b.budget_to_date) AS detail,
    ABS(b.actual_amount - b.budget_to_date) > {{ SHARE }} * ABS(b.budget_to_date) AS broken
FROM (
    SELECT
        v.*,
        CAST(v.budget_amount * {{ day.day }} / DAY(LAST_DAY(DATE '{{ day }}')) AS DECIMAL(38, 2)) AS budget_to_date
    FROM budget_vs_actual AS v
    WHERE v.period_month = '{{ day.strftime("%Y-%m") }}'
        AND v.is_summary = 0 AND v.budget_amount <> 0 AND v.actual_amount IS NOT NULL
) AS b
