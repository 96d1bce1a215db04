/* ---
description: Who prepared, reviewed, approved, refused and released batch records, leave, documents, claims, requisitions.
table: approval_audit_log
reads: [manufacturing, hr, quality, service, supplier]
owner: compliance
changes:
  manufacturing.electronic_batch_records: [updated_at, prepared_at, reviewed_at, approved_at, released_at]
  hr.leave_requests: [updated_at, approval_date, hr_approval_date, cancelled_date]
  hr.performance_reviews: [updated_at, review_date, hr_reviewed_date]
  quality.ppap_submissions: [updated_at, review_date, approval_date]
  service.warranty_claims: [updated_at, approved_date, processed_date]
  supplier.purchase_requisitions: [updated_at, approved_date]
--- */

/*
A batch record has one entry for each signature. Every other document has one entry for its present step, and gets a
further one with each later step. A second approval by HR is an entry of its own. The reason of a leave and the rating
of an employee stay in the source.
*/

WITH approvals AS (
    SELECT
        'manufacturing.electronic_batch_records' AS source_table,
        r.ebr_id AS source_key,
        s.step AS part,
        'batch_record' AS document_type,
        r.batch_number AS document_id,
        s.step,
        s.decided_by,
        s.decided_at,
        NULL AS requested_by,
        NULL::TIMESTAMP AS requested_at,
        s.detail
    FROM manufacturing.electronic_batch_records AS r
    CROSS JOIN LATERAL (
        VALUES
            ('prepared', r.prepared_by, r.prepared_at, NULL),
            ('reviewed', r.reviewed_by, r.reviewed_at, NULL),
            ('approved', r.approved_by, r.approved_at, r.record_status),
            ('released', r.released_by, r.released_at, r.release_status)
    ) AS s (step, decided_by, decided_at, detail)
    WHERE s.decided_by IS NOT NULL OR s.decided_at IS NOT NULL
    UNION ALL
    SELECT
        'hr.leave_requests',
        l.request_id,
        NULL,
        'leave_request',
        l.request_id,
        CASE WHEN l.cancelled THEN 'cancelled' ELSE coalesce(l.request_status, 'pending') END,
        l.approved_by,
        CASE WHEN l.cancelled THEN l.cancelled_date WHEN l.request_status <> 'pending' THEN l.approval_date END,
        l.employee_id,
        l.request_date,
        l.total_days || ' days from ' || l.start_date
    FROM hr.leave_requests AS l
    UNION ALL
    SELECT
        'hr.leave_requests',
        l.request_id,
        'hr',
        'leave_request',
        l.request_id,
        'hr_approved',
        l.hr_approved_by,
        l.hr_approval_date,
        l.employee_id,
        l.request_date,
        NULL
    FROM hr.leave_requests AS l
    WHERE l.hr_approved
    UNION ALL
    SELECT
        'hr.performance_reviews',
        p.review_id,
        NULL,
        'performance_review',
        p.review_id,
        coalesce(p.review_status, 'draft'),
        p.reviewer_id,
        p.review_date,
        NULL,
        NULL,
        NULL
    FROM hr.performance_reviews AS p
    UNION ALL
    SELECT
        'hr.performance_reviews',
        p.review_id,
        'hr',
        'performance_review',
        p.review_id,
        'hr_reviewed',
        p.hr_reviewed_by,
        p.hr_reviewed_date,
        NULL,
        NULL,
        NULL
    FROM hr.performance_reviews AS p
    WHERE p.hr_reviewed
    UNION ALL
    SELECT
        'quality.document_revisions',
        d.revision_id,
        NULL,
        'document_revision',
        d.document_id || ' revision ' || d.revision_number,
        CASE WHEN d.approved_by IS NULL THEN 'revised' ELSE 'approved' END,
        d.approved_by,
        d.revision_date,
        d.revised_by,
        d.revision_date,
        left(d.changes_summary, 2000)
    FROM quality.document_revisions AS d
    UNION ALL
    SELECT
        'quality.ppap_submissions',
        p.ppap_id,
        NULL,
        'ppap_submission',
        p.ppap_number,
        coalesce(p.ppap_status, 'in_preparation'),
        CASE WHEN p.ppap_status = 'approved' THEN p.approved_by ELSE p.reviewed_by END,
        CASE WHEN p.ppap_status = 'approved' THEN p.approval_date ELSE p.review_date END,
        p.psw_signed_by,
        p.submission_date,
        left(p.review_comments, 2000)
    FROM quality.ppap_submissions AS p
    UNION ALL
    SELECT
        'quality.control_plans',
        c.control_plan_id,
        NULL,
        'control_plan',
        c.control_plan_number || ' version ' || c.version,
        CASE WHEN c.approved_by IS NULL THEN 'prepared' ELSE 'approved' END,
        c.approved_by,
        c.approval_date,
        c.prepared_by,
        c.revision_date,
        c.plan_status
    FROM quality.control_plans AS c
    UNION ALL
    SELECT
        'service.warranty_claims',
        w.claim_id,
        NULL,
        'warranty_claim',
        w.claim_number,
        coalesce(w.claim_status, 'submitted'),
        w.approved_by,
        w.approved_date,
        NULL,
        w.claim_date,
        left(w.rejection_reason, 2000)
    FROM service.warranty_claims AS w
    UNION ALL
    SELECT
        'supplier.purchase_requisitions',
        r.requisition_id,
        NULL,
        'purchase_requisition',
        r.requisition_number,
        coalesce(r.requisition_status, 'draft'),
        r.approved_by,
        r.approved_date,
        r.requested_by,
        r.requisition_date,
        left(r.rejection_reason, 2000)
    FROM supplier.purchase_requisitions AS r
)

SELECT
    concat_ws('/', a.source_table, a.source_key, a.part) AS entry_key,
    happened(coalesce(a.decided_at, a.requested_at)) AS audit_timestamp,
    a.document_type,
    a.document_id,
    a.step,
    a.decided_by,
    a.decided_at,
    a.requested_by,
    a.detail,
    a.source_table,
    a.source_key
FROM approvals AS a
