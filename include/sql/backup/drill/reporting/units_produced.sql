-- Good units and scrap of every factory.
SELECT factory_id, SUM(good_units) AS good_units, SUM(rejected_units) AS rejected_units
FROM production_summary_daily
GROUP BY factory_id
