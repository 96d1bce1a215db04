"""genims_supplier_db: the portal through which suppliers quote, deliver documents and invoice."""

from __future__ import annotations

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import (
    Columns,
    add_months,
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
    sum_by,
    texts,
    whole,
)
from dev.sample_data.company import BOUGHT, EMPLOYEE, MATERIAL, MATERIALS_PER_SUPPLIER, SUPPLIER, supplied_material
from dev.sample_data.erp import MATERIAL_UNIT

REQUISITIONS = 600
RFQS = 240
SUPPLIERS_PER_RFQ = 4
AUDITS = 24


def tables(world: World) -> dict[str, Columns]:
    return {
        "supplier_portal_users": supplier_portal_users(world),
        "supplier_qualification": supplier_qualification(world),
        "supplier_documents": supplier_documents(world),
        "supplier_contracts": supplier_contracts(world),
        "contract_pricing": contract_pricing(world),
        "purchase_requisitions": purchase_requisitions(world),
        "purchase_requisition_lines": purchase_requisition_lines(world),
        "rfq_headers": rfq_headers(world),
        "rfq_suppliers": rfq_suppliers(world),
        "rfq_responses": rfq_responses(world),
        "supplier_invoices": supplier_invoices(world),
        "supplier_invoice_lines": supplier_invoice_lines(world),
        "three_way_match_log": three_way_match_log(world),
        "supplier_performance_metrics": supplier_performance_metrics(world),
        "supplier_scorecards": supplier_scorecards(world),
        "supplier_rating_history": supplier_rating_history(world),
        "supplier_audits": supplier_audits(world),
        "audit_findings": audit_findings(world),
        "supplier_portal_integration_log": supplier_portal_integration_log(world),
    }


def supplier_portal_users(world: World) -> Columns:
    rng = world.plan.rng("supplier users")
    count = len(SUPPLIER)
    return dict(
        portal_user_id=ids("SPU", count),
        supplier_id=SUPPLIER,
        user_email=texts("portal@supplier{:02d}.example", np.arange(count) + 1),
        user_name=texts("Portal User {}", np.arange(count) + 1),
        user_role=cycle(["admin", "sales", "accounts"], count),
        login_count=whole(rng, 5, 200, count),
        last_login=world.plan.now - hours(rng.uniform(1, 24 * 30, count)),
        created_at=world.plan.start,
        updated_at=world.plan.now,
    )


def supplier_qualification(world: World) -> Columns:
    rng = world.plan.rng("qualification")
    count = len(SUPPLIER)
    return dict(
        qualification_id=ids("QUAL", count),
        supplier_id=SUPPLIER,
        qualification_status="approved",
        business_license_verified=True,
        financial_health_score=amounts(rng, 65, 95, count),
        technical_capability_score=amounts(rng, 70, 95, count),
        audit_score=amounts(rng, 75, 95, count),
        approved_date=world.plan.start - whole(rng, 10, 400, count),
    )


def supplier_documents(world: World) -> Columns:
    rng = world.plan.rng("supplier documents")
    supplier, number = repeat(np.full(len(SUPPLIER), 2))
    count = len(supplier)
    issued = world.plan.today - whole(rng, 20, 400, count)
    expires = issued + 365
    return dict(
        document_id=ids("SDOC", count),
        supplier_id=SUPPLIER[supplier],
        document_type=cycle(["iso_9001", "business_license"], count),
        document_name=texts("Document {} of {}", number, SUPPLIER[supplier]),
        issue_date=issued,
        expiry_date=expires,
        verified=True,
        verified_date=issued + 5,
        document_status=np.where(expires > world.plan.today, "verified", "expired").astype(object),
        days_to_expiry=(expires - world.plan.today).astype(int),
        document_url=texts("https://documents.example/{}", np.arange(count) + 1),
    )


