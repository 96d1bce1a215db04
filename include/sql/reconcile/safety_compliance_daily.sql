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
