/* ---
title: Intercompany transactions agree on both sides
proves: Every transaction of the day between two companies is posted in both, with its amount and currency.
standard: IFRS 10.B86; SOX 404, intercompany
level: report
materiality: 0
todo: Have the company whose journal is missing or differs post it, before the companies are consolidated.
reads: [financial.inter_company_transactions, financial.journal_entry_headers]
--- */
SELECT
    t.transaction_number AS document,
    CAST(NULL AS VARCHAR) AS account,
    coalesce(t.from_company_id, 'nobody') || ' -> ' || coalesce(t.to_company_id, 'nobody') AS company,
    t.currency,
    t.amount - CASE
        WHEN t.sent IS DISTINCT FROM t.amount THEN coalesce(t.sent, 0)
        ELSE coalesce(t.received, 0)
    END AS amount,
    CASE
        WHEN t.is_within THEN 'both sides are one company'
        ELSE 'sent ' || coalesce(t.sent::VARCHAR, 'no posted journal') || ', received '
            || coalesce(t.received::VARCHAR, 'no posted journal') || ', of ' || t.amount
    END AS detail,
    t.is_within OR t.sent IS DISTINCT FROM t.amount OR t.received IS DISTINCT FROM t.amount AS broken
FROM postgres_query('financial', $$
    SELECT
        ict.transaction_number,
        ict.from_company_id,
        ict.to_company_id,
        ict.currency_code AS currency,
        ict.from_company_id IS NOT DISTINCT FROM ict.to_company_id AS is_within,
        CAST(ict.amount AS numeric(38, 2)) AS amount,
        CAST(sent.total_debit AS numeric(38, 2)) AS sent,
        CAST(received.total_debit AS numeric(38, 2)) AS received
    FROM inter_company_transactions AS ict
    LEFT JOIN journal_entry_headers AS sent
        ON sent.journal_entry_id = ict.from_company_journal_id
            AND sent.posted AND sent.currency_code = ict.currency_code
    LEFT JOIN journal_entry_headers AS received
        ON received.journal_entry_id = ict.to_company_journal_id
            AND received.posted AND received.currency_code = ict.currency_code
    WHERE {{ window("ict.transaction_date") }}
$$) AS t
