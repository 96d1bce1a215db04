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

/* --- source: crm --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    DATE '{{ window.start }}' AS snapshot_date,
    sum(deal.amount * deal.weight / 100) AS weighted_amount,
    sum((
        SELECT sum(op.quantity * op.unit_price * (1 - coalesce(op.discount_pct, 0) / 100))
        FROM opportunity_products AS op
        WHERE op.opportunity_id = deal.opportunity_id
    )) AS product_amount,
    sum(CASE deal.state WHEN 'open' THEN 1 END) AS open_opportunities,
    sum(CASE deal.state WHEN 'open' THEN deal.amount END) AS open_amount,
    sum(CASE deal.state WHEN 'closed_won' THEN deal.amount END) AS won_amount,
    sum(CASE deal.state WHEN 'closed_lost' THEN deal.amount END) AS lost_amount,
    sum(CASE WHEN deal.days_left < 0 AND deal.state = 'open' THEN 1 END) AS overdue_opportunities,
    sum(CASE WHEN deal.days_left < 0 AND deal.state = 'open' THEN deal.amount END) AS overdue_amount,
    sum(CASE WHEN deal.days_left BETWEEN 0 AND 30 AND deal.state = 'open' THEN deal.amount END)
        AS closing_in_30_days_amount,
    sum(CASE WHEN deal.days_left BETWEEN 0 AND 90 AND deal.state = 'open' THEN deal.amount END)
        AS closing_in_90_days_amount
FROM (
    SELECT
        o.opportunity_id,
        o.amount,
        CASE WHEN o.stage = ANY ('{closed_won,closed_lost}') THEN o.stage ELSE 'open' END AS state,
        CASE o.stage
            WHEN 'prospecting' THEN 10
            WHEN 'qualification' THEN 25
            WHEN 'proposal' THEN 50
            WHEN 'negotiation' THEN 75
            WHEN 'closed_won' THEN 100
            WHEN 'closed_lost' THEN 0
            ELSE coalesce(o.probability_pct, 0)
        END AS weight,
        o.close_date - DATE '{{ window.start }}' AS days_left,
        o.created_at
    FROM opportunities AS o
) AS deal
WHERE deal.state = 'open'
    OR deal.created_at >= date_trunc('month', TIMESTAMP '{{ window.start }}') - INTERVAL '1 year'

/* --- source: crm --- */
-- A quotation is shown with its opportunity; one without is shown while it may still be accepted, and for a year.
SELECT
    DATE '{{ window.start }}' AS snapshot_date,
    count(*) AS quotations,
    sum({{ unless_foreign("q.total_amount", "q.currency") }}) AS quotation_amount,
    sum(CASE WHEN q.converted THEN 1 END) AS converted_quotations,
    sum(CASE WHEN q.converted THEN 0 WHEN q.valid_until_date < DATE '{{ window.start }}' THEN 1 END) AS expired_quotations
FROM quotations AS q
LEFT JOIN opportunities AS o USING (opportunity_id)
WHERE CASE
    WHEN o.opportunity_id IS NOT NULL
        THEN coalesce(o.stage, '') NOT IN ('closed_won', 'closed_lost')
            OR o.created_at >= date_trunc('month', TIMESTAMP '{{ window.start }}') - INTERVAL '1 year'
    ELSE (NOT coalesce(q.converted, FALSE) AND q.valid_until_date >= DATE '{{ window.start }}')
        OR q.quotation_date >= date_trunc('month', TIMESTAMP '{{ window.start }}') - INTERVAL '1 year'
END

/* --- source: crm --- */
SELECT
    DATE '{{ window.start }}' AS snapshot_date,
    sum(CASE ld.lead_source WHEN 'website' THEN 1 END) AS leads_from_website,
    sum(CASE ld.lead_source WHEN 'cold_call' THEN 1 END) AS leads_from_cold_call,
    sum(CASE ld.lead_source WHEN 'trade_show' THEN 1 END) AS leads_from_trade_show,
    sum(CASE ld.lead_source WHEN 'social_media' THEN 1 END) AS leads_from_social_media,
    sum(CASE ld.lead_source WHEN 'referral' THEN 1 END) AS leads_from_referral
FROM leads AS ld
WHERE ld.created_at >= date_trunc('month', TIMESTAMP '{{ window.start }}') - INTERVAL '1 year'
    OR NOT (coalesce(ld.converted, FALSE) OR coalesce(ld.lead_status, '') = ANY ('{converted,unqualified}'))
