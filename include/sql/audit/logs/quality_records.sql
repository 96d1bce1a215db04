/* ---
description: Quality and supplier audits, findings, nonconformances, corrective actions, calibration, training, by state.
table: quality_compliance_log
reads: [quality, supplier, hr]
owner: quality
changes:
  quality.ncr_headers: [updated_at, closed_date]
  quality.capa_headers: [updated_at, closed_date]
  hr.employee_certifications: [updated_at, issue_date]
--- */

/*
A record has one entry, and gets a further one whenever its state, due date or responsible person changes. Its time is
when it was closed, or else when it was found or done; these sources have dates ahead of the present, which count as
now.
*/

WITH records AS (
    SELECT
        'quality.quality_audits' AS source_table,
        a.audit_id AS source_key,
        'quality_audit' AS record_type,
        a.audit_number AS record_id,
        a.audit_status AS status,
        a.audit_rating AS severity,
        a.lead_auditor AS responsible,
        coalesce(a.actual_start_date, a.planned_date) AS occurred_on,
        a.followup_date AS due_on,
        a.closed_date AS closed_on,
        concat_ws(', ', a.audit_type, a.audit_standard, a.audit_scope) AS detail
    FROM quality.quality_audits AS a
    UNION ALL
    SELECT
        'quality.audit_findings',
        f.finding_id,
        'finding',
        f.audit_id || ' finding ' || f.finding_number,
        f.finding_status,
        f.finding_type,
        f.responsible_person,
        f.created_at::DATE,
        f.target_closure_date,
        f.closure_date,
        f.finding_description
    FROM quality.audit_findings AS f
    UNION ALL
    SELECT
        'quality.ncr_headers',
        n.ncr_id,
        'ncr',
        n.ncr_number,
        n.ncr_status,
        n.defect_severity,
        n.detected_by,
        n.detected_date,
        NULL,
        n.closed_date,
        concat_ws(', ', n.source_type, n.defect_description, 'disposition ' || n.disposition)
    FROM quality.ncr_headers AS n
    UNION ALL
    SELECT
        'quality.capa_headers',
        c.capa_id,
        'capa',
        c.capa_number,
        c.capa_status,
        c.problem_severity,
        c.responsible_person,
        c.created_at::DATE,
        c.target_completion_date,
        c.closed_date,
        concat_ws(', ', c.action_type, c.problem_description, 'verification ' || c.verification_result)
    FROM quality.capa_headers AS c
    UNION ALL
    SELECT
        'quality.capa_actions',
        c.action_id,
        'capa_action',
        concat_ws(' action ', c.capa_id, c.action_sequence),
        c.action_status,
        NULL,
        c.assigned_to,
        c.created_at::DATE,
        c.due_date,
        c.completion_date,
        c.action_description
    FROM quality.capa_actions AS c
    UNION ALL
    SELECT
        'quality.calibration_records',
        c.calibration_id,
        'calibration',
        c.calibration_number,
        c.calibration_result,
        NULL,
        c.calibrated_by,
        c.calibration_date,
        c.next_due_date,
        NULL,
        'equipment ' || c.equipment_id
    FROM quality.calibration_records AS c
    UNION ALL
    SELECT
        'quality.calibration_alerts',
        a.alert_id,
        'calibration_alert',
        a.alert_id,
        CASE WHEN a.resolved THEN 'resolved' ELSE 'open' END,
        a.alert_type,
        NULL,
        a.alert_date,
        NULL,
        a.resolved_date,
        'equipment ' || a.equipment_id
    FROM quality.calibration_alerts AS a
    UNION ALL
    SELECT
        'quality.eight_d_reports',
        e.eight_d_id,
        'eight_d_report',
        e.eight_d_number,
        e.eight_d_status,
        NULL,
        e.team_leader,
        e.team_established_date,
        NULL,
        e.closed_date,
        concat_ws(', ', e.source_document_id, e.problem_description)
    FROM quality.eight_d_reports AS e
    UNION ALL
    SELECT
        'supplier.supplier_audits',
        a.audit_id,
        'supplier_audit',
        a.audit_number,
        a.audit_status,
        a.audit_rating,
        a.lead_auditor,
        coalesce(a.actual_date, a.planned_date),
        a.followup_date,
        NULL,
        concat_ws(', ', a.supplier_id, a.audit_type, a.audit_scope)
    FROM supplier.supplier_audits AS a
    UNION ALL
    SELECT
        'supplier.audit_findings',
        f.finding_id,
        'supplier_finding',
        concat_ws(' finding ', f.audit_id, f.finding_number),
        f.finding_status,
        f.finding_type,
        f.responsible_person,
        f.created_at::DATE,
        f.target_date,
        f.closed_date,
        f.finding_description
    FROM supplier.audit_findings AS f
    UNION ALL
    SELECT
        'hr.training_requirements',
        r.requirement_id,
        'training_requirement',
        r.requirement_id,
        CASE WHEN r.is_active THEN 'active' ELSE 'inactive' END,
        CASE WHEN r.is_mandatory THEN 'mandatory' ELSE 'optional' END,
        NULL,
        r.created_at::DATE,
        NULL,
        NULL,
        concat_ws(', ', r.requirement_type, r.course_id, r.role_id, r.frequency)
    FROM hr.training_requirements AS r
    UNION ALL
    SELECT
        'hr.employee_certifications',
        c.certification_id,
        'certification',
        coalesce(c.certification_number, c.certification_id),
        c.certification_status,
        NULL,
        c.employee_id,
        c.issue_date,
        c.expiry_date,
        NULL,
        c.certification_name
    FROM hr.employee_certifications AS c
)

SELECT
    concat_ws('/', r.source_table, r.source_key) AS entry_key,
    happened(coalesce(r.closed_on, r.occurred_on)) AS audit_timestamp,
    r.record_type,
    r.record_id,
    r.status,
    r.severity,
    r.responsible,
    r.occurred_on,
    r.due_on,
    left(r.detail, 2000) AS detail,
    r.source_table,
    r.source_key
FROM records AS r
