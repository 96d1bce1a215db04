/* ---
title: Exchange rates can be trusted
proves: Every rate in force on the day is above zero, in the right direction, the inverse of its inverse, near the opposite rate and near the quote before.
standard: IAS 21.21; SOX 404
level: block
materiality: 0
todo: Have treasury correct the quote in exchange_rates; raise GENIMS_EXCHANGE_RATE_TOLERANCE only for a real jump.
reads: [financial.exchange_rates]
--- */
{% from "macros/currency.sql" import judged_quotes with context -%}
SELECT
    q.from_currency || ' -> ' || q.to_currency AS document,
    CAST(NULL AS VARCHAR) AS account,
    CAST(NULL AS VARCHAR) AS company,
    q.from_currency AS currency,
    CAST(NULL AS DECIMAL(38, 2)) AS amount,
    q.exchange_rate || ' of ' || q.effective_date || coalesce(' ' || q.reason, '') AS detail,
    q.reason IS NOT NULL AS broken
FROM postgres_query('financial', $$
    SELECT judged.*
    FROM {{ judged_quotes() }} AS judged
    WHERE judged.followed_on IS NULL OR judged.followed_on > DATE '{{ day }}'
$$) AS q
