/* ---
title: All changes of the sources are captured
proves: Every source is followed, and nothing on the day says that changes of it went past the capture or that evidence is broken.
standard: SOX 404, change evidence; ISO 27001 A.8.15
level: report
materiality: 0
todo: Follow the incident in security_events; changes of that time need a person's word before the day is signed off.
reads: [audit.audit_sequence_manager, audit.security_events]
--- */
{% set sources = ["master", "erp", "manufacturing", "maintenance", "quality", "wms", "tms", "crm", "service", "hr",
    "supplier", "financial", "operations", "sync"] -%}
{% set incidents = ["capture_problem", "event_quarantined", "source_lost", "mysql_lost", "source_set_back",
    "chain_broken"] -%}
SELECT
    s.source_database AS document,
    NULL AS account,
    NULL AS company,
    NULL AS currency,
    CAST(NULL AS DECIMAL(38, 2)) AS amount,
    CASE
        WHEN m.source_database IS NULL THEN 'its changes were never read'
        WHEN m.lost_since IS NOT NULL THEN CONCAT('cannot be followed since ', m.lost_since)
        ELSE CONCAT('followed up to event ', m.last_audit_sequence)
    END AS detail,
    m.source_database IS NULL OR m.lost_since IS NOT NULL AS broken
FROM (
    {%- for name in sources %}
    SELECT '{{ name }}' AS source_database{{ " UNION ALL" if not loop.last }}
    {%- endfor %}
) AS s
LEFT JOIN audit_sequence_manager AS m ON m.source_database = s.source_database

UNION ALL

SELECT
    CONCAT(e.source_database, ' ', e.audit_sequence),
    e.object_name,
    NULL,
    NULL,
    NULL,
    CONCAT(e.event_type, ' at ', e.audit_timestamp, ': ', LEFT(e.detail, 300)),
    TRUE
FROM security_events AS e
WHERE e.audit_timestamp >= '{{ begin }}' AND e.audit_timestamp < '{{ end }}'
    AND e.event_type IN ('{{ incidents | join("', '") }}')
