/* ---
description: Users of the service portal whose account is locked or suspended, and inactive users of the supplier portal.
table: security_events
reads: [service, supplier]
owner: security
--- */

-- The number of sign-ins in the key tells two locks of the same account apart: somebody signed in between them.

WITH accounts AS (
    SELECT
        'service.portal_users' AS source_table,
        u.portal_user_id AS source_key,
        u.username AS user_name,
        u.login_count,
        u.user_status AS state,
        'of account ' || u.account_id AS owner
    FROM service.portal_users AS u
    WHERE u.user_status IN ('locked', 'suspended')
    UNION ALL
    SELECT
        'supplier.supplier_portal_users',
        u.portal_user_id,
        u.user_name,
        u.login_count,
        'suspended',
        'of supplier ' || u.supplier_id
    FROM supplier.supplier_portal_users AS u
    WHERE NOT u.is_active
)

SELECT
    concat_ws('/', a.source_table, a.source_key, a.login_count) AS entry_key,
    this_moment() AS audit_timestamp,
    'account_' || a.state AS event_type,
    'warning' AS severity,
    a.source_table AS object_name,
    a.user_name,
    concat_ws(', ', 'Expected an active account, found it ' || a.state, a.owner, a.login_count || ' sign-ins so far')
        AS detail,
    a.source_table,
    a.source_key
FROM accounts AS a
