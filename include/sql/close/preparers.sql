-- Who created or posted manual journals of a month: nobody of them may approve its close.
SELECT DISTINCT p.person
FROM (
    SELECT gl.person
    FROM postgres_query('erp', $$
        SELECT DISTINCT gl.created_by AS person
        FROM general_ledger AS gl
        WHERE {{ window("gl.posting_date") }} AND coalesce(lower(gl.source_system), 'manual') = 'manual'
    $$) AS gl
    UNION ALL
    SELECT unnest([h.created_by, h.posted_by]) AS person
    FROM postgres_query('financial', $$
        SELECT DISTINCT h.created_by, h.posted_by
        FROM journal_entry_headers AS h
        WHERE {{ window("h.posting_date") }} AND coalesce(lower(h.source_type), 'manual') = 'manual'
    $$) AS h
) AS p
WHERE p.person IS NOT NULL
ORDER BY p.person
