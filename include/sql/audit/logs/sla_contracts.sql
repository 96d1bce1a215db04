/* ---
description: How fast contractors answered service calls, against the response time of their contract.
table: sla_compliance_tracking
reads: [maintenance]
owner: maintenance
--- */

/*
A call names its contract by id or, in some sources, by number. A call that was closed without a response time cannot
be judged: it stays open.
*/

WITH calls AS (
    SELECT
        l.call_log_id,
        l.call_date,
        l.call_status,
        coalesce(i.contract_number, n.contract_number) AS contract_number,
        60 * coalesce(i.response_time_hours, n.response_time_hours) AS target,
        CAST(60 * l.response_time_hours AS DECIMAL(20, 4)) AS actual
    FROM maintenance.service_call_logs AS l
    LEFT JOIN maintenance.service_contracts AS i ON i.contract_id = l.contract_id
    LEFT JOIN maintenance.service_contracts AS n ON n.contract_number = l.contract_id AND i.contract_id IS NULL
    WHERE coalesce(i.response_time_hours, n.response_time_hours) IS NOT NULL
),

timed AS (
    SELECT
        l.call_log_id,
        l.call_date,
        l.call_status,
        l.contract_number,
        l.target,
        l.actual,
        l.call_date + to_seconds(CAST(60 * l.target AS BIGINT)) AS due_at,
        l.call_date + to_seconds(CAST(60 * l.actual AS BIGINT)) AS met_at
    FROM calls AS l
)

SELECT
    concat_ws('/', 'maintenance.service_call_logs', t.call_log_id) AS entry_key,
    happened(coalesce(t.met_at, t.call_date)) AS audit_timestamp,
    'contract_response' AS sla_type,
    'service_call' AS subject_type,
    t.call_log_id AS subject_id,
    'Contract ' || t.contract_number AS sla_name,
    'minutes' AS unit,
    t.target,
    t.actual,
    t.due_at,
    t.met_at,
    CASE
        WHEN t.actual > t.target THEN 'breached'
        WHEN t.actual IS NOT NULL THEN 'met'
        WHEN t.due_at < this_moment() AND t.call_status NOT IN ('closed', 'completed') THEN 'breached'
        ELSE 'open'
    END AS status
FROM timed AS t
