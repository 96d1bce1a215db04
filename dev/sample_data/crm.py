"""genims_crm_db: accounts and what may become orders."""

from __future__ import annotations

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import (
    Columns,
    amounts,
    at,
    chance,
    cycle,
    hours,
    ids,
    numbered_by_day,
    only,
    pick,
    repeat,
    strings,
    sum_by,
    texts,
    whole,
)
from dev.sample_data.company import (
    ACCOUNT,
    CUSTOMER,
    CUSTOMERS,
    EMPLOYEE,
    FINISHED_GOODS,
    FIRST_NAMES,
    LAST_NAMES,
    MATERIAL,
    PRODUCT,
    PRODUCT_NAME,
)

CONTACTS_PER_ACCOUNT = 4
OPPORTUNITIES = 160
REP = ids("REP", 12)
STAGES = ["prospecting", "qualification", "proposal", "negotiation", "closed_won", "closed_lost"]
PROBABILITY = np.array([10, 25, 50, 75, 100, 0])
CAMPAIGNS = ["Supplier Days", "Lightweight Materials Summit", "Fleet Webinar", "Trade Show Spring", "Service Campaign",
             "Year End Offer"]  # fmt: skip


def tables(world: World) -> dict[str, Columns]:
    return {
        "accounts": accounts(world),
        "contacts": contacts(world),
        "campaigns": campaigns(world),
        "leads": leads(world),
        "opportunities": opportunities(world),
        "opportunity_products": opportunity_products(world),
        "opportunity_stage_history": opportunity_stage_history(world),
        "quotations": quotations(world),
        "quotation_lines": quotation_lines(world),
        "contracts": contracts(world),
        "cases": cases(world),
        "sales_forecasts": sales_forecasts(world),
        "crm_integration_log": crm_integration_log(world),
    }


def accounts(world: World) -> Columns:
    rng = world.plan.rng("accounts")
    sales = world.sales
    count = len(ACCOUNT)
    earned = sum_by(sales.customer, np.where(sales.is_delivered, sales.net, 0), count)
    year = world.plan.today.astype("datetime64[Y]").astype("datetime64[D]")
    this_year = sum_by(sales.customer, np.where(sales.is_delivered & (sales.ordered >= year), sales.net, 0), count)
    _, name, country, *_ = map(strings, zip(*CUSTOMERS, strict=True))
    return dict(
        account_id=ACCOUNT,
        account_number=ACCOUNT,
        customer_id=CUSTOMER,
        account_name=name,
        account_type="customer",
        industry="Automotive",
        account_tier=cycle(["strategic", "key", "standard"], count),
        company_size="enterprise",
        payment_terms=texts("NET{}", world.company.payment_terms_days),
        billing_country=country,
        shipping_country=country,
        account_owner=cycle(REP, count),
        relationship_status="active",
        customer_since=world.plan.start - whole(rng, 200, 3000, count),
        lifetime_value=np.round(earned * 3, 2),
        ytd_revenue=np.round(this_year, 2),
        last_purchase_date=last_order(world),
        health_score=whole(rng, 65, 97, count),
        churn_risk=pick(rng, ["low", "medium"], count, weights=[3, 1]),
    )


def last_order(world: World) -> np.ndarray:
    """The day of each customer's latest order."""
    day = np.full(len(CUSTOMER), world.plan.start)
    np.maximum.at(day, world.sales.customer, world.sales.ordered)
    return day


def contacts(world: World) -> Columns:
    rng = world.plan.rng("contacts")
    account, number = repeat(np.full(len(ACCOUNT), CONTACTS_PER_ACCOUNT))
    count = len(account)
    first, last = pick(rng, FIRST_NAMES, count), pick(rng, LAST_NAMES, count)
    return dict(
        contact_id=ids("CONT", count),
        contact_number=ids("CONT", count),
        account_id=ACCOUNT[account],
        first_name=first,
        last_name=last,
        job_title=cycle(["Purchase Manager", "Plant Manager", "VP Operations", "Engineer"], count),
        contact_role=cycle(["decision_maker", "champion", "influencer", "user"], count),
        email=texts("{}.{}@customer{:02d}.example", first, last, account + 1),
        phone=texts("+00 {}", whole(rng, 10**9, 10**10 - 1, count)),
        is_primary=number == 1,
    )


