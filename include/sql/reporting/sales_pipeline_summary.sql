/* ---
description: Opportunities, quotations and leads as they stand today, per month of creation, customer and stage.
category: sales
reads: [crm, financial, master]
grain: [snapshot_date, pipeline_month, customer_id, stage]
load: snapshot
owner: sales operations
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: in_range, columns: [win_rate_pct], min: 0, max: 100, level: fail}
  - {check: not_negative, columns: [amount, product_amount, quotation_amount, lead_estimated_value], level: warn}
  - {check: known_member, columns: [customer_id, stage], level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */

/*
CRM keeps no usable history of stages, so each day is a snapshot of the whole pipeline; the days kept are the history.
Shown are all open opportunities and leads, and closed ones created in this month or the twelve before.
pipeline_month is the month in which the opportunity, lead or quotation entered the pipeline.

Stage alone tells whether a deal is closed (is_closed stays false) and weighs its amount (probability_pct stays 10, and
is used only for a stage without a weight here): prospecting 10, qualification 25, proposal 50, negotiation 75,
closed_won 100, closed_lost 0 percent. An opportunity's amount and the value of its products differ in the source: both
are given.
Quotations stand with their opportunity; without one under stage no_opportunity, in the month of the quotation.
Leads have stage lead_<status>, and customer UNKNOWN until they are converted to an account.
*/

{% from "macros/currency.sql" import at_rate_of, exchange_rates, converted, currency_of with context -%}
WITH {{ exchange_rates() }},

stage_weights (stage, stage_order, weight_pct) AS (
    VALUES
        ('prospecting', 1, 10),
        ('qualification', 2, 25),
        ('proposal', 3, 50),
        ('negotiation', 4, 75),
        ('closed_won', 5, 100),
        ('closed_lost', 6, 0)
),

accounts AS (
    SELECT
        a.account_id,
        coalesce(c.customer_id, 'UNKNOWN') AS customer_id,
        a.account_name
    FROM postgres_query('crm', $$SELECT ac.account_id, ac.customer_id, ac.account_name FROM accounts AS ac$$) AS a
    LEFT JOIN postgres_query('master', $$SELECT cu.customer_id FROM customers AS cu$$) AS c
        ON c.customer_id = a.customer_id
),

customer_names AS (
    SELECT
        a.customer_id,
        arg_min(a.account_name, a.account_id) AS customer_name
    FROM accounts AS a
    WHERE a.customer_id <> 'UNKNOWN'
    GROUP BY a.customer_id
),

opportunities AS (
    SELECT
        o.opportunity_id,
        CAST(date_trunc('month', o.created_at) AS DATE) AS month_start,
        coalesce(a.customer_id, 'UNKNOWN') AS customer_id,
        coalesce(o.stage, 'UNKNOWN') AS stage,
        o.amount,
        o.amount * CAST(coalesce(w.weight_pct, o.probability_pct, 0) AS DECIMAL(19, 2)) * 0.01 AS weighted_amount,
        coalesce(o.stage = 'closed_won', false) AS is_won,
        coalesce(o.stage = 'closed_lost', false) AS is_lost,
        NOT (is_won OR is_lost) AS is_open,
        o.close_date,
        DATE '{{ window.start }}' - CAST(o.created_at AS DATE) AS age_days,
        is_open OR o.created_at >= date_trunc('month', DATE '{{ window.start }}') - INTERVAL 12 MONTH AS is_shown
    FROM postgres_query('crm', $$
        SELECT
            op.opportunity_id,
            op.account_id,
            op.created_at,
            op.stage,
            op.amount,
            op.probability_pct,
            op.close_date
        FROM opportunities AS op
    $$) AS o
    LEFT JOIN accounts AS a ON a.account_id = o.account_id
    LEFT JOIN stage_weights AS w ON w.stage = o.stage
),

product_values AS (
    SELECT
        p.opportunity_id,
        sum(
            CAST(p.quantity AS DECIMAL(19, 4)) * p.unit_price
            * CAST(100 - coalesce(p.discount_pct, 0) AS DECIMAL(9, 2)) * 0.01
        ) AS product_amount
    FROM postgres_query('crm', $$
        SELECT
            op.opportunity_id,
            op.quantity,
            op.unit_price,
            op.discount_pct
        FROM opportunity_products AS op
    $$) AS p
    GROUP BY p.opportunity_id
),

