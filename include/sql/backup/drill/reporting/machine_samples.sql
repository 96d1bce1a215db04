-- How busy the machines were.
SELECT machine_id, SUM(running_samples) / NULLIF(SUM(sample_count), 0) AS running_share
FROM machine_performance_daily
GROUP BY machine_id
ORDER BY running_share DESC
LIMIT 100
