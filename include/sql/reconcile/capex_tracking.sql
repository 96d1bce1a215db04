/* --- source: master --- */
SELECT
    to_char(months.first_day, 'YYYY-MM') AS period_month,
    sum(m.asset_value_usd) AS asset_value_usd,
    sum(CASE WHEN date_trunc('month', m.installation_date) = months.first_day THEN m.asset_value_usd ELSE 0 END)
        AS additions_usd
FROM generate_series(DATE '{{ window.start }}', DATE '{{ window.end }}' - 1, INTERVAL '1 month') AS months (first_day)
JOIN machines AS m
    ON date_trunc('month', m.installation_date) = months.first_day
    OR (
        months.first_day <= DATE '{{ window.today }}'
        AND coalesce(date_trunc('month', m.installation_date), '-infinity') < months.first_day
    )
GROUP BY months.first_day
