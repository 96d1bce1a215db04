{#- Money in a foreign currency, converted into the functional currency (rules.currency) by one rule.

    Rates come from financial.exchange_rates, spot, by their day; a day without a quote takes the one before it, days
    before the first quote take the first. A quote whose number already is the price of one foreign unit is direct and
    comes first; else its inverse counts.

    The source does not say which way a number is quoted (a row from INR to USD may hold 84.5 as well as 0.011834).
    Where the two currencies are worth clearly different amounts, the number itself tells: it lies on the same side of
    1 as the price, or it is the inverse. Where they are worth about the same, the row is taken as ISO 4217 pairs are
    written: the price of one unit of from_currency in to_currency.

    No rate: the amount is NULL, and its document is counted; never 1. Rates that contradict themselves, their opposite
    row or the quote before them fail the load: checks/exchange_rates_hold.sql. -#}

{#- What one unit is worth in USD, to the order of magnitude: enough to tell a price from its inverse, never used to
    convert. -#}
{% set WORTH = {
    "AED": 0.27, "AUD": 0.66, "BRL": 0.18, "CAD": 0.72, "CHF": 1.15, "CNY": 0.14, "CZK": 0.044, "DKK": 0.15,
    "EUR": 1.1, "GBP": 1.3, "HKD": 0.13, "HUF": 0.0028, "IDR": 0.000062, "INR": 0.012, "JPY": 0.0067, "KRW": 0.00073,
    "MXN": 0.053, "MYR": 0.22, "NOK": 0.094, "PHP": 0.017, "PLN": 0.26, "SEK": 0.097, "SGD": 0.75, "THB": 0.029,
    "TRY": 0.03, "TWD": 0.031, "USD": 1, "VND": 0.00004, "ZAR": 0.055
} -%}

{#- From this ratio on two currencies are worth clearly different amounts, and this far from the magnitude is no rate. -#}
{% set CLEARLY = 3 -%}
{% set ABSURDLY = 5 -%}

{#- What one unit of each currency is worth in functional currency; nothing where that one is not known. One literal, as
    a CASE of all currencies takes longer to parse than the rest of a query. -#}
{% macro magnitudes(is) -%}
{% for code, usd in WORTH.items() if rules.currency in WORTH %}{{ '"' ~ code ~ '"' ~ is ~ "%.10f" | format(usd / WORTH[rules.currency]) }}{{ ", " if not loop.last }}{% endfor %}
{%- endmacro %}

{#- What one unit of a currency is worth in functional currency, to the order of magnitude; NULL if unknown. -#}
{% macro magnitude(currency) -%}
CAST('{{ "{" ~ magnitudes("=") ~ "}" }}' AS MAP(VARCHAR, DECIMAL(20, 10)))[{{ currency }}]
{%- endmacro %}

{#- The same in PostgreSQL. -#}
{% macro magnitude_in_postgresql(currency) -%}
CAST(CAST('{{ "{" ~ magnitudes(": ") ~ "}" }}' AS jsonb) ->> {{ currency }} AS numeric)
{%- endmacro %}

{#- Whether a number is the price of one foreign unit; as_written answers where magnitudes cannot. -#}
{% macro is_price(number, magnitude, as_written) -%}
CASE
    WHEN {{ magnitude }} >= {{ CLEARLY }} THEN {{ number }} >= 1
    WHEN {{ magnitude }} * {{ CLEARLY }} <= 1 THEN {{ number }} <= 1
    ELSE {{ as_written }}
END
{%- endmacro %}

{#- A subquery for PostgreSQL: every quote of the functional currency, with the price of one foreign unit. -#}
{% macro quotes() -%}
(
    SELECT
        n.*,
        CASE
            WHEN n.is_direct THEN n.exchange_rate
            ELSE coalesce(nullif(n.inverse_rate, 0), round(1 / nullif(n.exchange_rate, 0), 6))
        END AS rate
    FROM (
        SELECT
            e.*,
            {{ is_price("e.exchange_rate", "e.magnitude", "e.to_currency = '" ~ rules.currency ~ "'") }} AS is_direct
        FROM (
            SELECT
                f.*,
                {{ magnitude_in_postgresql("f.currency") }} AS magnitude
            FROM (
                SELECT
                    er.rate_id,
                    er.from_currency,
                    er.to_currency,
                    er.effective_date,
                    er.exchange_rate,
                    er.inverse_rate,
                    CASE er.from_currency WHEN '{{ rules.currency }}' THEN er.to_currency ELSE er.from_currency END
                        AS currency
                FROM exchange_rates AS er
                WHERE er.rate_type = 'spot'
                    AND '{{ rules.currency }}' IN (er.from_currency, er.to_currency)
                    AND er.from_currency <> er.to_currency
                    -- What is no currency code has no rate, so documents in it are counted.
                    AND er.from_currency ~ '^[A-Za-z]{3}$'
                    AND er.to_currency ~ '^[A-Za-z]{3}$'
                    AND er.effective_date < DATE '{{ window.end }}'
                    AND isfinite(er.effective_date)
            ) AS f
        ) AS e
    ) AS n
)
{%- endmacro %}

{#- A subquery for PostgreSQL: every quote, with the reason why it cannot be trusted, or NULL. No positive number, not the
    inverse of its own inverse, far from what the currencies are worth, far from the opposite row of the same day, or far
    from the quote before. How far is too far says rules.exchange_rate_tolerance; a quote's own inverse is rounded, and
    may be 1 % off. -#}
{% macro judged_quotes() -%}
(
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
)
{%- endmacro %}

{#- The CTE exchange_rates: what one unit of a currency costs from a day on. Join it with at_rate_of. -#}
{% macro exchange_rates() -%}
exchange_rates AS (
    SELECT
        q.currency,
        -- Days before the first quote take it, too: is_carried_back tells them.
        CASE WHEN q.is_first THEN DATE '0001-01-01' ELSE q.quoted_on END AS valid_from,
        q.quoted_on,
        -- Wider than 18 digits: a product of two narrow numbers stays narrow in DuckDB, and overflows.
        CAST(q.rate AS DECIMAL(24, 6)) AS rate
    FROM postgres_query('financial', $$
        SELECT DISTINCT ON (q.currency, q.effective_date)
            q.currency,
            q.effective_date AS quoted_on,
            q.effective_date = min(q.effective_date) OVER (PARTITION BY q.currency) AS is_first,
            CAST(q.rate AS numeric(18, 6)) AS rate
        FROM {{ quotes() }} AS q
        ORDER BY q.currency, q.effective_date, q.is_direct DESC, q.rate_id
    $$) AS q
    UNION ALL
    SELECT '{{ rules.currency }}', DATE '0001-01-01', DATE '0001-01-01', 1
)
{%- endmacro %}

{#- The join that gives a document its rate, as r. Without a day, functional currency is worth 1 all the same, and any other
    has no rate. -#}
{% macro at_rate_of(currency, day) -%}
ASOF LEFT JOIN exchange_rates AS r
    ON r.currency = {{ currency }}
        AND coalesce({{ day }}, CASE {{ currency }} WHEN '{{ rules.currency }}' THEN DATE '0001-01-01' END) >= r.valid_from
{%- endmacro %}

{#- An amount in functional currency, rounded to cents: document by document, so that every table adds up the same. -#}
{% macro converted(amount, rate="r.rate") -%}
CASE WHEN {{ rate }} = 1 THEN {{ amount }} ELSE CAST({{ amount }} * {{ rate }} AS DECIMAL(18, 2)) END
{%- endmacro %}

{#- The rate of a document: the one agreed for it, else that of its day. A foreign document that states 1 states none. -#}
{% macro document_rate(stated, currency, rate="r.rate") -%}
CASE
    WHEN {{ currency }} = '{{ rules.currency }}' THEN 1
    WHEN {{ stated }} > 0 AND {{ stated }} <> 1 THEN CAST(
        CASE WHEN {{ is_price(stated, magnitude(currency), "TRUE") }} THEN {{ stated }} ELSE 1 / {{ stated }} END
        AS DECIMAL(24, 6)
    )
    ELSE {{ rate }}
END
{%- endmacro %}

{#- The currency of a document; one that names none is in functional currency. -#}
{% macro currency_of(column) -%}
coalesce({{ column }}, '{{ rules.currency }}')
{%- endmacro %}

{#- For PostgreSQL: documents in functional currency, which it may add up, so that few rows travel, and the others, which
    must be converted one by one. Grouping both at once, by a key that is NULL for the first, would have it expect a group
    for each document, and sort them all. -#}
{% macro is_functional(currency) -%}
({{ currency }} = '{{ rules.currency }}' OR {{ currency }} IS NULL)
{%- endmacro %}

{% macro is_foreign(currency) -%}
{{ currency }} <> '{{ rules.currency }}'
{%- endmacro %}
