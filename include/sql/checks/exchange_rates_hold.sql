{#- Quotes that this run converts with and that cannot be trusted. -#}
{% from "macros/currency.sql" import judged_quotes with context -%}
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
    FROM {{ judged_quotes() }} AS judged
    WHERE judged.reason IS NOT NULL
        AND (judged.followed_on IS NULL OR judged.followed_on > DATE '{{ window.start }}')
$$) AS bad
