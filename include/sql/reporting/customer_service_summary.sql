/* ---
description: Service tickets, response and resolution times, breaches and satisfaction per day, customer and priority.
category: sales
reads: [service, crm, master]
grain: [service_date, customer_id, priority]
load: window
lookback: 7 days
owner: customer service
checks:
  - {check: in_range, columns: [response_sla_pct, resolution_sla_pct, csat_satisfied_pct],
      min: 0, max: 100, level: fail}
  - {check: in_range, columns: [csat_average], min: 1, max: 5, level: warn}
  - {check: in_range, columns: [status_contradictions], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [first_response_minutes, resolution_minutes, handle_minutes], level: warn}
  - {check: known_member, columns: [customer_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */

/*
Tickets count on the day they were opened. A ticket is answered or resolved when its timestamp says so; ticket_status
contradicts the timestamps (many "new" tickets are resolved), so it is shown beside them, with the contradictions.
Minutes are those that the service desk recorded. Its breach flags agree with the timestamps, but stay false for a
ticket that is overdue and still waiting: those are the *_open_overdue columns, as of the start of today.
An SLA percentage therefore counts both: in time / (answered or resolved + open and overdue).
Tickets change for weeks after they are opened; days older than the window show what was known at their last load.
*/

WITH accounts AS (
    SELECT
        a.account_id,
        c.customer_id,
        a.account_name
    FROM postgres_query('crm', $$SELECT ac.account_id, ac.customer_id, ac.account_name FROM accounts AS ac$$) AS a
    LEFT JOIN postgres_query('master', $$SELECT cu.customer_id FROM customers AS cu$$) AS c
        ON c.customer_id = a.customer_id
),

tickets AS (
    SELECT
        CAST(st.created_at AS DATE) AS service_date,
        coalesce(a.customer_id, 'UNKNOWN') AS customer_id,
        coalesce(st.priority, 'UNKNOWN') AS priority,
        st.ticket_status,
        coalesce(st.ticket_status IN ('resolved', 'closed'), false) AS is_done_by_status,
        st.first_response_datetime IS NOT NULL AS is_answered,
        st.resolved_datetime IS NOT NULL AS is_resolved,
        st.first_response_time_minutes,
        st.resolution_time_minutes,
        st.handle_time_minutes,
        coalesce(st.response_sla_breached, false) AS is_response_breached,
        coalesce(st.resolution_sla_breached, false) AS is_resolution_breached,
        coalesce(NOT is_answered AND st.response_due_datetime < DATE '{{ window.today }}', false)
            AS is_response_overdue,
        coalesce(NOT is_resolved AND st.resolution_due_datetime < DATE '{{ window.today }}', false)
            AS is_resolution_overdue,
        st.csat_rating,
        coalesce(st.reopened_count, 0) AS reopened_count,
        coalesce(st.escalation_level, 0) AS escalation_level
    FROM postgres_query('service', $$
        SELECT
            t.account_id,
            t.created_at,
            t.priority,
            t.ticket_status,
            t.first_response_datetime,
            t.resolved_datetime,
            t.first_response_time_minutes,
            t.resolution_time_minutes,
            t.handle_time_minutes,
            t.response_sla_breached,
            t.resolution_sla_breached,
            t.response_due_datetime,
            t.resolution_due_datetime,
            t.csat_rating,
            t.reopened_count,
            t.escalation_level
        FROM service_tickets AS t
        WHERE {{ window("t.created_at") }}
    $$) AS st
    LEFT JOIN accounts AS a ON a.account_id = st.account_id
),

customer_names AS (
    SELECT
        a.customer_id,
        arg_min(a.account_name, a.account_id) AS customer_name
    FROM accounts AS a
    GROUP BY a.customer_id
),

