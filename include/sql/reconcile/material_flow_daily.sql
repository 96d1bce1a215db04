/* --- source: tms --- */
WITH lines_per_shipment AS (
    SELECT sl.shipment_id, count(*) AS lines, sum(sl.quantity) AS quantity
    FROM shipment_lines AS sl
    GROUP BY sl.shipment_id
)

SELECT s.ship_date AS flow_date, sum(lps.lines) AS issues, sum(lps.quantity) AS issue_quantity
FROM lines_per_shipment AS lps
JOIN shipments AS s ON s.shipment_id = lps.shipment_id
WHERE {{ window("s.ship_date") }} AND coalesce(s.shipment_status, '') <> 'cancelled'
GROUP BY s.ship_date
