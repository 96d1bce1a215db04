/* ---
title: Every reversal mirrors its journal
proves: Every journal of the day that is reversed has one posted reversal with the same accounts and amounts on the other side.
standard: SOX 404, journal entries; manual and reversing entries
level: report
materiality: 0
todo: Have the reversal posted, completed or itself reversed, so that both add up to nothing on every account.
reads: [financial.journal_entry_headers, financial.journal_entry_lines]
--- */
SELECT
    p.document,
    p.account,
    CAST(NULL AS VARCHAR) AS company,
    p.currency,
    p.amount,
    CASE
        WHEN p.reversal_entry_id IS NULL THEN 'is reversed by no journal'
        WHEN p.reversal IS NULL THEN 'its reversal ' || p.reversal_entry_id || ' is missing or not posted'
        WHEN p.reversed_on < p.posting_date THEN 'its reversal ' || p.reversal || ' is dated before it'
        WHEN NOT p.is_marked THEN 'is reversed by ' || p.reversal || ' and not marked as reversed'
        ELSE 'reversed by ' || p.reversal || ', accounts are off by ' || p.amount || ' in all'
    END AS detail,
    p.reversal_entry_id IS NULL
        OR p.reversal IS NULL
        OR p.reversed_on < p.posting_date
        OR NOT p.is_marked
        OR p.off_balance > 0 AS broken
FROM postgres_query('financial', $$
    SELECT
        jeh.journal_number AS document,
        left_over.account AS account,
        jeh.currency_code AS currency,
        CASE WHEN rev.journal_entry_id IS NULL THEN CAST(jeh.total_debit AS numeric(38, 2))
            ELSE CAST(coalesce(left_over.amount, 0) AS numeric(38, 2)) END AS amount,
        coalesce(left_over.off_balance, 0) AS off_balance,
        jeh.posting_date,
        jeh.reversed IS TRUE AS is_marked,
        jeh.reversal_entry_id,
        rev.journal_number AS reversal,
        rev.posting_date AS reversed_on
    FROM journal_entry_headers AS jeh
    LEFT JOIN journal_entry_headers AS rev ON rev.journal_entry_id = jeh.reversal_entry_id AND rev.posted
    LEFT JOIN LATERAL (
        SELECT
            sum(abs(o.net)) AS amount,
            count(*) AS off_balance,
            min(o.account_id) AS account
        FROM (
            SELECT
                jel.account_id,
                sum(coalesce(jel.debit_amount, 0) - coalesce(jel.credit_amount, 0)) AS net
            FROM journal_entry_lines AS jel
            WHERE jel.journal_entry_id IN (jeh.journal_entry_id, rev.journal_entry_id)
            GROUP BY jel.account_id
        ) AS o
        WHERE o.net <> 0
    ) AS left_over ON rev.journal_entry_id IS NOT NULL
    WHERE jeh.posted
        AND (jeh.reversed OR jeh.reversal_entry_id IS NOT NULL)
        AND ({{ window("jeh.posting_date") }} OR {{ window("rev.posting_date") }} OR {{ window("jeh.reversed_date") }})
$$) AS p