quotations AS (
    SELECT
        q.quotation_id,
        o.opportunity_id,
        CAST(date_trunc('month', q.quotation_date) AS DATE) AS month_start,
        coalesce(a.customer_id, 'UNKNOWN') AS customer_id,
        {{ converted("q.total_amount") }} AS total_amount,
        CAST(r.rate IS NULL AS INTEGER) AS documents_without_rate,
        coalesce(q.converted, false) AS is_converted,
        NOT is_converted AND q.valid_until_date < DATE '{{ window.start }}' AS is_expired
    FROM postgres_query('crm', $$
        SELECT
            qu.quotation_id,
            qu.opportunity_id,
            qu.account_id,
            qu.quotation_date,
            qu.total_amount,
            {{ currency_of("qu.currency") }} AS currency,
            qu.converted,
            qu.valid_until_date
        FROM quotations AS qu
    $$) AS q
    {{ at_rate_of("q.currency", "q.quotation_date") | indent(4) }}
    LEFT JOIN accounts AS a ON a.account_id = q.account_id
    LEFT JOIN opportunities AS o ON o.opportunity_id = q.opportunity_id
),

opportunity_quotations AS (
    SELECT
        q.opportunity_id,
        count(*) AS quotations,
        sum(q.total_amount) AS quotation_amount,
        sum(q.documents_without_rate) AS documents_without_rate,
        count(*) FILTER (WHERE q.is_converted) AS converted_quotations,
        count(*) FILTER (WHERE q.is_expired) AS expired_quotations
    FROM quotations AS q
    WHERE q.opportunity_id IS NOT NULL
    GROUP BY q.opportunity_id
),

opportunity_rows AS (
    SELECT
        o.month_start,
        o.customer_id,
        o.stage,
        count(*) AS opportunities,
        sum(o.amount) AS amount,
        sum(o.weighted_amount) AS weighted_amount,
        sum(p.product_amount) AS product_amount,
        count(*) FILTER (WHERE o.is_open) AS open_opportunities,
        sum(o.amount) FILTER (WHERE o.is_open) AS open_amount,
        count(*) FILTER (WHERE o.is_won) AS won_opportunities,
        sum(o.amount) FILTER (WHERE o.is_won) AS won_amount,
        count(*) FILTER (WHERE o.is_lost) AS lost_opportunities,
        sum(o.amount) FILTER (WHERE o.is_lost) AS lost_amount,
        count(*) FILTER (WHERE o.is_open AND o.close_date < DATE '{{ window.start }}') AS overdue_opportunities,
        sum(o.amount) FILTER (WHERE o.is_open AND o.close_date < DATE '{{ window.start }}') AS overdue_amount,
        sum(o.amount) FILTER (
            WHERE o.is_open AND o.close_date BETWEEN DATE '{{ window.start }}' AND DATE '{{ window.start }}' + 30
        ) AS closing_in_30_days_amount,
        sum(o.amount) FILTER (
            WHERE o.is_open AND o.close_date BETWEEN DATE '{{ window.start }}' AND DATE '{{ window.start }}' + 90
        ) AS closing_in_90_days_amount,
        sum(o.age_days) FILTER (WHERE o.is_open) AS open_age_days,
        count(o.age_days) FILTER (WHERE o.is_open) AS open_with_age,
        sum(q.quotations) AS quotations,
        sum(q.quotation_amount) AS quotation_amount,
        sum(q.documents_without_rate) AS documents_without_rate,
        sum(q.converted_quotations) AS converted_quotations,
        sum(q.expired_quotations) AS expired_quotations
    FROM opportunities AS o
    LEFT JOIN product_values AS p ON p.opportunity_id = o.opportunity_id
    LEFT JOIN opportunity_quotations AS q ON q.opportunity_id = o.opportunity_id
    WHERE o.is_shown
    GROUP BY o.month_start, o.customer_id, o.stage
),

loose_quotation_rows AS (
    SELECT
        q.month_start,
        q.customer_id,
        'no_opportunity' AS stage,
        count(*) AS quotations,
        sum(q.total_amount) AS quotation_amount,
        sum(q.documents_without_rate) AS documents_without_rate,
        count(*) FILTER (WHERE q.is_converted) AS converted_quotations,
        count(*) FILTER (WHERE q.is_expired) AS expired_quotations
    FROM quotations AS q
    WHERE q.opportunity_id IS NULL
        AND (
            NOT (q.is_converted OR q.is_expired)
            OR q.month_start >= date_trunc('month', DATE '{{ window.start }}') - INTERVAL 12 MONTH
        )
    GROUP BY q.month_start, q.customer_id
),

