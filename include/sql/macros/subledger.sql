{#- For MySQL: what the ledger says of some accounts against what the sub-ledger says, both as published.

    accounts: codes; balance: what the ledger says, balance_at_end or movement_of_month; credit: whether the accounts stand
    on the credit side; subledger: a SELECT of one row with amount and rows_found; only_if: when to compare at all. -#}
{% macro agreement(name, accounts, balance, credit, subledger, only_if="TRUE") -%}
SELECT
    '{{ name }}' AS document,
    '{{ accounts | join(", ") }}' AS account,
    NULL AS company,
    '{{ rules.currency }}' AS currency,
    CASE WHEN s.rows_found > 0 THEN l.amount - s.amount END AS amount,
    CASE
        WHEN s.rows_found = 0 THEN 'the sub-ledger has no figures of {{ day }}'
        ELSE CONCAT('ledger ', l.amount, ', sub-ledger ', s.amount)
    END AS detail,
    CASE WHEN s.rows_found = 0 THEN TRUE ELSE l.amount <> s.amount END AS broken
FROM ({{ balance(accounts, -1 if credit else 1) }}) AS l
CROSS JOIN ({{ subledger }}) AS s
WHERE {{ only_if }}
{%- endmacro %}

{#- The balance of accounts at the end of the day, over all ledgers and companies. -#}
{% macro balance_at_end(accounts, sign) -%}
SELECT COALESCE(SUM(t.closing_balance), 0) * {{ sign }} AS amount
    FROM trial_balance_daily AS t
    JOIN (
        SELECT p.source_ledger, p.company_code, p.account_code, MAX(p.posting_date) AS posting_date
        FROM trial_balance_daily AS p
        WHERE p.posting_date <= DATE '{{ day }}' AND p.account_code IN ({{ listed(accounts) }})
        GROUP BY p.source_ledger, p.company_code, p.account_code
    ) AS newest USING (source_ledger, company_code, account_code, posting_date)
{%- endmacro %}

{#- What accounts moved by from the first of the month to the day. -#}
{% macro movement_of_month(accounts, sign) -%}
SELECT COALESCE(SUM(t.net_amount), 0) * {{ sign }} AS amount
    FROM trial_balance_daily AS t
    WHERE t.posting_date >= DATE '{{ day.replace(day=1) }}' AND t.posting_date <= DATE '{{ day }}'
        AND t.account_code IN ({{ listed(accounts) }})
{%- endmacro %}

{% macro listed(accounts) -%}
'{{ accounts | join("', '") }}'
{%- endmacro %}
