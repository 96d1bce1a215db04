/* ---
description: Changes of suppliers' ratings that the supplier portal keeps as history.
table: supplier_data_changes
reads: [supplier]
owner: procurement
changes:
  supplier.supplier_rating_history: [created_at]
--- */

SELECT
    'supplier.supplier_rating_history/' || h.history_id AS entry_key,
    happened(h.rating_date) AS audit_timestamp,
    'UPDATE' AS operation,
    'erp.suppliers' AS table_name,
    h.supplier_id AS row_key,
    'rating' AS changed_columns,
    '{"rating":' || coalesce(to_json(h.previous_rating), 'null') || '}' AS old_values,
    '{"rating":' || coalesce(to_json(h.new_rating), 'null') || '}' AS new_values,
    coalesce(h.changed_by, 'unknown') AS changed_by,
    concat_ws(', ', left(h.change_reason, 2000), 'rated on ' || h.rating_date) AS reason
FROM supplier.supplier_rating_history AS h
