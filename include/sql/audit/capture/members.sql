-- A listed table and all that inherits from it, parents first; whether it is to be captured row by row, and whether that
-- differs from how it is now. relation: the listed table's oid.
SELECT
    m.member,
    m.member::regclass::text AS name,
    w.by_row,
    EXISTS (SELECT FROM genims_audit.other_way(%(relation)s::oid, w.by_row)) AS changes_way
FROM (SELECT genims_audit.is_by_row(%(relation)s::oid) AS by_row) AS w
CROSS JOIN genims_audit.members_of(%(relation)s::oid) AS m (member)
