/* ---
title: No one approves their own journal
proves: Every journal posted on the day that needs an approval has one, of another person than the one who made or posted it.
standard: SOX 404, segregation of duties
level: report
materiality: 0
todo: Have a second person review and approve the journal, and look at who may approve.
reads: [financial.journal_entry_headers]
--- */
SELECT
    j.document,
    CAST(NULL AS VARCHAR) AS account,
    CAST(NULL AS VARCHAR) AS company,
    j.currency,
    j.amount,
    'made by ' || coalesce(j.created_by, 'nobody named') || ', posted by ' || coalesce(j.posted_by, 'nobody named')
        || ', approved by ' || coalesce(j.approved_by, 'nobody') AS detail,
    coalesce(lower(trim(j.approved_by)) IN (lower(trim(j.created_by)), lower(trim(j.posted_by))), FALSE)
        OR (j.requires_approval AND (j.approved IS NOT TRUE OR j.approved_by IS NULL OR j.created_by IS NULL)) AS broken
FROM postgres_query('financial', $$
    SELECT
        jeh.journal_number AS document,
        jeh.currency_code AS currency,
        CAST(coalesce(jeh.total_debit, 0) AS numeric(38, 2)) AS amount,
        jeh.created_by,
        jeh.posted_by,
        jeh.approved_by,
        jeh.approved,
        jeh.requires_approval IS TRUE AS requires_approval
    FROM journal_entry_headers AS jeh
    WHERE {{ window("jeh.posting_date") }} AND jeh.posted
$$) AS j
