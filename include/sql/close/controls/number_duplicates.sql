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
        WITH of_day AS (
            SELECT
                d.document_number,
                d.company_code,
                min(d.currency) AS currency,
                sum(d.debit_amount) AS debit,
                count(DISTINCT coalesce(d.document_type, '')) AS types
            FROM general_ledger AS d
            WHERE {{ window("d.posting_date") }} AND d.document_number IS NOT NULL
            GROUP BY d.document_number, d.company_code
        )

        SELECT
            o.document_number AS document,
            o.company_code AS company,
            o.currency,
            CAST(coalesce(o.debit, 0) AS numeric(38, 2)) AS amount,
            coalesce('also dated ' || other.posting_date, o.types || ' document types') AS detail,
            o.types > 1 OR other.posting_date IS NOT NULL AS broken
        FROM of_day AS o
        LEFT JOIN (
            SELECT e.document_number, e.company_code, min(e.posting_date) AS posting_date
            FROM general_ledger AS e
            WHERE e.document_number IN (SELECT o.document_number FROM of_day AS o)
                AND NOT (e.posting_date >= DATE '{{ day }}' AND e.posting_date < DATE '{{ window.end }}')
            GROUP BY e.document_number, e.company_code
        ) AS other ON other.document_number = o.document_number AND other.company_code = o.company_code
    $$)
    UNION ALL
    FROM postgres_query('financial', $$
        WITH of_day AS (
            SELECT d.*
            FROM journal_entry_headers AS d
            WHERE {{ window("d.posting_date") }} AND d.posted
        )

        SELECT
            o.journal_number AS document,
            NULL AS company,
            o.currency_code AS currency,
            CAST(coalesce(o.total_debit, 0) AS numeric(38, 2)) AS amount,
            coalesce(
                'the same number as ' || min(e.journal_entry_id) FILTER (WHERE e.journal_number = o.journal_number),
                'posts ' || o.source_document_id || ' again, as ' || min(e.journal_number) || ' did'
            ) AS detail,
            count(e.journal_entry_id) > 0 AS broken
        FROM of_day AS o
        LEFT JOIN (
            SELECT twin.journal_entry_id AS of_journal, t.journal_entry_id, t.journal_number
            FROM of_day AS twin
            JOIN journal_entry_headers AS t
                ON t.journal_number = twin.journal_number AND t.journal_entry_id <> twin.journal_entry_id
            UNION ALL
            SELECT again.journal_entry_id, s.journal_entry_id, s.journal_number
            FROM of_day AS again
            JOIN journal_entry_headers AS s
                ON s.source_document_id = again.source_document_id
                    AND s.source_type IS NOT DISTINCT FROM again.source_type
                    AND s.entry_type IS NOT DISTINCT FROM again.entry_type
                    AND s.posted AND s.reversed IS NOT TRUE
                    AND (s.posting_date < again.posting_date
                        OR (s.posting_date = again.posting_date AND s.journal_entry_id < again.journal_entry_id))
        ) AS e ON e.of_journal = o.journal_entry_id
        GROUP BY o.journal_entry_id, o.journal_number, o.currency_code, o.total_debit, o.source_document_id
    $$)
) AS f
