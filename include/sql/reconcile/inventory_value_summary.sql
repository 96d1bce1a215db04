/* --- source: erp --- */
SELECT
    DATE '{{ window.start }}' AS inventory_date,
    count(DISTINCT (ib.plant_id, ib.material_id)) AS material_count,
    sum(ib.unrestricted_stock) AS stock_quantity,
    sum(ib.quality_inspection_stock) AS quality_inspection_quantity,
    sum(ib.blocked_stock) AS blocked_quantity,
    sum(ib.in_transit_stock) AS in_transit_quantity,
    sum(ib.consignment_stock) AS consignment_quantity,
    sum(coalesce(
        ib.stock_value,
        round(ib.unrestricted_stock * (
            SELECT m.standard_cost FROM materials AS m WHERE m.material_id = ib.material_id
        ), 2)
    )) AS stock_value
FROM inventory_balances AS ib

/* --- source: erp --- */
SELECT
    DATE '{{ window.start }}' AS inventory_date,
    sum(CASE WHEN p.stock > 0 THEN 1 END) AS in_stock_material_count,
    sum(p.stock * p.standard_cost) AS standard_value,
    sum(p.stock * p.moving_average_cost) AS moving_average_value,
    sum(CASE WHEN p.standard_cost IS NOT NULL THEN coalesce(p.value, 0) - p.stock * p.standard_cost END)
        AS book_to_standard_gap,
    sum(p.safety_stock) AS safety_stock_quantity,
    sum(p.reorder_point) AS reorder_point_quantity,
    sum(p.maximum_stock) AS maximum_stock_quantity,
    sum(CASE WHEN p.stock > 0 THEN 0 ELSE 1 END) AS out_of_stock_count,
    sum(CASE WHEN p.safety_stock > p.stock THEN 1 END) AS below_safety_stock_count,
    sum(CASE WHEN p.reorder_point >= p.stock THEN 1 END) AS at_reorder_point_count,
    sum(CASE WHEN p.maximum_stock < p.stock THEN 1 END) AS above_maximum_count,
    sum(CASE WHEN p.material_status <> 'active' AND p.stock > 0 THEN 1 END) AS obsolete_material_count,
    sum(CASE WHEN p.material_status <> 'active' THEN p.value END) AS obsolete_value
FROM (
    SELECT
        m.standard_cost,
        m.moving_average_cost,
        m.safety_stock,
        m.reorder_point,
        m.maximum_stock,
        m.material_status,
        coalesce(sum(ib.unrestricted_stock), 0) AS stock,
        sum(coalesce(ib.stock_value, round(ib.unrestricted_stock * m.standard_cost, 2))) AS value
    FROM inventory_balances AS ib
    LEFT JOIN materials AS m USING (material_id)
    GROUP BY ib.plant_id, ib.material_id, m.material_id
) AS p

/* --- source: wms --- */
SELECT
    DATE '{{ window.start }}' AS inventory_date,
    sum(wi.quantity_on_hand) AS wms_quantity,
    sum(wi.reserved_quantity) AS wms_reserved_quantity
FROM warehouse_inventory AS wi

/* --- source: tms --- */
SELECT DATE '{{ window.start }}' AS inventory_date, sum(sl.quantity) AS shipped_quantity_90d
FROM shipment_lines AS sl
JOIN shipments AS s USING (shipment_id)
WHERE s.ship_date BETWEEN DATE '{{ window.today }}' - 89 AND DATE '{{ window.today }}'
    AND coalesce(s.shipment_status, '') <> 'cancelled'

/* --- source: manufacturing --- */
SELECT
    DATE '{{ window.start }}' AS inventory_date,
    count(DISTINCT booked.work_order_id) AS wip_orders,
    sum(booked.amount) AS wip_value
FROM (
    SELECT wo.work_order_id, 0 AS amount
    FROM work_orders AS wo
    WHERE wo.status = ANY ('{completed,closed,in_progress}')
        AND wo.actual_start_time < DATE '{{ window.end }}'
        AND coalesce(wo.actual_end_time, DATE '{{ window.end }}') >= DATE '{{ window.end }}'
    UNION ALL
    SELECT wo.work_order_id, booking.amount
    FROM (
        SELECT
            mt.work_order_id,
            mt.transaction_date AS booked_at,
            CASE mt.transaction_type
                WHEN 'issue' THEN mt.total_cost
                {% if rules.material_cost == "net" %}WHEN 'return' THEN -mt.total_cost{% endif %}
            END AS amount
        FROM material_transactions AS mt
        UNION ALL
        SELECT lt.work_order_id, lt.transaction_date, lt.labor_cost
        FROM labor_transactions AS lt
    ) AS booking
    JOIN work_orders AS wo ON wo.work_order_id = booking.work_order_id
    WHERE booking.booked_at < DATE '{{ window.end }}'
        AND wo.status = ANY ('{completed,closed,in_progress}')
        AND wo.actual_start_time < DATE '{{ window.end }}'
        AND coalesce(wo.actual_end_time, DATE '{{ window.end }}') >= DATE '{{ window.end }}'
) AS booked

/* --- identities --- */
SELECT
    stock_value + wip_value AS total_inventory_value,
    wms_quantity - wms_reserved_quantity AS wms_available_quantity,
    stock_quantity - wms_quantity AS erp_wms_quantity_gap,
    round(standard_value - wms_value, 2) AS erp_wms_value_gap,
    CASE WHEN stock_value > 0 THEN 100 * slow_moving_value / stock_value END AS slow_moving_pct
