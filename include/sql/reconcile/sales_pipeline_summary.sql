/* --- source: crm --- */
WITH limits AS (
    SELECT date_trunc('month', TIMESTAMP '{{ window.start }}') - INTERVAL '1 year' AS closed_since
),

deals AS (
    SELECT
        count(*) AS opportunities,
        sum(o.amount) AS amount,
        sum(CASE WHEN o.stage = 'closed_won' THEN 1 ELSE 0 END) AS won_opportunities,
        sum(CASE WHEN o.stage = 'closed_lost' THEN 1 ELSE 0 END) AS lost_opportunities
    FROM opportunities AS o, limits
    WHERE o.created_at >= limits.closed_since OR coalesce(o.stage, '') NOT IN ('closed_won', 'closed_lost')
),

prospects AS (
    SELECT
        count(*) AS leads,
        sum(CASE WHEN ld.converted THEN 1 ELSE 0 END) AS converted_leads,
        sum(ld.estimated_deal_value) AS lead_estimated_value
    FROM leads AS ld, limits
    WHERE ld.created_at >= limits.closed_since
        OR (
            ld.converted IS NOT TRUE
            AND coalesce(ld.lead_status, '') <> 'converted'
            AND coalesce(ld.lead_status, '') <> 'unqualified'
        )
)

SELECT
    DATE '{{ window.start }}' AS snapshot_date,
    deals.opportunities,
    deals.amount,
    deals.won_opportunities,
    deals.lost_opportunities,
    prospects.leads,
    prospects.converted_leads,
    prospects.lead_estimated_value
FROM deals, prospects