def contact_of(rng: np.random.Generator, account: np.ndarray) -> np.ndarray:
    return ids("CONT", account * CONTACTS_PER_ACCOUNT + whole(rng, 1, CONTACTS_PER_ACCOUNT, len(account)))


def campaigns(world: World) -> Columns:
    rng = world.plan.rng("campaigns")
    count = len(CAMPAIGNS)
    start = world.plan.start + np.arange(count) * 62 + 20
    budget = amounts(rng, 400_000, 900_000, count)
    return dict(
        campaign_id=ids("CAMP", count),
        campaign_code=ids("CAMP", count, width=3),
        campaign_name=strings(CAMPAIGNS),
        campaign_type=cycle(["trade_show", "webinar", "email"], count),
        campaign_status=np.where(start + 45 < world.plan.today, "completed", "in_progress").astype(object),
        start_date=start,
        end_date=start + 45,
        budgeted_cost=budget,
        actual_cost=np.round(budget * rng.uniform(0.8, 1.05, count), 2),
        total_leads=whole(rng, 150, 450, count),
        qualified_leads=whole(rng, 20, 90, count),
        campaign_owner=cycle(REP, count),
    )


def leads(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("leads")
    count = plan.count(2500)
    created = np.sort(at(rng, pick(rng, plan.workdays[:-1], count)))
    status = pick(rng, ["new", "contacted", "qualified", "unqualified", "converted"], count, weights=[3, 3, 2, 2, 1])
    converted = status == "converted"
    return dict(
        lead_id=ids("LEAD", count),
        lead_number=numbered_by_day("LEAD", created),
        company_name=texts("Prospect Company {}", np.arange(count) + 1),
        lead_source=pick(rng, ["website", "referral", "trade_show", "cold_call", "social_media"], count),
        source_campaign_id=ids("CAMP", whole(rng, 1, len(CAMPAIGNS), count)),
        contact_first_name=pick(rng, FIRST_NAMES, count),
        contact_last_name=pick(rng, LAST_NAMES, count),
        email=texts("lead{}@prospect.example", np.arange(count) + 1),
        phone=texts("+00 {}", whole(rng, 10**9, 10**10 - 1, count)),
        industry=pick(rng, ["automotive", "aerospace", "electronics"], count),
        company_size=pick(rng, ["small", "medium", "large"], count),
        country=pick(rng, ["India", "Japan", "Germany", "USA"], count),
        lead_score=whole(rng, 0, 100, count),
        lead_status=status,
        has_budget=chance(rng, 0.4, count),
        estimated_deal_value=amounts(rng, 500_000, 9_000_000, count),
        assigned_to=pick(rng, EMPLOYEE, count),
        converted=converted,
        converted_date=only(converted, created.astype("datetime64[D]") + 14),
        contact_attempts=whole(rng, 0, 5, count),
        created_at=created,
        updated_at=created,
    )


def opportunity_facts(world: World) -> tuple[np.ndarray, ...]:
    """Created on, account, position of the stage, and INR of each opportunity."""
    rng = world.plan.rng("opportunities")
    created = np.sort(pick(rng, world.plan.workdays[:-5], OPPORTUNITIES))
    account = whole(rng, 0, len(ACCOUNT) - 1, OPPORTUNITIES)
    is_old = created < world.plan.today - 120
    open_stage = whole(rng, 0, 3, OPPORTUNITIES)
    stage = np.where(is_old, np.where(chance(rng, 0.45, OPPORTUNITIES), 4, 5), open_stage)
    _, quantity, price = opportunity_lines(world)
    amount = (quantity * price).reshape(OPPORTUNITIES, 2).sum(axis=1)
    return created, account, stage, np.round(amount, 2)


def opportunity_lines(world: World) -> tuple[np.ndarray, ...]:
    """Product, quantity and INR per unit of the two lines that each opportunity has."""
    rng = world.plan.rng("opportunity lines")
    product = whole(rng, 0, len(PRODUCT) - 1, OPPORTUNITIES * 2)
    return product, whole(rng, 500, 5000, len(product)), world.company.list_price.mean(axis=0).round(2)[product]


def opportunities(world: World) -> Columns:
    rng = world.plan.rng("opportunity details")
    created, account, stage, amount = opportunity_facts(world)
    closes = created + whole(rng, 60, 118, OPPORTUNITIES)
    is_closed = stage >= 4
    won = np.where(stage == 4, "won", "lost")
    return dict(
        opportunity_id=ids("OPP", OPPORTUNITIES),
        opportunity_number=numbered_by_day("OPP", created),
        opportunity_name=texts("Opportunity {} - {}", np.arange(OPPORTUNITIES) + 1, ACCOUNT[account]),
        account_id=ACCOUNT[account],
        primary_contact_id=contact_of(rng, account),
        lead_source=pick(rng, ["referral", "website", "cold_call"], OPPORTUNITIES),
        amount=amount,
        stage=strings(STAGES)[stage],
        probability_pct=PROBABILITY[stage],
        expected_revenue=np.round(amount * PROBABILITY[stage] / 100, 2),
        close_date=np.where(is_closed, closes, np.maximum(closes, world.plan.today + 7)),
        expected_close_date=closes,
        actual_close_date=only(is_closed, closes),
        opportunity_owner=cycle(REP, OPPORTUNITIES),
        next_step="Follow up meeting",
        is_active=~is_closed,
        is_closed=is_closed,
        win_loss_status=only(is_closed, won),
        created_at=created,
        updated_at=created,
    )


def opportunity_products(world: World) -> Columns:
    created, *_ = opportunity_facts(world)
    product, quantity, price = opportunity_lines(world)
    opportunity, number = repeat(np.full(OPPORTUNITIES, 2))
    return dict(
        opp_product_id=ids("OPPPROD", len(product)),
        opportunity_id=ids("OPP", opportunity + 1),
        line_number=number,
        material_id=MATERIAL[FINISHED_GOODS][product],
        product_name=PRODUCT_NAME[product],
        quantity=quantity,
        unit_price=price,
        line_total=np.round(quantity * price, 2),
        created_at=created[opportunity],
    )


def opportunity_stage_history(world: World) -> Columns:
    """Every stage that an opportunity has passed through, 20 days each."""
    created, _, stage, amount = opportunity_facts(world)
    steps = np.where(stage == 5, 4, stage)
    opportunity, number = repeat(steps)
    to_stage = np.where(number == steps[opportunity], stage[opportunity], number)
    return dict(
        history_id=ids("OSH", len(opportunity)),
        opportunity_id=ids("OPP", opportunity + 1),
        from_stage=strings(STAGES)[number - 1],
        to_stage=strings(STAGES)[to_stage],
        to_amount=amount[opportunity],
        changed_by=cycle(REP, OPPORTUNITIES)[opportunity],
        changed_at=np.minimum(created[opportunity] + number * 20, world.plan.today),
        stage_duration_days=20,
    )


def quoted_opportunities(world: World) -> np.ndarray:
    _, _, stage, _ = opportunity_facts(world)
    return np.flatnonzero(stage >= 2)


def quotations(world: World) -> Columns:
    rng = world.plan.rng("quotations")
    created, account, stage, amount = opportunity_facts(world)
    opportunity = quoted_opportunities(world)
    quoted = np.minimum(created[opportunity] + 30, world.plan.today)
    outcome = np.select([stage[opportunity] == 4, stage[opportunity] == 5], ["accepted", "rejected"], "sent")
    return dict(
        quotation_id=ids("QUOTE", opportunity + 1),
        quotation_number=numbered_by_day("Q", quoted),
        quotation_name=texts("Quotation for Opportunity {}", opportunity + 1),
        opportunity_id=ids("OPP", opportunity + 1),
        account_id=ACCOUNT[account[opportunity]],
        contact_id=contact_of(rng, account[opportunity]),
        quotation_date=quoted,
        valid_until_date=quoted + 45,
        quotation_status=outcome.astype(object),
        subtotal=amount[opportunity],
        total_amount=amount[opportunity],
        converted=outcome == "accepted",
    )


def quotation_lines(world: World) -> Columns:
    product, quantity, price = opportunity_lines(world)
    created, *_ = opportunity_facts(world)
    parent, number = repeat(np.full(len(quoted_opportunities(world)), 2))
    opportunity = quoted_opportunities(world)[parent]
    line = opportunity * 2 + number - 1
    return dict(
        quote_line_id=ids("QL", line + 1),
        quotation_id=ids("QUOTE", opportunity + 1),
        line_number=number,
        material_id=MATERIAL[FINISHED_GOODS][product[line]],
        product_name=PRODUCT_NAME[product[line]],
        quantity=quantity[line],
        unit_of_measure="EA",
        unit_price=price[line],
        line_total=np.round(quantity * price, 2)[line],
        created_at=created[opportunity],
    )


def contracts(world: World) -> Columns:
    rng = world.plan.rng("contracts")
    count = len(ACCOUNT)
    start = world.plan.today - whole(rng, 60, 330, count)
    return dict(
        contract_id=ids("CONT", np.arange(401, 401 + count)),
        contract_number=ids("CONT", count),
        contract_name=texts("Service Contract for {}", ACCOUNT),
        account_id=ACCOUNT,
        contract_type=cycle(["service", "sales", "maintenance"], count),
        contract_start_date=start,
        contract_end_date=start + 730,
        contract_term_months=24,
        signed_date=start - 10,
        contract_status="signed",
        contract_value=amounts(rng, 300_000, 900_000, count),
        billing_frequency="quarterly",
        renewal_date=start + 730,
        contract_owner=cycle(REP, count),
        created_by=cycle(REP, count),
    )


def cases(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("cases")
    count = plan.count(1500)
    account = whole(rng, 0, len(ACCOUNT) - 1, count)
    created = np.sort(at(rng, pick(rng, plan.workdays[:-1], count)))
    is_closed = (created < plan.now - hours(24 * 7)) & chance(rng, 0.97, count)
    closed = created + hours(rng.uniform(2, 120, count))
    return dict(
        case_id=ids("CASE", count),
        case_number=numbered_by_day("CASE", created),
        account_id=ACCOUNT[account],
        contact_id=contact_of(rng, account),
        subject=texts("Case {}", np.arange(count) + 1),
        description="Customer request",
        case_type=pick(rng, ["billing", "request", "technical", "complaint"], count),
        priority=pick(rng, ["low", "medium", "high", "critical"], count, weights=[4, 4, 2, 1]),
        case_status=np.where(is_closed, "closed", "new").astype(object),
        resolved_date=only(is_closed, closed),
        closed_date=only(is_closed, closed),
        sla_violated=chance(rng, 0.05, count),
        assigned_to=pick(rng, EMPLOYEE, count),
        created_at=created,
        updated_at=created,
    )


def sales_forecasts(world: World) -> Columns:
    """A quota per sales representative and quarter, which together come to a little more than is sold."""
    plan = world.plan
    rng = plan.rng("forecasts")
    quarter = np.unique(plan.months.astype(int) // 3)
    count = len(quarter) * len(REP)
    quarter = np.repeat(quarter, len(REP))
    quota = np.round(world.sales.net.sum() / count * rng.uniform(0.95, 1.15, count), 2)
    actual = np.round(quota * rng.uniform(0.8, 1.1, count), 2)
    return dict(
        forecast_id=ids("FCST", count),
        forecast_period="quarterly",
        forecast_year=1970 + quarter // 4,
        forecast_quarter=quarter % 4 + 1,
        sales_rep_id=cycle(REP, count),
        pipeline_amount=np.round(quota * 2, 2),
        commit_amount=actual,
        closed_amount=actual,
        total_forecast=np.round(quota * 1.02, 2),
        quota_amount=quota,
        actual_revenue=actual,
        snapshot_date=plan.today,
    )


def crm_integration_log(world: World) -> Columns:
    rng = world.plan.rng("crm log")
    failed = chance(rng, 0.1, 80)
    return dict(
        log_id=ids("CRML", 80),
        log_timestamp=np.sort(world.plan.now - hours(rng.uniform(1, 24 * 60, 80))),
        integration_direction=cycle(["inbound", "outbound"], 80),
        document_type="account",
        document_id=cycle(ACCOUNT, 80),
        integration_status=np.where(failed, "error", "success").astype(object),
        error_message=only(failed, "API timeout"),
    )
