/* ---
description: Response and resolution of every service ticket against the time that was promised.
table: sla_compliance_tracking
reads: [service]
owner: customer service
changes:
  service.service_tickets:
    [updated_at, first_response_datetime, resolved_datetime, response_due_datetime, resolution_due_datetime]
--- */

/*
The times decide whether a promise was met, not the source's own flags, which may contradict them. An open ticket is
breached as soon as its time is over, and gets a further entry when it is answered.
*/

WITH promises AS (
    SELECT
        t.ticket_id,
        t.sla_id,
        t.created_at,
        p.sla_type,
        p.due_at,
        p.met_at
    FROM service.service_tickets AS t
    CROSS JOIN LATERAL (
        VALUES
            ('response', t.response_due_datetime, t.first_response_datetime),
            ('resolution', t.resolution_due_datetime, t.resolved_datetime)
    ) AS p (sla_type, due_at, met_at)
    WHERE p.due_at IS NOT NULL
),

judged AS (
    SELECT
        p.ticket_id,
        p.sla_id,
        p.created_at,
        p.sla_type,
        p.due_at,
        p.met_at,
        CASE
            WHEN coalesce(p.met_at, this_moment()) > p.due_at THEN 'breached'
            WHEN p.met_at IS NULL OR p.created_at IS NULL THEN 'open'
            ELSE 'met'
        END AS status
    FROM promises AS p
)

SELECT
    concat_ws('/', 'service.service_tickets', j.ticket_id, j.sla_type) AS entry_key,
    happened(coalesce(j.met_at, CASE WHEN j.status = 'breached' THEN j.due_at END, j.created_at)) AS audit_timestamp,
    j.sla_type,
    'ticket' AS subject_type,
    j.ticket_id AS subject_id,
    coalesce(d.sla_name, j.sla_id) AS sla_name,
    'minutes' AS unit,
    CAST(round(date_diff('millisecond', j.created_at, j.due_at) / 60000, 4) AS DECIMAL(20, 4)) AS target,
    CAST(round(date_diff('millisecond', j.created_at, j.met_at) / 60000, 4) AS DECIMAL(20, 4)) AS actual,
    j.due_at,
    j.met_at,
    j.status
FROM judged AS j
LEFT JOIN service.sla_definitions AS d ON d.sla_id = j.sla_id