def supplier_contracts(world: World) -> Columns:
    rng = world.plan.rng("supplier contracts")
    count = len(SUPPLIER)
    start = world.plan.today - whole(rng, 30, 330, count)
    spend = sum_by(world.purchases.supplier, world.purchases.invoice * world.purchases.is_invoiced, count)
    return dict(
        contract_id=ids("SCON", count),
        contract_number=ids("SCONN", count),
        supplier_id=SUPPLIER,
        contract_name=texts("Annual Supply Agreement {}", np.arange(count) + 1),
        contract_type=cycle(["framework", "price_agreement", "blanket_order"], count),
        start_date=start,
        end_date=start + 365,
        payment_terms=cycle(["30 days", "45 days", "60 days"], count),
        committed_annual_value=np.round(spend, -3),
        contract_status="active",
        actual_spend_to_date=np.round(spend, 2),
        orders_placed=np.bincount(world.purchases.supplier, minlength=count),
    )


def contract_pricing(world: World) -> Columns:
    """The price of each material that a supplier offers: its standard cost, within three percent."""
    rng = world.plan.rng("contract pricing")
    supplier, number = repeat(np.full(len(SUPPLIER), MATERIALS_PER_SUPPLIER))
    material = supplied_material(supplier, number - 1)
    count = len(supplier)
    return dict(
        pricing_id=ids("PRICE", count),
        contract_id=ids("SCON", supplier + 1),
        material_id=MATERIAL[material],
        unit_price=np.round(world.company.standard_cost[material] * rng.uniform(0.97, 1.03, count), 4),
        effective_from=world.plan.start,
        effective_to=world.plan.today + 180,
        standard_lead_time_days=whole(rng, 7, 30, count),
    )


