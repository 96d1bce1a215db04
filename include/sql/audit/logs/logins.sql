/* ---
description: The last sign-in of every user of the service and supplier portals, with their number so far.
table: login_audit
reads: [service, supplier]
owner: security
--- */

-- The portals do not log refused sign-ins. The supplier portal may count sign-ins without storing their time.

WITH sign_ins AS (
    SELECT
        'service.portal_users' AS source_table,
        u.portal_user_id AS source_key,
        u.last_login_datetime AS moment,
        u.username AS user_name,
        'service_portal' AS system_name,
        u.login_count
    FROM service.portal_users AS u
    WHERE u.login_count > 0 OR u.last_login_datetime IS NOT NULL
    UNION ALL
    SELECT
        'supplier.supplier_portal_users',
        u.portal_user_id,
        u.last_login,
        u.user_name,
        'supplier_portal',
        u.login_count
    FROM supplier.supplier_portal_users AS u
    WHERE u.login_count > 0 OR u.last_login IS NOT NULL
)

SELECT
    concat_ws('/', s.source_table, s.source_key, s.moment) AS entry_key,
    happened(s.moment) AS audit_timestamp,
    s.user_name,
    s.system_name,
    'success' AS outcome,
    s.login_count,
    NULL AS client_address,
    NULL AS detail,
    s.source_table,
    s.source_key
FROM sign_ins AS s
