/* ---
description: What the interfaces between the source systems sent, with what success.
table: integration_audit_log
reads: [erp, tms, maintenance, crm, service, hr, supplier, quality, sync]
owner: integration
changes:
  erp.erp_mes_sync_log: [sync_timestamp, last_retry_at, created_at]
  tms.wms_tms_sync_log: [sync_timestamp, last_retry_at]
  maintenance.cmms_integration_log: [log_timestamp, last_retry_at]
  maintenance.pm_generation_log: [generation_date, created_at]
  crm.crm_integration_log: [log_timestamp, last_retry_at]
  service.service_integration_log: [log_timestamp, last_retry_at]
  hr.hcm_integration_log: [log_timestamp, last_retry_at]
  supplier.supplier_portal_integration_log: [log_timestamp]
  quality.qms_integration_log: [log_timestamp]
  sync.inventory_sync_queue: [transaction_date, created_at, processed_at, acknowledged_at]
  sync.inventory_sync_errors: [error_timestamp, resolved_at]
  sync.inventory_transaction_log: [log_timestamp, sync_timestamp]
--- */

WITH messages AS (
    SELECT
        'erp.erp_mes_sync_log' AS source_table,
        l.sync_id AS source_key,
        l.sync_timestamp AS moment,
        'erp_mes' AS interface,
        l.sync_direction AS direction,
        concat_ws(' ', l.document_type, l.document_id) AS document,
        l.sync_status AS status,
        nullif(l.error_message, 'None') AS error
    FROM erp.erp_mes_sync_log AS l
    UNION ALL
    SELECT
        'tms.wms_tms_sync_log',
        l.sync_id,
        l.sync_timestamp,
        'wms_tms',
        l.sync_direction,
        concat_ws(' ', l.document_type, l.document_id),
        l.sync_status,
        l.error_message
    FROM tms.wms_tms_sync_log AS l
    UNION ALL
    SELECT
        'maintenance.cmms_integration_log',
        l.log_id,
        l.log_timestamp,
        'cmms',
        l.integration_direction,
        concat_ws(' ', l.document_type, l.document_id),
        l.integration_status,
        l.error_message
    FROM maintenance.cmms_integration_log AS l
    UNION ALL
    SELECT
        'maintenance.pm_generation_log',
        l.log_id,
        l.generation_date,
        'pm_generation',
        NULL,
        concat_ws(' ', l.pm_schedule_id, l.work_order_number),
        l.generation_status,
        l.error_message
    FROM maintenance.pm_generation_log AS l
    UNION ALL
    SELECT
        'crm.crm_integration_log',
        l.log_id,
        l.log_timestamp,
        'crm',
        l.integration_direction,
        concat_ws(' ', l.document_type, l.document_id),
        l.integration_status,
        l.error_message
    FROM crm.crm_integration_log AS l
    UNION ALL
    SELECT
        'service.service_integration_log',
        l.log_id,
        l.log_timestamp,
        'service',
        l.integration_direction,
        concat_ws(' ', l.document_type, l.document_id),
        l.integration_status,
        l.error_message
    FROM service.service_integration_log AS l
    UNION ALL
    SELECT
        'hr.hcm_integration_log',
        l.log_id,
        l.log_timestamp,
        'hcm',
        coalesce(l.integration_direction, 'to ' || l.target_system),
        concat_ws(' ', l.document_type, l.document_id),
        l.integration_status,
        l.error_message
    FROM hr.hcm_integration_log AS l
    UNION ALL
    SELECT
        'supplier.supplier_portal_integration_log',
        l.log_id,
        l.log_timestamp,
        'supplier_portal',
        l.source_system || ' to ' || l.target_system,
        concat_ws(' ', l.integration_type, l.source_document_type, l.source_document_id),
        l.integration_status,
        l.error_message
    FROM supplier.supplier_portal_integration_log AS l
    UNION ALL
    SELECT
        'quality.qms_integration_log',
        l.log_id,
        l.log_timestamp,
        'qms',
        l.source_system || ' to ' || l.target_system,
        concat_ws(' ', l.integration_type, l.source_document_id),
        l.integration_status,
        l.error_message
    FROM quality.qms_integration_log AS l
    UNION ALL
    SELECT
        'sync.inventory_sync_queue',
        q.queue_id,
        coalesce(q.processed_at, q.transaction_date),
        'erp_wms',
        q.sync_direction,
        concat_ws(' ', q.transaction_type, q.transaction_id),
        q.sync_status,
        q.error_message
    FROM sync.inventory_sync_queue AS q
    UNION ALL
    SELECT
        'sync.inventory_sync_errors',
        e.error_id,
        coalesce(e.resolved_at, e.error_timestamp),
        'erp_wms',
        NULL,
        e.queue_id,
        e.error_status,
        concat_ws(': ', e.error_type, e.error_message)
    FROM sync.inventory_sync_errors AS e
    UNION ALL
    SELECT
        'sync.inventory_transaction_log',
        l.log_id,
        l.log_timestamp,
        'erp_wms',
        'from ' || l.source_system,
        concat_ws(' ', l.transaction_type, l.transaction_id),
        CASE WHEN l.synced THEN 'synced' ELSE 'not synced' END,
        NULL
    FROM sync.inventory_transaction_log AS l
)

SELECT
    concat_ws('/', m.source_table, m.source_key) AS entry_key,
    happened(m.moment) AS audit_timestamp,
    m.interface,
    m.direction,
    nullif(m.document, '') AS document,
    m.status,
    left(m.error, 2000) AS error,
    m.source_table,
    m.source_key
FROM messages AS m