lead_rows AS (
    SELECT
        l.month_start,
        coalesce(a.customer_id, 'UNKNOWN') AS customer_id,
        'lead_' || coalesce(l.lead_status, 'unknown') AS stage,
        sum(l.leads) AS leads,
        sum(l.leads) FILTER (WHERE l.converted) AS converted_leads,
        sum(l.estimated_deal_value) AS lead_estimated_value,
        sum(l.leads) FILTER (WHERE l.lead_source = 'website') AS leads_from_website,
        sum(l.leads) FILTER (WHERE l.lead_source = 'cold_call') AS leads_from_cold_call,
        sum(l.leads) FILTER (WHERE l.lead_source = 'trade_show') AS leads_from_trade_show,
        sum(l.leads) FILTER (WHERE l.lead_source = 'social_media') AS leads_from_social_media,
        sum(l.leads) FILTER (WHERE l.lead_source = 'referral') AS leads_from_referral
    FROM postgres_query('crm', $$
        SELECT
            CAST(date_trunc('month', ld.created_at) AS date) AS month_start,
            ld.converted_to_account_id,
            ld.lead_status,
            ld.lead_source,
            ld.converted,
            count(*) AS leads,
            CAST(sum(ld.estimated_deal_value) AS numeric(18, 2)) AS estimated_deal_value
        FROM leads AS ld
        WHERE NOT (ld.converted IS TRUE OR coalesce(ld.lead_status, 'new') IN ('converted', 'unqualified'))
            OR ld.created_at >= date_trunc('month', TIMESTAMP '{{ window.start }}') - INTERVAL '12 months'
        GROUP BY 1, 2, 3, 4, 5
    $$) AS l
    LEFT JOIN accounts AS a ON a.account_id = l.converted_to_account_id
    GROUP BY 1, 2, 3
),

all_rows AS (
    SELECT * FROM opportunity_rows
    UNION ALL BY NAME
    SELECT * FROM loose_quotation_rows
    UNION ALL BY NAME
    SELECT * FROM lead_rows
)

SELECT
    DATE '{{ window.start }}' AS snapshot_date,
    coalesce(strftime(r.month_start, '%Y-%m'), 'UNKNOWN') AS pipeline_month,
    r.customer_id,
    r.stage,
    n.customer_name,
    coalesce(w.stage_order, 0) AS stage_order,
    '{{ rules.currency }}' AS currency,
    coalesce(r.opportunities, 0) AS opportunities,
    CAST(coalesce(r.amount, 0) AS DECIMAL(18, 2)) AS amount,
    CAST(coalesce(r.weighted_amount, 0) AS DECIMAL(18, 2)) AS weighted_amount,
    CAST(coalesce(r.product_amount, 0) AS DECIMAL(18, 2)) AS product_amount,
    coalesce(r.open_opportunities, 0) AS open_opportunities,
    CAST(coalesce(r.open_amount, 0) AS DECIMAL(18, 2)) AS open_amount,
    coalesce(r.won_opportunities, 0) AS won_opportunities,
    CAST(coalesce(r.won_amount, 0) AS DECIMAL(18, 2)) AS won_amount,
    coalesce(r.lost_opportunities, 0) AS lost_opportunities,
    CAST(coalesce(r.lost_amount, 0) AS DECIMAL(18, 2)) AS lost_amount,
    CAST(
        100 * sum(r.won_opportunities) OVER customer_month
        / nullif(sum(r.won_opportunities + r.lost_opportunities) OVER customer_month, 0) AS DECIMAL(9, 2)
    ) AS win_rate_pct,
    coalesce(r.overdue_opportunities, 0) AS overdue_opportunities,
    CAST(coalesce(r.overdue_amount, 0) AS DECIMAL(18, 2)) AS overdue_amount,
    CAST(coalesce(r.closing_in_30_days_amount, 0) AS DECIMAL(18, 2)) AS closing_in_30_days_amount,
    CAST(coalesce(r.closing_in_90_days_amount, 0) AS DECIMAL(18, 2)) AS closing_in_90_days_amount,
    CAST(r.open_age_days / nullif(r.open_with_age, 0) AS DECIMAL(12, 2)) AS average_open_age_days,
    CAST(coalesce(r.quotations, 0) AS BIGINT) AS quotations,
    CAST(coalesce(r.quotation_amount, 0) AS DECIMAL(18, 2)) AS quotation_amount,
    CAST(coalesce(r.documents_without_rate, 0) AS BIGINT) AS documents_without_rate,
    CAST(coalesce(r.converted_quotations, 0) AS BIGINT) AS converted_quotations,
    CAST(coalesce(r.expired_quotations, 0) AS BIGINT) AS expired_quotations,
    CAST(coalesce(r.leads, 0) AS BIGINT) AS leads,
    CAST(coalesce(r.converted_leads, 0) AS BIGINT) AS converted_leads,
    CAST(coalesce(r.lead_estimated_value, 0) AS DECIMAL(18, 2)) AS lead_estimated_value,
    CAST(coalesce(r.leads_from_website, 0) AS BIGINT) AS leads_from_website,
    CAST(coalesce(r.leads_from_cold_call, 0) AS BIGINT) AS leads_from_cold_call,
    CAST(coalesce(r.leads_from_trade_show, 0) AS BIGINT) AS leads_from_trade_show,
    CAST(coalesce(r.leads_from_social_media, 0) AS BIGINT) AS leads_from_social_media,
    CAST(coalesce(r.leads_from_referral, 0) AS BIGINT) AS leads_from_referral
FROM all_rows AS r
LEFT JOIN customer_names AS n ON n.customer_id = r.customer_id
LEFT JOIN stage_weights AS w ON w.stage = r.stage
WINDOW customer_month AS (PARTITION BY r.month_start, r.customer_id)
