{% from "macros/currency.sql" import at_rate_of, currency_of with context -%}

{#- Annual salaries of the people employed on each day of a CTE, in functional currency at the rate of that day. Needs the
    CTE exchange_rates.

    days: a CTE, day: its column. -#}
{% macro salaries(days, day) -%}
SELECT
    s.*,
    CASE WHEN r.rate = 1 THEN s.salary ELSE CAST(s.salary * r.rate AS DECIMAL(18, 6)) END AS annual_salary
FROM (
    SELECT d.*, e.primary_factory_id, e.salary, e.currency
    FROM {{ days }} AS d
    JOIN postgres_query('hr', $$
        SELECT
            em.primary_factory_id,
            em.annual_salary AS salary,
            {{ currency_of("em.currency") }} AS currency,
            em.hire_date,
            em.termination_date
        FROM employees AS em
    $$) AS e
        ON d.{{ day }} >= e.hire_date AND d.{{ day }} <= coalesce(e.termination_date, d.{{ day }})
) AS s
{{ at_rate_of("s.currency", "s." ~ day) }}
{%- endmacro %}
