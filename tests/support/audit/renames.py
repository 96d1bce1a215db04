"""Changes in databases without a captured table: sequences are renamed.

The number that a captured row holds is a part of the name here: ``audit_7_12`` has been renamed twelve times.
"""

DATABASES = ("manufacturing", "operations")

# A sequence is locked before it is looked for, so that it is found by the name that it has got meanwhile.
PREPARE = """
DROP SCHEMA IF EXISTS audit_renames CASCADE;
CREATE SCHEMA audit_renames;
DO $$
BEGIN
    FOR n IN 1..{rows} LOOP
        EXECUTE format('CREATE SEQUENCE audit_renames.audit_%s_0', n);
    END LOOP;
END $$;
CREATE FUNCTION audit_renames.rename(first integer, last integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    old_name text;
BEGIN
    FOR n IN first..last LOOP
        PERFORM pg_advisory_xact_lock(n);
        SELECT c.relname INTO STRICT old_name
        FROM pg_class AS c
        WHERE c.relnamespace = 'audit_renames'::regnamespace AND c.relname LIKE format('audit\\_%s\\_%%', n);
        EXECUTE format(
            'ALTER SEQUENCE audit_renames.%I RENAME TO %I',
            old_name,
            format('audit_%s_%s', n, split_part(old_name, '_', 3)::bigint + 1)
        );
    END LOOP;
END $$
"""

RENAME = "SELECT audit_renames.rename(:row, :row + 4)"

HELD = """
SELECT 'AUDIT-' || split_part(c.relname, '_', 2), split_part(c.relname, '_', 3)
FROM pg_class AS c
WHERE c.relnamespace = 'audit_renames'::regnamespace AND c.relkind = 'S'
"""

# The delivered ones, in the order of the audit trail.
RENAMED = """
SELECT CONCAT('AUDIT-', SUBSTRING_INDEX(SUBSTRING_INDEX(object_name, '_', -2), '_', 1)),
    CAST(SUBSTRING_INDEX(object_name, '_', -1) AS UNSIGNED)
FROM database_changes
WHERE source_database = %s AND audit_sequence > %s AND command = 'ALTER SEQUENCE'
ORDER BY audit_sequence
"""