daily AS (
    SELECT
        t.service_date,
        t.customer_id,
        t.priority,
        count(*) AS tickets,
        count(*) FILTER (WHERE t.is_answered) AS tickets_answered,
        count(*) FILTER (WHERE t.is_resolved) AS tickets_resolved,
        count(*) FILTER (WHERE t.ticket_status = 'new') AS status_new,
        count(*) FILTER (WHERE t.ticket_status = 'assigned') AS status_assigned,
        count(*) FILTER (WHERE t.ticket_status = 'in_progress') AS status_in_progress,
        count(*) FILTER (WHERE t.ticket_status = 'pending_customer') AS status_pending_customer,
        count(*) FILTER (WHERE t.ticket_status = 'on_hold') AS status_on_hold,
        count(*) FILTER (WHERE t.ticket_status = 'resolved') AS status_resolved,
        count(*) FILTER (WHERE t.ticket_status = 'closed') AS status_closed,
        count(*) FILTER (WHERE t.is_done_by_status <> t.is_resolved) AS status_contradictions,
        coalesce(sum(t.first_response_time_minutes), 0) AS first_response_minutes,
        count(t.first_response_time_minutes) AS tickets_with_response_minutes,
        coalesce(sum(t.resolution_time_minutes), 0) AS resolution_minutes,
        count(t.resolution_time_minutes) AS tickets_with_resolution_minutes,
        coalesce(sum(t.handle_time_minutes), 0) AS handle_minutes,
        count(*) FILTER (WHERE t.is_response_breached) AS response_breaches,
        count(*) FILTER (WHERE t.is_response_overdue) AS response_open_overdue,
        count(*) FILTER (WHERE t.is_answered AND NOT t.is_response_breached) AS answered_in_time,
        count(*) FILTER (WHERE t.is_answered OR t.is_response_breached OR t.is_response_overdue) AS response_judged,
        count(*) FILTER (WHERE t.is_resolution_breached) AS resolution_breaches,
        count(*) FILTER (WHERE t.is_resolution_overdue) AS resolution_open_overdue,
        count(*) FILTER (WHERE t.is_resolved AND NOT t.is_resolution_breached) AS resolved_in_time,
        count(*) FILTER (WHERE t.is_resolved OR t.is_resolution_breached OR t.is_resolution_overdue)
            AS resolution_judged,
        count(t.csat_rating) AS csat_responses,
        coalesce(sum(t.csat_rating), 0) AS csat_total,
        count(*) FILTER (WHERE t.csat_rating >= 4) AS csat_satisfied,
        count(*) FILTER (WHERE t.reopened_count > 0) AS reopened_tickets,
        sum(t.reopened_count) AS reopenings,
        count(*) FILTER (WHERE t.escalation_level > 0) AS escalated_tickets,
        max(t.escalation_level) AS highest_escalation_level
    FROM tickets AS t
    GROUP BY t.service_date, t.customer_id, t.priority
)

SELECT
    d.service_date,
    d.customer_id,
    d.priority,
    n.customer_name,
    d.tickets,
    d.tickets_answered,
    d.tickets_resolved,
    d.tickets - d.tickets_resolved AS tickets_unresolved,
    d.status_new,
    d.status_assigned,
    d.status_in_progress,
    d.status_pending_customer,
    d.status_on_hold,
    d.status_resolved,
    d.status_closed,
    d.status_contradictions,
    CAST(d.first_response_minutes AS BIGINT) AS first_response_minutes,
    CAST(d.first_response_minutes / nullif(d.tickets_with_response_minutes, 0) AS DECIMAL(14, 2))
        AS average_first_response_minutes,
    CAST(d.resolution_minutes AS BIGINT) AS resolution_minutes,
    CAST(d.resolution_minutes / nullif(d.tickets_with_resolution_minutes, 0) AS DECIMAL(14, 2))
        AS average_resolution_minutes,
    CAST(d.handle_minutes AS BIGINT) AS handle_minutes,
    d.answered_in_time,
    d.response_breaches,
    d.response_open_overdue,
    CAST(100 * d.answered_in_time / nullif(d.response_judged, 0) AS DECIMAL(9, 2)) AS response_sla_pct,
    d.resolved_in_time,
    d.resolution_breaches,
    d.resolution_open_overdue,
    CAST(100 * d.resolved_in_time / nullif(d.resolution_judged, 0) AS DECIMAL(9, 2)) AS resolution_sla_pct,
    d.csat_responses,
    CAST(d.csat_total AS BIGINT) AS csat_total,
    CAST(d.csat_total / nullif(d.csat_responses, 0) AS DECIMAL(9, 2)) AS csat_average,
    CAST(100 * d.csat_satisfied / nullif(d.csat_responses, 0) AS DECIMAL(9, 2)) AS csat_satisfied_pct,
    d.reopened_tickets,
    CAST(d.reopenings AS BIGINT) AS reopenings,
    d.escalated_tickets,
    d.highest_escalation_level
FROM daily AS d
LEFT JOIN customer_names AS n ON n.customer_id = d.customer_id
