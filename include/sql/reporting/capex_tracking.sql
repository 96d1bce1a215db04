/* ---
description: Cost, depreciation, book value and additions of every machine, month by month.
category: financial
reads: [master, maintenance, financial]
grain: [period_month, asset_id]
load: window
lookback: 31 days
owner: finance
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [usd_rate_is_carried_back], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [asset_value_usd, depreciation_usd, accumulated_depreciation_usd, book_value_usd],
      level: warn}
  - {check: known_member, columns: [factory_id, line_id], level: warn}
  - {check: sum_matches_source, columns: [asset_value_usd], source: master, level: fail}
--- */
-- One row per month for every machine installed by then, and one for an installation dated ahead. The master data own
-- the asset; the maintenance system often dates its installation differently (installation_date_differs), and so does
-- the recorded age (age_differs). No source names a purchase cost in use or dates a disposal.
-- Straight line from the day of installation over expected life x 365 days, to a book value of 0. The present month is
-- depreciated up to today. Depreciation is converted day by day, as in profit_and_loss_daily, so that the months agree;
-- cost and book value are converted at the rate of as_of_date. Days before the first known rate take that rate.
{% from "macros/currency.sql" import exchange_rates with context -%}
WITH {{ exchange_rates() }},

calendar AS (
    SELECT
        CAST(unnest(range(DATE '{{ window.start }}', DATE '{{ window.end }}', INTERVAL 1 DAY)) AS DATE) AS day,
        strftime(day, '%Y-%m') AS period_month
),

usd_rates AS (
    SELECT r.valid_from, r.quoted_on, r.rate FROM exchange_rates AS r WHERE r.currency = 'USD'
),

days AS (
    SELECT c.day, c.period_month, r.rate AS usd_rate
    FROM calendar AS c
    ASOF LEFT JOIN usd_rates AS r ON c.day >= r.valid_from
    WHERE c.day <= DATE '{{ window.today }}'
),

months AS (
    SELECT c.period_month, min(c.day) AS month_start, max(c.day) AS month_end
    FROM calendar AS c
    GROUP BY c.period_month
),

-- The maintenance system does not promise one asset per machine.
assets AS (
    SELECT
        ma.machine_id,
        min(ma.asset_id) AS asset_id,
        arg_min(ma.asset_name, ma.asset_id) AS asset_name,
        arg_min(ma.asset_class, ma.asset_id) AS asset_class,
        arg_min(ma.asset_condition, ma.asset_id) AS asset_condition,
        arg_min(ma.installation_date, ma.asset_id) AS installation_date
    FROM postgres_query('maintenance', $$
        SELECT ma.machine_id, ma.asset_id, ma.asset_name, ma.asset_class, ma.asset_condition, ma.installation_date
        FROM maintenance_assets AS ma
        WHERE ma.machine_id IS NOT NULL
    $$) AS ma
    GROUP BY ma.machine_id
),

machines AS (
    SELECT
        m.machine_id,
        m.machine_name,
        m.machine_type,
        m.factory_id,
        m.line_id,
        m.criticality,
        m.status,
        m.installation_date,
        m.expected_life_years,
        m.current_age_years,
        CAST(m.asset_value_usd AS DECIMAL(38, 2)) AS asset_value_usd,
        nullif(m.expected_life_years, 0) * 365 AS life_days,
        CAST(m.asset_value_usd / nullif(m.expected_life_years * 365, 0) AS DECIMAL(38, 8)) AS daily_usd
    FROM postgres_query('master', $$
        SELECT
            m.machine_id, m.machine_name, m.machine_type, m.factory_id, m.line_id, m.criticality, m.status,
            m.installation_date, m.expected_life_years, m.current_age_years, m.asset_value_usd
        FROM machines AS m
    $$) AS m
),

depreciation AS (
    SELECT
        d.period_month,
        m.machine_id,
        sum(m.daily_usd) AS depreciation_usd,
        sum(m.daily_usd * d.usd_rate) AS depreciation
    FROM days AS d
    JOIN machines AS m
        ON d.day >= coalesce(m.installation_date, d.day)
        AND d.day < coalesce(m.installation_date + m.life_days, d.day + 1)
    GROUP BY ALL
),

