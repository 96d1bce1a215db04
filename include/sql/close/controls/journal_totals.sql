/* ---
title: Each journal's totals are those of its lines
proves: Every journal posted on the day has lines, and its header states their debit and credit.
standard: SOX 404, journal entries; completeness
level: report
materiality: 0
todo: Find the lines that are missing or too many in gl_audit_trail and the captured changes; have them put right.
reads: [financial.journal_entry_headers, financial.journal_entry_lines]
--- */
SELECT
    j.document,
    CAST(NULL AS VARCHAR) AS account,
    CAST(NULL AS VARCHAR) AS company,
    j.currency,
    CASE WHEN j.total_debit = j.debit THEN j.total_credit - j.credit ELSE j.total_debit - j.debit END AS amount,
    j.lines || ' lines with debit ' || j.debit || ', credit ' || j.credit || '; the header says ' || j.total_debit || ', '
        || j.total_credit AS detail,
    j.lines = 0 OR j.total_debit <> j.debit OR j.total_credit <> j.credit AS broken
FROM postgres_query('financial', $$
    SELECT
        jeh.journal_number AS document,
        jeh.currency_code AS currency,
        count(jel.line_id) AS lines,
        CAST(coalesce(jeh.total_debit, 0) AS numeric(38, 2)) AS total_debit,
        CAST(coalesce(jeh.total_credit, 0) AS numeric(38, 2)) AS total_credit,
        CAST(coalesce(sum(jel.debit_amount), 0) AS numeric(38, 2)) AS debit,
        CAST(coalesce(sum(jel.credit_amount), 0) AS numeric(38, 2)) AS credit
    FROM journal_entry_headers AS jeh
    LEFT JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
    WHERE {{ window("jeh.posting_date") }} AND jeh.posted
    GROUP BY jeh.journal_entry_id
$$) AS j
