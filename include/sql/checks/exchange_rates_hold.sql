{#- Quotes that this run converts with and that cannot be trusted: no positive number, not the inverse of their own
    inverse, far from what the currencies are worth, far from the opposite row of the same day, or far from the quote
    before. How far is too far says rules.exchange_rate_tolerance; a quote's own inverse is rounded, and may be 1 % off. -#}
{% from "macros/currency.sql" import quotes, ABSURDLY with context -%}
SELECT
    {{ look }} AS look,
    count(*) AS bad_rows,
    NULL AS first_bad,
    min(
        bad.from_currency || ' -> ' || bad.to_currency || ' of ' || bad.effective_date || ': ' || bad.exchange_rate
        || ' ' || bad.reason
    ) AS example
FROM postgres_query('financial', $$
    SELECT judged.*
    FROM (
        SELECT
            q.from_currency,
            q.to_currency,
            q.effective_date,
            q.exchange_rate,
            CASE
                WHEN q.exchange_rate <= 0 OR q.rate IS NULL OR q.rate <= 0 THEN 'is no rate'
                WHEN abs(q.exchange_rate * q.inverse_rate - 1) > 0.01
                    THEN 'is not the inverse of ' || q.inverse_rate
                WHEN q.rate NOT BETWEEN q.magnitude / {{ ABSURDLY }} AND q.magnitude * {{ ABSURDLY }}
                    THEN 'is neither a price near ' || round(q.magnitude, 4) || ' nor its inverse'
                WHEN abs(q.rate / lag(q.rate) OVER same_day - 1) > {{ rules.exchange_rate_tolerance }}
                    THEN 'contradicts the opposite row of the day, ' || lag(q.exchange_rate) OVER same_day
                WHEN abs(q.rate / lag(q.rate) OVER same_row - 1) > {{ rules.exchange_rate_tolerance }}
                    THEN 'is far from ' || lag(q.exchange_rate) OVER same_row || ' of ' || lag(q.effective_date) OVER same_row
            END AS reason,
            lead(q.effective_date) OVER same_row AS followed_on
        FROM {{ quotes() }} AS q
        WINDOW
            same_day AS (PARTITION BY q.currency, q.effective_date ORDER BY q.rate_id),
            same_row AS (PARTITION BY q.from_currency, q.to_currency ORDER BY q.effective_date)
    ) AS judged
    WHERE judged.reason IS NOT NULL
        AND (judged.followed_on IS NULL OR judged.followed_on > DATE '{{ window.start }}')
$$) AS bad
