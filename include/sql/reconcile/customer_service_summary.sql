/* --- source: service --- */
SELECT
    st.created_at::date AS service_date,
    count(st.ticket_id) AS tickets,
    count(st.first_response_datetime) AS tickets_answered,
    count(st.resolved_datetime) AS tickets_resolved,
    sum(st.first_response_time_minutes) AS first_response_minutes,
    sum(st.resolution_time_minutes) AS resolution_minutes,
    sum(CASE WHEN st.response_sla_breached THEN 1 ELSE 0 END) AS response_breaches,
    sum(CASE WHEN st.resolution_sla_breached THEN 1 ELSE 0 END) AS resolution_breaches,
    sum(st.csat_rating) AS csat_total,
    sum(st.reopened_count) AS reopenings
FROM service_tickets AS st
WHERE {{ window("st.created_at") }}
GROUP BY st.created_at::date
