/* ---
description: Incidents, TRIR, LTIFR, safety training, certifications and audits per factory and day.
category: performance
reads: [hr, quality, master]
grain: [safety_date, factory_id]
load: window
lookback: 7 days
owner: safety
checks:
  - {check: in_range, columns: [training_completion_pct], min: 0, max: 100, level: fail}
  - {check: in_range, columns: [audit_score_avg], min: 0, max: 100, level: warn}
  - {check: not_negative, columns: [hours_worked, days_away_from_work], level: warn}
  - {check: known_member, columns: [factory_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- Every factory has a row for every day from the first attendance or incident up to today, so that days without an
-- incident count; days ahead of today have one if something is planned or recorded for them.
-- OSHA: TRIR = recordables x 200,000 / hours, LTIFR = lost-time incidents x 1,000,000 / hours. For a month or a year
-- sum incidents and hours first, then divide: a single day says little. Hours are those of attendance records; where
-- these cover only a part of the staff, both rates are too high.
-- Factory: of the incident or else of its department, of the employee's contract (hours, certifications), of the
-- training schedule, and of the audited location. UNKNOWN where none of these is known.
-- What has no status is open, an incident of unknown severity serious. Findings are counted from their own records. Audits are often dated ahead of today.
WITH factories AS (
    SELECT f.factory_id, f.factory_name
    FROM postgres_query('master', $$ SELECT f.factory_id, f.factory_name FROM factories AS f $$) AS f
),

incidents AS (
    SELECT
        si.incident_date AS safety_date,
        si.factory_id,
        count(*) AS incidents,
        count(*) FILTER (WHERE si.severity = 'minor') AS minor_incidents,
        count(*) FILTER (WHERE si.severity IS DISTINCT FROM 'minor') AS serious_incidents,
        count(*) FILTER (WHERE si.incident_type = 'injury') AS injuries,
        count(*) FILTER (WHERE si.incident_type = 'near_miss') AS near_misses,
        count(*) FILTER (WHERE si.incident_type = 'property_damage') AS property_damage_incidents,
        count(*) FILTER (WHERE si.osha_recordable) AS recordable_incidents,
        count(*) FILTER (WHERE si.days_away_from_work > 0) AS lost_time_incidents,
        sum(si.days_away_from_work) AS days_away_from_work,
        count(*) FILTER (WHERE si.medical_treatment_required) AS medical_treatment_incidents,
        count(*) FILTER (WHERE si.incident_status IS DISTINCT FROM 'closed') AS open_incidents
    FROM postgres_query('hr', $$
        SELECT
            si.incident_date,
            coalesce(si.factory_id, d.factory_id) AS factory_id,
            si.severity,
            si.incident_type,
            si.osha_recordable,
            si.days_away_from_work,
            si.medical_treatment_required,
            si.incident_status
        FROM safety_incidents AS si
        LEFT JOIN departments AS d ON d.department_id = si.department_id
        WHERE {{ window("si.incident_date") }}
    $$) AS si
    GROUP BY ALL
),

employees AS (
    SELECT e.employee_id, f.factory_id
    FROM postgres_query('hr', $$ SELECT e.employee_id, e.primary_factory_id FROM employees AS e $$) AS e
    LEFT JOIN factories AS f ON f.factory_id = e.primary_factory_id
),

hours AS (
    SELECT
        ar.attendance_date AS safety_date,
        e.factory_id,
        count(DISTINCT ar.employee_id) FILTER (WHERE ar.actual_hours > 0) AS employees_at_work,
        sum(ar.actual_hours) AS hours_worked
    FROM postgres_query('hr', $$
        SELECT ar.attendance_date, ar.employee_id, ar.actual_hours
        FROM attendance_records AS ar
        WHERE {{ window("ar.attendance_date") }}
    $$) AS ar
    LEFT JOIN employees AS e ON e.employee_id = ar.employee_id
    GROUP BY ALL
),

training AS (
    SELECT
        t.safety_date,
        t.factory_id,
        count(*) AS training_enrollments,
        count(*) FILTER (WHERE t.attended) AS trainings_attended,
        count(*) FILTER (WHERE t.completion_status = 'completed') AS trainings_completed,
        count(*) FILTER (
            WHERE t.completion_status = 'completed' AND t.course_category = 'safety'
        ) AS safety_trainings_completed,
        count(*) FILTER (WHERE t.completion_status = 'failed') AS trainings_failed,
        sum(t.attendance_hours) AS training_hours
    FROM postgres_query('hr', $$
        SELECT
            coalesce(te.completion_date, te.attendance_date, CAST(ts.start_datetime AS DATE)) AS safety_date,
            ts.factory_id,
            tc.course_category,
            te.completion_status,
            te.attended,
            te.attendance_hours
        FROM training_enrollments AS te
        JOIN training_schedules AS ts ON ts.schedule_id = te.schedule_id
        JOIN training_courses AS tc ON tc.course_id = ts.course_id
        WHERE tc.course_category IN ('safety', 'compliance')
            AND {{ window("coalesce(te.completion_date, te.attendance_date, CAST(ts.start_datetime AS DATE))") }}
    $$) AS t
    GROUP BY ALL
),

audits AS (
    SELECT
        a.safety_date,
        a.factory_id,
        count(*) AS audits,
        count(*) FILTER (WHERE a.audit_status = 'completed') AS audits_completed,
        count(a.audit_score) AS audits_scored,
        sum(a.audit_score) AS audit_score_sum,
        sum(a.findings) AS findings,
        sum(a.major_findings) AS major_findings,
        sum(a.minor_findings) AS minor_findings,
        sum(a.observations) AS observations,
        sum(a.open_findings) AS open_findings
    FROM postgres_query('quality', $$
        SELECT
            coalesce(qa.actual_start_date, qa.planned_date) AS safety_date,
            qa.audit_location AS factory_id,
            qa.audit_status,
            qa.audit_score,
            fi.findings,
            fi.major_findings,
            fi.minor_findings,
            fi.observations,
            fi.open_findings
        FROM quality_audits AS qa
        LEFT JOIN (
            SELECT
                af.audit_id,
                count(*) AS findings,
                count(*) FILTER (WHERE af.finding_type = 'major_nc') AS major_findings,
                count(*) FILTER (WHERE af.finding_type = 'minor_nc') AS minor_findings,
                count(*) FILTER (WHERE af.finding_type = 'observation') AS observations,
                count(*) FILTER (WHERE af.finding_status IS DISTINCT FROM 'closed') AS open_findings
            FROM audit_findings AS af
            GROUP BY af.audit_id
        ) AS fi ON fi.audit_id = qa.audit_id
        WHERE {{ window("coalesce(qa.actual_start_date, qa.planned_date)") }}
    $$) AS a
    GROUP BY ALL
),

first_day AS (
    FROM postgres_query('hr', $$
        SELECT least(
            (SELECT min(ar.attendance_date) FROM attendance_records AS ar),
            (SELECT min(si.incident_date) FROM safety_incidents AS si)
        ) AS first_day
    $$)
),

every_day AS (
    SELECT CAST(unnest(generate_series(
        greatest(fd.first_day, DATE '{{ window.start }}'),
        least(DATE '{{ window.today }}', DATE '{{ window.end }}' - 1),
        INTERVAL 1 DAY
    )) AS DATE) AS safety_date
    FROM first_day AS fd
    WHERE fd.first_day IS NOT NULL
),

spine AS (
    SELECT ed.safety_date, f.factory_id
    FROM every_day AS ed
    CROSS JOIN factories AS f
),

all_sources AS (
    FROM spine
    UNION ALL BY NAME FROM incidents
    UNION ALL BY NAME FROM hours
    UNION ALL BY NAME FROM training
    UNION ALL BY NAME FROM audits
),

factory_days AS (
    SELECT
        a.safety_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        f.factory_name,
        coalesce(sum(a.incidents), 0) AS incidents,
        coalesce(sum(a.minor_incidents), 0) AS minor_incidents,
        coalesce(sum(a.serious_incidents), 0) AS serious_incidents,
        coalesce(sum(a.injuries), 0) AS injuries,
        coalesce(sum(a.near_misses), 0) AS near_misses,
        coalesce(sum(a.property_damage_incidents), 0) AS property_damage_incidents,
        coalesce(sum(a.recordable_incidents), 0) AS recordable_incidents,
        coalesce(sum(a.lost_time_incidents), 0) AS lost_time_incidents,
        coalesce(sum(a.days_away_from_work), 0) AS days_away_from_work,
        coalesce(sum(a.medical_treatment_incidents), 0) AS medical_treatment_incidents,
        coalesce(sum(a.open_incidents), 0) AS open_incidents,
        coalesce(sum(a.employees_at_work), 0) AS employees_at_work,
        coalesce(sum(a.hours_worked), 0) AS hours_worked,
        coalesce(sum(a.training_enrollments), 0) AS training_enrollments,
        coalesce(sum(a.trainings_attended), 0) AS trainings_attended,
        coalesce(sum(a.trainings_completed), 0) AS trainings_completed,
        coalesce(sum(a.safety_trainings_completed), 0) AS safety_trainings_completed,
        coalesce(sum(a.trainings_failed), 0) AS trainings_failed,
        coalesce(sum(a.training_hours), 0) AS training_hours,
        coalesce(sum(a.audits), 0) AS audits,
        coalesce(sum(a.audits_completed), 0) AS audits_completed,
        coalesce(sum(a.audits_scored), 0) AS audits_scored,
        sum(a.audit_score_sum) AS audit_score_sum,
        coalesce(sum(a.findings), 0) AS findings,
        coalesce(sum(a.major_findings), 0) AS major_findings,
        coalesce(sum(a.minor_findings), 0) AS minor_findings,
        coalesce(sum(a.observations), 0) AS observations,
        coalesce(sum(a.open_findings), 0) AS open_findings
    FROM all_sources AS a
    LEFT JOIN factories AS f ON f.factory_id = a.factory_id
    GROUP BY ALL
),

certificates AS (
    SELECT
        coalesce(e.factory_id, 'UNKNOWN') AS factory_id,
        ec.certification_type,
        ec.issue_date,
        ec.expiry_date
    FROM postgres_query('hr', $$
        SELECT ec.employee_id, ec.certification_type, ec.issue_date, ec.expiry_date
        FROM employee_certifications AS ec
        WHERE ec.certification_status IS DISTINCT FROM 'revoked'
    $$) AS ec
    LEFT JOIN employees AS e ON e.employee_id = ec.employee_id
),

certifications AS (
    SELECT
        d.safety_date,
        d.factory_id,
        count(*) FILTER (WHERE c.expiry_date < d.safety_date) AS certifications_expired,
        count(*) FILTER (WHERE c.expiry_date >= d.safety_date OR c.expiry_date IS NULL) AS certifications_valid,
        count(*) FILTER (
            WHERE (c.expiry_date >= d.safety_date OR c.expiry_date IS NULL) AND c.certification_type = 'safety'
        ) AS safety_certifications_valid,
        count(*) FILTER (
            WHERE c.expiry_date BETWEEN d.safety_date AND d.safety_date + 30
        ) AS certifications_expiring_30_days
    FROM factory_days AS d
    INNER JOIN certificates AS c ON c.factory_id = d.factory_id AND c.issue_date <= d.safety_date
    GROUP BY ALL
)

SELECT
    d.safety_date,
    d.factory_id,
    d.factory_name,
    d.incidents,
    d.minor_incidents,
    d.serious_incidents,
    d.injuries,
    d.near_misses,
    d.property_damage_incidents,
    d.recordable_incidents,
    d.lost_time_incidents,
    d.days_away_from_work,
    d.medical_treatment_incidents,
    d.open_incidents,
    d.employees_at_work,
    CAST(d.hours_worked AS DECIMAL(14, 2)) AS hours_worked,
    CAST(d.recordable_incidents * 200000 / nullif(d.hours_worked, 0) AS DECIMAL(14, 4)) AS trir,
    CAST(d.lost_time_incidents * 1000000 / nullif(d.hours_worked, 0) AS DECIMAL(14, 4)) AS ltifr,
    d.training_enrollments,
    d.trainings_attended,
    d.trainings_completed,
    d.safety_trainings_completed,
    d.trainings_failed,
    CAST(d.training_hours AS DECIMAL(14, 2)) AS training_hours,
    CAST(100 * d.trainings_completed / nullif(d.training_enrollments, 0) AS DECIMAL(9, 2)) AS training_completion_pct,
    coalesce(c.certifications_valid, 0) AS certifications_valid,
    coalesce(c.safety_certifications_valid, 0) AS safety_certifications_valid,
    coalesce(c.certifications_expiring_30_days, 0) AS certifications_expiring_30_days,
    coalesce(c.certifications_expired, 0) AS certifications_expired,
    d.audits,
    d.audits_completed,
    d.audits_scored,
    CAST(d.audit_score_sum / nullif(d.audits_scored, 0) AS DECIMAL(9, 2)) AS audit_score_avg,
    d.findings,
    d.major_findings,
    d.minor_findings,
    d.observations,
    d.open_findings
FROM factory_days AS d
LEFT JOIN certifications AS c ON c.safety_date = d.safety_date AND c.factory_id = d.factory_id
