/* ---
description: Sign-ins to the service and supplier portals since the last look, and who wrote comments on tickets.
table: user_activity_log
reads: [service, supplier]
owner: customer service
changes:
  service.ticket_comments: [created_at]
--- */

-- A portal keeps only the time of the last sign-in and their number: an entry stands for all since the previous entry.

WITH activities AS (
    SELECT
        'service.portal_users' AS source_table,
        u.portal_user_id AS source_key,
        u.last_login_datetime AS moment,
        u.username AS user_name,
        'LOGIN' AS activity,
        'service_portal' AS object_name,
        concat_ws(', ', u.login_count || ' sign-ins so far', 'last ' || u.last_login_datetime) AS detail
    FROM service.portal_users AS u
    WHERE u.login_count > 0 OR u.last_login_datetime IS NOT NULL
    UNION ALL
    SELECT
        'supplier.supplier_portal_users',
        u.portal_user_id,
        u.last_login,
        u.user_name,
        'LOGIN',
        'supplier_portal',
        concat_ws(', ', u.login_count || ' sign-ins so far', 'last ' || u.last_login)
    FROM supplier.supplier_portal_users AS u
    WHERE u.login_count > 0 OR u.last_login IS NOT NULL
    UNION ALL
    SELECT
        'service.ticket_comments',
        c.comment_id,
        c.created_at,
        coalesce(c.created_by, 'unknown'),
        'WRITE',
        'ticket ' || c.ticket_id,
        c.comment_type
    FROM service.ticket_comments AS c
)

SELECT
    concat_ws('/', a.source_table, a.source_key) AS entry_key,
    happened(a.moment) AS audit_timestamp,
    a.user_name,
    a.activity,
    a.object_name,
    NULL AS client_address,
    a.detail,
    a.source_table,
    a.source_key
FROM activities AS a