def purchase_requisitions(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("portal requisitions")
    day = np.sort(pick(rng, plan.workdays, REQUISITIONS))
    is_new = day > plan.today - 5
    states = ["approved", "converted_to_rfq", "rejected"]
    status = np.where(is_new, "submitted", pick(rng, states, REQUISITIONS, weights=[5, 4, 1]))
    _, value = requisition_values(world)
    approved = ~is_new & (status != "rejected")
    return dict(
        requisition_id=ids("REQ", REQUISITIONS),
        requisition_number=ids("PRQ", REQUISITIONS),
        requested_by=pick(rng, EMPLOYEE, REQUISITIONS),
        requisition_date=day,
        required_by_date=day + whole(rng, 20, 60, REQUISITIONS),
        requisition_type=pick(rng, ["standard", "urgent", "capital"], REQUISITIONS, weights=[7, 2, 1]),
        purpose="Material requirement for production",
        estimated_total=value,
        requisition_status=status,
        approved_by=only(approved, pick(rng, EMPLOYEE, REQUISITIONS)),
        approved_date=only(approved, day + 2),
    )


def requisition_values(world: World) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """The two lines of each requisition (material, quantity, INR each), and each requisition's total."""
    rng = world.plan.rng("requisition lines")
    material = pick(rng, BOUGHT, REQUISITIONS * 2)
    quantity = whole(rng, 100, 1000, REQUISITIONS * 2)
    price = world.company.standard_cost[material]
    return (material, quantity, price), np.round((quantity * price).reshape(REQUISITIONS, 2).sum(axis=1), 2)


def purchase_requisition_lines(world: World) -> Columns:
    (material, quantity, price), _ = requisition_values(world)
    count = len(material)
    return dict(
        line_id=ids("REQL", count),
        requisition_id=np.repeat(ids("REQ", REQUISITIONS), 2),
        line_number=np.tile([1, 2], REQUISITIONS),
        material_id=MATERIAL[material],
        item_description=texts("Material {}", MATERIAL[material]),
        quantity=quantity,
        unit_of_measure=MATERIAL_UNIT[material],
        estimated_unit_price=price,
        estimated_total=np.round(quantity * price, 2),
        created_at=np.repeat(purchase_requisitions(world)["requisition_date"], 2),
    )


def rfq_days(world: World) -> np.ndarray:
    return np.sort(pick(world.plan.rng("rfq days"), world.plan.workdays, RFQS))


def rfq_headers(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("rfq")
    day = rfq_days(world)
    deadline = day + 14
    awarded = deadline + 10 < plan.today
    status = np.select([awarded, deadline < plan.today], ["awarded", "evaluation"], "published")
    return dict(
        rfq_id=ids("RFQ", RFQS),
        rfq_number=ids("RFQN", RFQS),
        rfq_title=cycle(["RFQ for Raw Materials", "RFQ for Components", "RFQ for Services"], RFQS),
        rfq_type=cycle(["standard", "blanket", "urgent"], RFQS),
        requested_by=pick(rng, EMPLOYEE, RFQS),
        rfq_date=day,
        response_deadline=deadline,
        total_estimated_value=amounts(rng, 100_000, 2_000_000, RFQS),
        rfq_status=status.astype(object),
        published_date=day,
        awarded_date=only(awarded, deadline + 10),
    )


def invitations(world: World) -> tuple[np.ndarray, ...]:
    """RFQ and supplier of each invitation, and whether the supplier has answered by now."""
    rfq, number = repeat(np.full(RFQS, SUPPLIERS_PER_RFQ))
    supplier = (rfq * 7 + number * 11) % len(SUPPLIER)
    answers = chance(world.plan.rng("rfq answers"), 0.8, len(rfq))
    return rfq, supplier, answers & (rfq_days(world)[rfq] + 8 < world.plan.today)


def rfq_suppliers(world: World) -> Columns:
    rfq, supplier, has_answered = invitations(world)
    invited = rfq_days(world)[rfq]
    waiting = np.where(invited + 14 < world.plan.today, "declined", "viewed")
    return dict(
        rfq_supplier_id=ids("RFQS", len(rfq)),
        rfq_id=ids("RFQ", rfq + 1),
        supplier_id=SUPPLIER[supplier],
        invited_date=invited,
        response_status=np.where(has_answered, "responded", waiting).astype(object),
        responded_date=only(has_answered, invited + 8),
    )


def rfq_responses(world: World) -> Columns:
    rng = world.plan.rng("rfq responses")
    rfq, supplier, has_answered = invitations(world)
    invitation = np.flatnonzero(has_answered)
    rfq, supplier = rfq[invitation], supplier[invitation]
    first = np.append(True, rfq[1:] != rfq[:-1])
    is_awarded = first & (rfq_days(world)[rfq] + 24 < world.plan.today)
    responded = at(rng, rfq_days(world)[rfq] + 8)
    return dict(
        response_id=ids("RESP", invitation + 1),
        response_number=ids("RESPN", invitation + 1),
        rfq_id=ids("RFQ", rfq + 1),
        supplier_id=SUPPLIER[supplier],
        response_date=responded,
        valid_until_date=responded.astype("datetime64[D]") + 60,
        payment_terms="30 days",
        total_quoted_value=amounts(rng, 100_000, 2_000_000, len(rfq)),
        response_status=np.where(is_awarded, "awarded", "submitted").astype(object),
    )


def supplier_invoices(world: World) -> Columns:
    """One invoice per purchase order that has arrived; paid after 45 days."""
    plan = world.plan
    rng = plan.rng("supplier invoices")
    purchases = world.purchases
    order = np.flatnonzero(purchases.is_invoiced)
    count = len(order)
    subtotal = purchases.invoice[order]
    tax = np.round(subtotal * 0.18, 2)
    total = np.round(subtotal + tax, 2)
    day = purchases.invoiced[order]
    due = day + 45
    paid = due < plan.today
    settled = due + np.where(chance(rng, 0.1, count), whole(rng, 1, 6, count), 0)
    matched = chance(rng, 0.94, count)
    return dict(
        invoice_id=ids("INV", order + 1),
        invoice_number=numbered_by_day("SI", day),
        supplier_invoice_number=ids("SUP-INV", order + 1),
        supplier_id=SUPPLIER[purchases.supplier[order]],
        purchase_order_id=ids("PO", order + 1),
        invoice_date=day,
        due_date=due,
        subtotal=subtotal,
        tax_amount=tax,
        total_amount=total,
        matching_status=np.where(matched, "matched", "variance").astype(object),
        po_match=True,
        receipt_match=matched,
        price_match=True,
        quantity_match=matched,
        invoice_status=np.where(paid, "paid", "approved").astype(object),
        payment_status=np.where(paid, "paid", "pending").astype(object),
        approved_by=pick(rng, EMPLOYEE, count),
        approved_date=np.minimum(day + 3, plan.today),
        paid_date=only(paid, np.minimum(settled, plan.today)),
        paid_amount=only(paid, total),
        gl_posted=True,
    )


def supplier_invoice_lines(world: World) -> Columns:
    purchases, lines = world.purchases, world.purchase_lines
    line = np.flatnonzero(purchases.is_invoiced[lines.order])
    order, quantity = lines.order[line], lines.received_quantity[line]
    return dict(
        line_id=ids("INVL", line + 1),
        invoice_id=ids("INV", order + 1),
        line_number=lines.number[line],
        po_line_id=ids("POL", line + 1),
        material_id=MATERIAL[lines.material[line]],
        line_description=texts("Material {}", MATERIAL[lines.material[line]]),
        invoiced_quantity=quantity,
        po_quantity=lines.quantity[line],
        received_quantity=quantity,
        unit_of_measure=MATERIAL_UNIT[lines.material[line]],
        unit_price=lines.price[line],
        po_unit_price=lines.price[line],
        line_total=np.round(quantity * lines.price[line], 2),
        match_status="matched",
        created_at=purchases.invoiced[order],
    )


def three_way_match_log(world: World) -> Columns:
    rng = world.plan.rng("three way match")
    purchases = world.purchases
    order = np.flatnonzero(purchases.is_invoiced & (purchases.invoiced > world.plan.today - 90))
    count = len(order)
    matched = chance(rng, 0.94, count)
    return dict(
        log_id=ids("MATCH", order + 1),
        invoice_id=ids("INV", order + 1),
        match_timestamp=at(rng, purchases.invoiced[order]),
        match_type="automatic",
        po_id=ids("PO", order + 1),
        match_result=np.where(matched, "matched", "quantity_variance").astype(object),
        expected_amount=purchases.total[order],
        actual_amount=purchases.invoice[order],
        within_tolerance=matched,
    )


def supplier_months(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Supplier and month (``2026-01``) of each monthly record."""
    months = world.plan.months
    return np.repeat(np.arange(len(SUPPLIER)), len(months)), np.tile(np.datetime_as_string(months), len(SUPPLIER))


def monthly_scores(world: World) -> dict[str, np.ndarray]:
    """Delivery, quality, responsiveness, commercial and overall score, 0 to 100."""
    rng = world.plan.rng("supplier scores")
    count = len(supplier_months(world)[0])
    delivery, quality = amounts(rng, 82, 98, count), amounts(rng, 95, 99.9, count)
    response, commercial = amounts(rng, 75, 99, count), amounts(rng, 85, 98, count)
    overall = np.round(0.4 * delivery + 0.4 * quality + 0.1 * response + 0.1 * commercial, 2)
    return dict(delivery=delivery, quality=quality, response=response, commercial=commercial, overall=overall)


def rating(overall: np.ndarray) -> np.ndarray:
    return np.select([overall > 95, overall > 88], ["excellent", "good"], "acceptable").astype(object)


def supplier_performance_metrics(world: World) -> Columns:
    rng = world.plan.rng("supplier metrics")
    supplier, month = supplier_months(world)
    scores = monthly_scores(world)
    count = len(supplier)
    orders = whole(rng, 3, 12, count)
    received = amounts(rng, 1000, 10_000, count, decimals=0)
    rejected = np.round(received * (100 - scores["quality"]) / 100)
    return dict(
        metric_id=ids("METRIC", count),
        supplier_id=SUPPLIER[supplier],
        metric_period=month.astype(object),
        total_pos_issued=orders,
        pos_delivered_ontime=np.round(orders * scores["delivery"] / 100),
        ontime_delivery_pct=scores["delivery"],
        average_lead_time_days=amounts(rng, 8, 30, count, decimals=1),
        total_quantity_received=received,
        quantity_accepted=received - rejected,
        quantity_rejected=rejected,
        defect_ppm=np.round(1e6 * rejected / received),
        quality_acceptance_pct=scores["quality"],
        response_rate_pct=scores["response"],
        overall_score=scores["overall"],
        performance_rating=rating(scores["overall"]),
        created_at=add_months(month_start(month), 1),
    )


def month_start(month: np.ndarray) -> np.ndarray:
    return month.astype("datetime64[M]").astype("datetime64[D]")


def supplier_scorecards(world: World) -> Columns:
    supplier, month = supplier_months(world)
    scores = monthly_scores(world)
    return dict(
        scorecard_id=ids("SCORECARD", len(supplier)),
        supplier_id=SUPPLIER[supplier],
        scorecard_period=month.astype(object),
        delivery_score=scores["delivery"],
        quality_score=scores["quality"],
        responsiveness_score=scores["response"],
        commercial_score=scores["commercial"],
        overall_score=scores["overall"],
        supplier_rating=rating(scores["overall"]),
        published_to_supplier=True,
        created_at=add_months(month_start(month), 1),
    )


def supplier_rating_history(world: World) -> Columns:
    rng = world.plan.rng("rating history")
    return dict(
        history_id=ids("SRH", 60),
        supplier_id=SUPPLIER,
        rating_date=np.sort(pick(rng, world.plan.workdays, 60)),
        previous_rating="acceptable",
        new_rating="good",
        change_reason="Quarterly review",
    )


def supplier_audits(world: World) -> Columns:
    rng = world.plan.rng("supplier audits")
    day = np.sort(pick(rng, world.plan.workdays[:-10], AUDITS))
    score = amounts(rng, 75, 98, AUDITS)
    return dict(
        audit_id=ids("AUDIT", np.arange(1000, 1000 + AUDITS)),
        audit_number=ids("AUD", AUDITS, width=3),
        supplier_id=SUPPLIER[np.arange(AUDITS) * 2],
        audit_type=cycle(["initial", "surveillance"], AUDITS),
        audit_scope="quality_system",
        planned_date=day,
        actual_date=day,
        audit_duration_hours=amounts(rng, 4, 8, AUDITS, decimals=1),
        lead_auditor=pick(rng, EMPLOYEE, AUDITS),
        audit_score=score,
        audit_rating=np.where(score > 90, "excellent", "satisfactory").astype(object),
        major_findings=whole(rng, 0, 1, AUDITS),
        minor_findings=whole(rng, 0, 4, AUDITS),
        audit_status="completed",
    )


def audit_findings(world: World) -> Columns:
    rng = world.plan.rng("supplier findings")
    day = np.repeat(supplier_audits(world)["actual_date"], 2)
    count = len(day)
    closed = day + 60 < world.plan.today
    return dict(
        finding_id=ids("SFIND", count),
        audit_id=np.repeat(ids("AUDIT", np.arange(1000, 1000 + AUDITS)), 2),
        finding_type=pick(rng, ["observation", "minor", "major"], count, weights=[5, 4, 1]),
        finding_description=texts("Finding {}", np.arange(count) + 1),
        target_date=day + 60,
        finding_status=np.where(closed, "closed", "open").astype(object),
        closed_date=only(closed, day + 50),
        created_at=day,
    )


def supplier_portal_integration_log(world: World) -> Columns:
    rng = world.plan.rng("portal log")
    failed = chance(rng, 0.1, 80)
    return dict(
        log_id=ids("PLOG", 80),
        log_timestamp=np.sort(world.plan.now - hours(rng.uniform(1, 24 * 60, 80))),
        integration_type=cycle(["po_to_erp", "invoice_to_ap", "quote_to_po"], 80),
        source_system="portal",
        target_system="erp",
        source_document_type=cycle(["po", "invoice", "rfq"], 80),
        integration_status=np.where(failed, "failed", "success").astype(object),
        error_message=only(failed, "Validation error"),
    )
