-- How many rows of inventory there are by day.
SELECT inventory_date, COUNT(*) AS inventory_rows
FROM inventory_value_summary
GROUP BY inventory_date
ORDER BY inventory_date DESC
LIMIT 31
