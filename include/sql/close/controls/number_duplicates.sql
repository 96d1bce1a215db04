/* ---
title: No document is there twice
proves: No document number of the day stands for two documents, and no source document was posted twice.
standard: SOX 404, journal entries; occurrence
level: report
materiality: 0
todo: Have the second document reversed, or given a number of its own.
reads: [erp.general_ledger, financial.journal_entry_headers]
--- */
SELECT
    f.document,
    CAST(NULL AS VARCHAR) AS account,
    f.company,
    f.currency,
    f.amount,
    f.detail,
    f.broken
FROM (
    FROM postgres_query('erp', $$
        SELECT
            d.document_number AS document,
            d.company_code AS company,
            min(d.currency) AS currency,
            CAST(coalesce(sum(d.debit_amount), 0) AS numeric(38, 2)) AS amount,
            coalesce(min(other.told), count(DISTINCT coalesce(d.document_type, '')) || ' document types') AS detail,
            count(DISTINCT coalesce(d.document_type, '')) > 1 OR min(other.told) IS NOT NULL AS broken
        FROM general_ledger AS d
        LEFT JOIN LATERAL (
            SELECT 'also dated ' || min(o.posting_date) || ' as ' || min(o.gl_transaction_id) AS told
            FROM general_ledger AS o
            WHERE o.document_number = d.document_number
                AND o.company_code = d.company_code
                AND o.posting_date <> d.posting_date
            HAVING count(*) > 0
        ) AS other ON TRUE
        WHERE {{ window("d.posting_date") }} AND d.document_number IS NOT NULL
        GROUP BY d.document_number, d.company_code
    $$)
    UNION ALL
    FROM postgres_query('financial', $$
        SELECT
            d.journal_number AS document,
            NULL AS company,
            d.currency_code AS currency,
            CAST(coalesce(d.total_debit, 0) AS numeric(38, 2)) AS amount,
            coalesce('the same number as ' || twin.journal_entry_id, 'posts ' || d.source_document_id
                || ' again, as ' || again.journal_number || ' of ' || again.posting_date || ' did') AS detail,
            twin.journal_entry_id IS NOT NULL OR again.journal_entry_id IS NOT NULL AS broken
        FROM journal_entry_headers AS d
        LEFT JOIN LATERAL (
            SELECT min(o.journal_entry_id) AS journal_entry_id
            FROM journal_entry_headers AS o
            WHERE o.journal_number = d.journal_number AND o.journal_entry_id <> d.journal_entry_id
        ) AS twin ON TRUE
        LEFT JOIN LATERAL (
            SELECT o.journal_entry_id, o.journal_number, o.posting_date
            FROM journal_entry_headers AS o
            WHERE o.source_document_id = d.source_document_id
                AND o.source_type IS NOT DISTINCT FROM d.source_type
                AND o.entry_type IS NOT DISTINCT FROM d.entry_type
                AND o.journal_entry_id <> d.journal_entry_id
                AND (o.posting_date, o.journal_entry_id) < (d.posting_date, d.journal_entry_id)
                AND o.posted AND o.reversed IS NOT TRUE
            ORDER BY o.posting_date, o.journal_entry_id
            LIMIT 1
        ) AS again ON TRUE
        WHERE {{ window("d.posting_date") }} AND d.posted
    $$)
) AS f
