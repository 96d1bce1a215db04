/* --- source: supplier --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    document.day AS pipeline_date,
    count(*) FILTER (WHERE document.kind = 'requisition') AS requisitions,
    count(*) FILTER (WHERE document.kind = 'requisition' AND document.status = 'converted_to_rfq')
        AS requisitions_converted_to_rfq,
    sum(document.value) FILTER (WHERE document.kind = 'requisition') AS requisition_value,
    count(*) FILTER (WHERE document.kind = 'rfq') AS rfqs,
    count(*) FILTER (WHERE document.kind = 'rfq' AND document.status = 'awarded') AS rfqs_awarded,
    sum(document.value) FILTER (WHERE document.kind = 'rfq') AS rfq_value,
    count(*) FILTER (WHERE document.kind = 'quotation') AS quotations,
    sum(document.value) FILTER (WHERE document.kind = 'quotation') AS quotation_value
FROM (
    SELECT
        'requisition' AS kind,
        requisition_date AS day,
        requisition_status AS status,
        estimated_total AS value
    FROM purchase_requisitions
    UNION ALL
    SELECT
        'rfq',
        rfq_date,
        rfq_status,
        {{ unless_foreign("total_estimated_value", "currency_code") }}
    FROM rfq_headers
    UNION ALL
    SELECT
        'quotation',
        response_date::date,
        response_status,
        {{ unless_foreign("total_quoted_value", "currency_code") }}
    FROM rfq_responses
) AS document
WHERE {{ window("document.day") }}
GROUP BY document.day
