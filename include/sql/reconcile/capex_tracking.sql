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

/* --- source: master --- */
-- How many days a machine was used in a month, and up to the day that its month is told of.
SELECT
    to_char(m.month_start, 'YYYY-MM') AS period_month,
    sum(m.is_addition) AS additions,
    sum(round(m.asset_value_usd / m.life_days, 8) * greatest(
        least(m.as_of, m.installed + m.life_days - 1) - greatest(m.month_start, m.installed) + 1, 0
    )) AS depreciation_usd,
    sum(m.asset_value_usd * CASE WHEN m.days_used >= m.life_days THEN 1.0 ELSE m.days_used END
        / CASE WHEN m.days_used >= m.life_days THEN 1 ELSE m.life_days END) AS accumulated_depreciation_usd
FROM (
    SELECT
        months.month_start,
        months.as_of,
        machine.installation_date AS installed,
        machine.asset_value_usd,
        nullif(machine.expected_life_years, 0) * 365 AS life_days,
        greatest(months.as_of - machine.installation_date + 1, machine.installation_date - machine.installation_date)
            AS days_used,
        CASE WHEN machine.installation_date BETWEEN months.month_start AND months.month_end THEN 1 ELSE 0 END AS is_addition
    FROM (
        SELECT
            first_day::date AS month_start,
            (first_day + INTERVAL '1 month')::date - 1 AS month_end,
            least((first_day + INTERVAL '1 month')::date - 1, DATE '{{ window.today }}') AS as_of
        FROM generate_series(DATE '{{ window.start }}', DATE '{{ window.end }}' - 1, INTERVAL '1 month') AS f (first_day)
    ) AS months
    JOIN machines AS machine
        ON machine.installation_date BETWEEN months.month_start AND months.month_end
        OR (
            months.month_start <= DATE '{{ window.today }}'
            AND coalesce(machine.installation_date, months.month_end) <= months.month_end
        )
) AS m
GROUP BY m.month_start

/* --- identities --- */
SELECT
    asset_value_usd - accumulated_depreciation_usd AS book_value_usd,
    CASE WHEN additions = 0 THEN 0 ELSE round(additions_usd * usd_rate, 2) END AS additions_value,
    round(asset_value_usd * usd_rate, 2) AS asset_value,
    round(accumulated_depreciation_usd * usd_rate, 2) AS accumulated_depreciation,
    round(book_value_usd * usd_rate, 2) AS book_value,
    book_value_usd = 0 AS is_fully_depreciated
