/* --- source: service --- */
SELECT
    st.created_at::date AS service_date,
    count(st.ticket_id) AS tickets,
    count(st.first_response_datetime) AS tickets_answered,
    count(st.resolved_datetime) AS tickets_resolved,
    sum(CASE WHEN st.resolved_datetime IS NULL THEN 1 ELSE 0 END) AS tickets_unresolved,
    sum(CASE st.ticket_status WHEN 'new' THEN 1 END) AS status_new,
    sum(CASE st.ticket_status WHEN 'assigned' THEN 1 END) AS status_assigned,
    sum(CASE st.ticket_status WHEN 'in_progress' THEN 1 END) AS status_in_progress,
    sum(CASE st.ticket_status WHEN 'pending_customer' THEN 1 END) AS status_pending_customer,
    sum(CASE st.ticket_status WHEN 'on_hold' THEN 1 END) AS status_on_hold,
    sum(CASE st.ticket_status WHEN 'resolved' THEN 1 END) AS status_resolved,
    sum(CASE st.ticket_status WHEN 'closed' THEN 1 END) AS status_closed,
    sum(CASE
        WHEN st.ticket_status = ANY (ARRAY['resolved', 'closed']) AND st.resolved_datetime IS NULL THEN 1
        WHEN st.resolved_datetime IS NULL THEN 0
        WHEN st.ticket_status = ANY (ARRAY['resolved', 'closed']) THEN 0
        ELSE 1
    END) AS status_contradictions,
    sum(st.first_response_time_minutes) AS first_response_minutes,
    sum(st.resolution_time_minutes) AS resolution_minutes,
    sum(st.handle_time_minutes) AS handle_minutes,
    sum(CASE WHEN st.response_sla_breached THEN 1 ELSE 0 END) AS response_breaches,
    sum(CASE WHEN st.resolution_sla_breached THEN 1 ELSE 0 END) AS resolution_breaches,
    sum(CASE WHEN st.first_response_datetime IS NULL OR st.response_sla_breached THEN 0 ELSE 1 END) AS answered_in_time,
    sum(CASE WHEN st.resolved_datetime IS NULL OR st.resolution_sla_breached THEN 0 ELSE 1 END) AS resolved_in_time,
    count(st.csat_rating) AS csat_responses,
    sum(st.csat_rating) AS csat_total,
    sum(CASE WHEN st.reopened_count > 0 THEN 1 END) AS reopened_tickets,
    sum(st.reopened_count) AS reopenings,
    sum(CASE WHEN st.escalation_level > 0 THEN 1 END) AS escalated_tickets,
    count(CASE
        WHEN st.response_due_datetime < DATE '{{ window.today }}' AND st.first_response_datetime IS NULL THEN 1
    END) AS response_open_overdue,
    count(CASE
        WHEN st.resolution_due_datetime < DATE '{{ window.today }}' AND st.resolved_datetime IS NULL THEN 1
    END) AS resolution_open_overdue
FROM service_tickets AS st
WHERE {{ window("st.created_at") }}
GROUP BY st.created_at::date

/* --- identities --- */
SELECT
    tickets - tickets_resolved AS tickets_unresolved,
    csat_total / nullif(csat_responses, 0) AS csat_average