asset_months AS (
    SELECT
        mo.period_month,
        m.*,
        least(mo.month_end, DATE '{{ window.today }}') AS as_of_date,
        m.installation_date BETWEEN mo.month_start AND mo.month_end AS is_addition,
        CASE
            WHEN m.installation_date > as_of_date THEN 0
            ELSE as_of_date - m.installation_date + 1
        END AS days_in_use,
        CASE
            WHEN days_in_use >= m.life_days THEN m.asset_value_usd
            WHEN days_in_use < m.life_days THEN m.asset_value_usd * days_in_use / m.life_days
        END AS accumulated_usd
    FROM months AS mo
    JOIN machines AS m
        ON (mo.month_start <= DATE '{{ window.today }}' AND coalesce(m.installation_date, mo.month_end) <= mo.month_end)
        OR m.installation_date BETWEEN mo.month_start AND mo.month_end
),

results AS (
    SELECT
        am.*,
        CAST(am.accumulated_usd AS DECIMAL(18, 2)) AS accumulated_depreciation_usd,
        am.asset_value_usd - accumulated_depreciation_usd AS book_value_usd,
        r.rate AS usd_rate,
        coalesce(am.as_of_date < r.quoted_on, FALSE) AS is_carried_back
    FROM asset_months AS am
    ASOF LEFT JOIN usd_rates AS r ON am.as_of_date >= r.valid_from
)

SELECT
    r.period_month,
    CASE WHEN namesake.machine_id IS NULL THEN coalesce(a.asset_id, r.machine_id) ELSE r.machine_id END AS asset_id,
    r.machine_id,
    coalesce(a.asset_name, r.machine_name) AS asset_name,
    r.machine_type,
    a.asset_class,
    a.asset_condition,
    r.criticality,
    r.status,
    f.factory_id,
    f.factory_name,
    l.line_id,
    r.installation_date,
    CAST(a.installation_date IS DISTINCT FROM r.installation_date AND a.machine_id IS NOT NULL AS TINYINT)
        AS installation_date_differs,
    r.expected_life_years,
    CAST(r.days_in_use / 365.25 AS DECIMAL(9, 2)) AS age_years,
    CAST(
        abs((DATE '{{ window.today }}' - r.installation_date) / 365.25 - r.current_age_years) > 0.1 AS TINYINT
    ) AS age_differs,
    CAST(
        CASE WHEN r.days_in_use >= r.life_days THEN 0 ELSE (r.life_days - r.days_in_use) / 365 END AS DECIMAL(9, 2)
    ) AS remaining_life_years,
    r.as_of_date,
    '{{ rules.currency }}' AS currency,
    r.usd_rate,
    CAST(r.is_carried_back AS TINYINT) AS usd_rate_is_carried_back,
    CAST(coalesce(r.is_addition, FALSE) AS TINYINT) AS additions,
    CAST(CASE WHEN r.is_addition THEN r.asset_value_usd ELSE 0 END AS DECIMAL(18, 2)) AS additions_usd,
    CAST(CASE WHEN r.is_addition THEN r.asset_value_usd * r.usd_rate ELSE 0 END AS DECIMAL(18, 2)) AS additions_value,
    CAST(r.asset_value_usd AS DECIMAL(18, 2)) AS asset_value_usd,
    CAST(CASE WHEN r.daily_usd IS NOT NULL THEN coalesce(d.depreciation_usd, 0) END AS DECIMAL(18, 2))
        AS depreciation_usd,
    r.accumulated_depreciation_usd,
    CAST(r.book_value_usd AS DECIMAL(18, 2)) AS book_value_usd,
    CAST(r.asset_value_usd * r.usd_rate AS DECIMAL(18, 2)) AS asset_value,
    CAST(
        CASE WHEN r.daily_usd IS NOT NULL AND d.machine_id IS NULL THEN 0 ELSE d.depreciation END AS DECIMAL(18, 2)
    ) AS depreciation,
    CAST(r.accumulated_depreciation_usd * r.usd_rate AS DECIMAL(18, 2)) AS accumulated_depreciation,
    CAST(r.book_value_usd * r.usd_rate AS DECIMAL(18, 2)) AS book_value,
    CAST(r.book_value_usd = 0 AS TINYINT) AS is_fully_depreciated
FROM results AS r
LEFT JOIN assets AS a ON a.machine_id = r.machine_id
-- An asset that bears the id of a machine would be two rows of that id.
LEFT JOIN machines AS namesake ON namesake.machine_id = a.asset_id
LEFT JOIN depreciation AS d ON d.period_month = r.period_month AND d.machine_id = r.machine_id
LEFT JOIN postgres_query('master', $$
    SELECT f.factory_id, f.factory_name FROM factories AS f
$$) AS f
    ON f.factory_id = r.factory_id
LEFT JOIN postgres_query('master', $$ SELECT l.line_id FROM production_lines AS l $$) AS l ON l.line_id = r.line_id
ORDER BY r.period_month, asset_id
