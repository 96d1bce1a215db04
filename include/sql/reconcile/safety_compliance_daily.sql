/* --- source: hr --- */
SELECT
    facts.safety_date,
    sum(facts.hours_worked) AS hours_worked,
    sum(facts.incidents) AS incidents,
    sum(facts.recordable_incidents) AS recordable_incidents,
    sum(facts.days_away_from_work) AS days_away_from_work
FROM (
    SELECT
        ar.attendance_date AS safety_date,
        ar.actual_hours AS hours_worked,
        0 AS incidents,
        0 AS recordable_incidents,
        0 AS days_away_from_work
    FROM attendance_records AS ar
    WHERE {{ window("ar.attendance_date") }}
    UNION ALL
    SELECT
        si.incident_date, 0, 1,
        CASE WHEN si.osha_recordable THEN 1 ELSE 0 END,
        si.days_away_from_work
    FROM safety_incidents AS si
    WHERE {{ window("si.incident_date") }}
) AS facts
GROUP BY facts.safety_date

/* --- source: hr --- */
SELECT
    si.incident_date AS safety_date,
    sum(CASE si.severity WHEN 'minor' THEN 1 ELSE 0 END) AS minor_incidents,
    sum(CASE si.severity WHEN 'minor' THEN 0 ELSE 1 END) AS serious_incidents,
    sum(CASE si.incident_type WHEN 'injury' THEN 1 END) AS injuries,
    sum(CASE si.incident_type WHEN 'near_miss' THEN 1 END) AS near_misses,
    sum(CASE si.incident_type WHEN 'property_damage' THEN 1 END) AS property_damage_incidents,
    sum(CASE WHEN si.days_away_from_work > 0 THEN 1 END) AS lost_time_incidents,
    count(nullif(si.medical_treatment_required, FALSE)) AS medical_treatment_incidents,
    sum(CASE si.incident_status WHEN 'closed' THEN 0 ELSE 1 END) AS open_incidents
FROM safety_incidents AS si
WHERE {{ window("si.incident_date") }}
GROUP BY si.incident_date

/* --- source: hr --- */
SELECT
    ar.attendance_date AS safety_date,
    count(DISTINCT CASE WHEN ar.actual_hours > 0 THEN ar.employee_id END) AS employees_at_work
FROM attendance_records AS ar
WHERE {{ window("ar.attendance_date") }}
GROUP BY ar.attendance_date

/* --- source: hr --- */
SELECT
    training.day AS safety_date,
    sum(1) AS training_enrollments,
    count(nullif(training.attended, FALSE)) AS trainings_attended,
    sum(CASE training.completion_status WHEN 'completed' THEN 1 END) AS trainings_completed,
    sum(CASE WHEN training.category = 'safety' THEN (training.completion_status = 'completed')::int END)
        AS safety_trainings_completed,
    sum(CASE training.completion_status WHEN 'failed' THEN 1 END) AS trainings_failed,
    sum(training.attendance_hours) AS training_hours
FROM (
    SELECT
        CASE
            WHEN te.completion_date IS NOT NULL THEN te.completion_date
            WHEN te.attendance_date IS NOT NULL THEN te.attendance_date
            ELSE ts.start_datetime::date
        END AS day,
        tc.course_category AS category,
        te.attended,
        te.completion_status,
        te.attendance_hours
    FROM training_courses AS tc
    JOIN training_schedules AS ts USING (course_id)
    JOIN training_enrollments AS te USING (schedule_id)
    WHERE tc.course_category = ANY ('{safety,compliance}')
) AS training
WHERE {{ window("training.day") }}
GROUP BY training.day

/* --- source: quality --- */
SELECT
    coalesce(qa.actual_start_date, qa.planned_date) AS safety_date,
    sum(1) AS audits,
    sum(CASE qa.audit_status WHEN 'completed' THEN 1 END) AS audits_completed,
    count(qa.audit_score) AS audits_scored
FROM quality_audits AS qa
WHERE {{ window("coalesce(qa.actual_start_date, qa.planned_date)") }}
GROUP BY 1

/* --- source: quality --- */
SELECT
    coalesce(qa.actual_start_date, qa.planned_date) AS safety_date,
    sum(1) AS findings,
    sum(CASE af.finding_type WHEN 'major_nc' THEN 1 END) AS major_findings,
    sum(CASE af.finding_type WHEN 'minor_nc' THEN 1 END) AS minor_findings,
    sum(CASE af.finding_type WHEN 'observation' THEN 1 END) AS observations,
    sum(CASE af.finding_status WHEN 'closed' THEN 0 ELSE 1 END) AS open_findings
FROM audit_findings AS af
JOIN quality_audits AS qa USING (audit_id)
WHERE {{ window("coalesce(qa.actual_start_date, qa.planned_date)") }}
GROUP BY 1

/* --- identities --- */
SELECT
    200000 * recordable_incidents / nullif(hours_worked, 0) AS trir,
    1000000 * lost_time_incidents / nullif(hours_worked, 0) AS ltifr,
    100 * trainings_completed / nullif(training_enrollments, 0) AS training_completion_pct
