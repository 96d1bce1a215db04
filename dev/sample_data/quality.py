"""genims_quality_db: non-conformances and what was done about them, audits, calibration, process control."""

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
    texts,
    whole,
)
from dev.sample_data.company import (
    CUSTOMER,
    EMPLOYEE,
    FACTORY,
    FINISHED_GOODS,
    MATERIAL,
    PRODUCT,
    PRODUCT_CODE,
    PRODUCT_NAME,
    SUPPLIER,
)

NCRS = 180
CAPAS = 36
AUDITS = 40
COMPLAINTS = 60
DOCUMENTS = 20
EQUIPMENT = ids("MEAS", 30)
POINTS_PER_CHART = 60


def tables(world: World) -> dict[str, Columns]:
    return {
        "ncr_headers": ncr_headers(world),
        "capa_headers": capa_headers(world),
        "capa_actions": capa_actions(world),
        "eight_d_reports": eight_d_reports(world),
        "customer_complaints": customer_complaints(world),
        "quality_audits": quality_audits(world),
        "audit_findings": audit_findings(world),
        "calibration_records": calibration_records(world),
        "calibration_alerts": calibration_alerts(world),
        "control_plans": control_plans(world),
        "control_plan_characteristics": control_plan_characteristics(world),
        "spc_control_charts": spc_control_charts(world),
        "spc_data_points": spc_data_points(world),
        "supplier_quality_metrics": supplier_quality_metrics(world),
        "ppap_submissions": ppap_submissions(world),
        "quality_documents": quality_documents(world),
        "document_revisions": document_revisions(world),
        "qms_integration_log": qms_integration_log(world),
    }


def ncr_facts(world: World) -> tuple[np.ndarray, ...]:
    """Day, factory, finished good, and the sales order line of each non-conformance."""
    rng = world.plan.rng("ncr facts")
    lines = world.sales_lines
    line = np.sort(rng.choice(np.flatnonzero(lines.is_finished), NCRS))
    return lines.finish[line].astype("datetime64[D]"), lines.factory[line], lines.product[line], line


def ncr_headers(world: World) -> Columns:
    """As in the real system both material_id and product_id hold the same id, now a material's, now a product's."""
    plan = world.plan
    rng = plan.rng("ncr")
    day, factory, product, line = ncr_facts(world)
    order = world.sales_lines.order[line]
    subject = np.where(chance(rng, 0.92, NCRS), MATERIAL[FINISHED_GOODS][product], PRODUCT[product])
    inspected = whole(rng, 100, 1000, NCRS)
    defective = np.round(inspected * rng.uniform(0.005, 0.05, NCRS))
    closed = day + 20 < plan.today
    scrap, rework, sorting = amounts(rng, 0, 4000, NCRS), amounts(rng, 0, 6000, NCRS), amounts(rng, 0, 2000, NCRS)
    return dict(
        ncr_id=ids("NCR", NCRS),
        ncr_number=numbered_by_day("NCR", day),
        source_type=pick(rng, ["in_process", "final_inspection", "incoming_inspection"], NCRS),
        source_document_id=ids("WO", line + 1),
        detected_date=day,
        detected_by=pick(rng, EMPLOYEE, NCRS),
        detection_location=FACTORY[factory],
        material_id=subject,
        product_id=subject,
        batch_number=ids("BATCH", line + 1),
        lot_number=ids("LOT", line + 1),
        quantity_inspected=inspected,
        quantity_defective=defective,
        unit_of_measure="PCS",
        defect_type=pick(rng, ["dimensional", "visual", "functional"], NCRS),
        defect_description="Deviation from drawing",
        defect_severity=pick(rng, ["minor", "major", "critical"], NCRS, weights=[6, 3, 1]),
        supplier_id=only(chance(rng, 0.3, NCRS), pick(rng, SUPPLIER, NCRS)),
        customer_id=CUSTOMER[world.sales.customer[order]],
        sales_order_id=ids("SO", order + 1),
        containment_completed=True,
        containment_date=day + 1,
        disposition=pick(rng, ["scrap", "rework", "use_as_is"], NCRS),
        disposition_quantity=defective,
        scrap_cost=scrap,
        rework_cost=rework,
        sorting_cost=sorting,
        total_cost=np.round(scrap + rework + sorting, 2),
        ncr_status=np.where(closed, "closed", "open").astype(object),
        closed_date=only(closed, day + 18),
        closed_by=only(closed, pick(rng, EMPLOYEE, NCRS)),
        priority=pick(rng, ["low", "medium", "high"], NCRS),
    )


def capa_days(world: World) -> np.ndarray:
    """A corrective action starts two days after every fifth non-conformance."""
    return np.minimum(ncr_facts(world)[0][:: NCRS // CAPAS] + 2, world.plan.today)


def capa_headers(world: World) -> Columns:
    rng = world.plan.rng("capa")
    day = capa_days(world)
    target = day + 60
    closed = target - 5 < world.plan.today
    return dict(
        capa_id=ids("CAPA", CAPAS),
        capa_number=ids("CAPAN", CAPAS),
        action_type=pick(rng, ["corrective", "preventive"], CAPAS),
        initiated_from="ncr",
        source_document_id=ids("NCR", np.arange(CAPAS) * (NCRS // CAPAS) + 1),
        problem_description="Deviation from drawing",
        problem_severity=pick(rng, ["minor", "major", "critical"], CAPAS),
        root_cause_method="fishbone",
        root_cause_identified=True,
        actions_planned="Change of process parameters",
        responsible_person=pick(rng, EMPLOYEE, CAPAS),
        responsible_department="Quality",
        target_completion_date=target,
        actual_completion_date=only(closed, target - 5),
        verification_completed=closed,
        effectiveness_verified=closed,
        capa_status=np.where(closed, "closed", "open").astype(object),
        closed_date=only(closed, target - 5),
        implementation_cost=amounts(rng, 1000, 40_000, CAPAS),
        created_at=day,
        updated_at=day,
    )


def capa_actions(world: World) -> Columns:
    rng = world.plan.rng("capa actions")
    capa, number = repeat(np.full(CAPAS, 3))
    due = capa_days(world)[capa] + number * 15
    done = due < world.plan.today
    return dict(
        action_id=ids("CACT", len(capa)),
        capa_id=ids("CAPA", capa + 1),
        action_sequence=number,
        action_description=texts("Corrective action {}", number),
        assigned_to=pick(rng, EMPLOYEE, len(capa)),
        due_date=due,
        completion_date=only(done, due - 2),
        action_status=np.where(done, "completed", "assigned").astype(object),
        created_at=capa_days(world)[capa],
    )


def eight_d_reports(world: World) -> Columns:
    count = 12
    day = ncr_facts(world)[0][:count]
    return dict(
        eight_d_id=ids("8D", count),
        eight_d_number=ids("8D", count),
        source_type="NCR",
        source_document_id=ids("NCR", count),
        team_leader=pick(world.plan.rng("8D"), EMPLOYEE, count),
        team_established_date=day + 2,
        problem_description="Deviation from drawing",
        containment_date=day + 3,
        root_cause_identified=day + 10,
        verification_completed=True,
        eight_d_status="closed",
        closed_date=day + 30,
    )


def customer_complaints(world: World) -> Columns:
    """One in a while, about something that was delivered some days before."""
    plan = world.plan
    rng = plan.rng("complaints")
    sales, lines = world.sales, world.sales_lines
    line = np.sort(rng.choice(np.flatnonzero(sales.is_delivered[lines.order]), COMPLAINTS))
    order = lines.order[line]
    day = np.minimum(sales.delivered[order] + whole(rng, 3, 20, COMPLAINTS), plan.today)
    closed = day + 25 < plan.today
    replacement, credit = amounts(rng, 500, 8000, COMPLAINTS), amounts(rng, 0, 4000, COMPLAINTS)
    return dict(
        complaint_id=ids("COMP", COMPLAINTS),
        complaint_number=numbered_by_day("CC", day),
        customer_id=CUSTOMER[sales.customer[order]],
        product_id=PRODUCT[lines.product[line]],
        sales_order_id=ids("SO", order + 1),
        complaint_date=day,
        complaint_description="Product does not meet specification",
        complaint_type=pick(rng, ["quality", "delivery", "documentation"], COMPLAINTS),
        severity=pick(rng, ["minor", "major", "critical"], COMPLAINTS, weights=[6, 3, 1]),
        quantity_affected=np.maximum(lines.quantity[line] // 20, 1),
        replacement_cost=replacement,
        credit_issued=credit,
        total_cost=np.round(replacement + credit, 2),
        complaint_status=np.where(closed, "closed", "open").astype(object),
        closed_date=only(closed, day + 25),
    )


def audit_days(world: World) -> np.ndarray:
    """The days of the audits; the last three are planned."""
    past = np.sort(pick(world.plan.rng("audit days"), world.plan.workdays[:-5], AUDITS - 3))
    return np.append(past, world.plan.today + np.array([10, 25, 40]))


def quality_audits(world: World) -> Columns:
    rng = world.plan.rng("audits")
    day = audit_days(world)
    done = day < world.plan.today
    score = amounts(rng, 78, 99, AUDITS)
    return dict(
        audit_id=ids("AUD", AUDITS),
        audit_number=ids("AUDN", AUDITS),
        audit_type=pick(rng, ["internal", "supplier", "customer", "certification"], AUDITS, weights=[6, 2, 1, 1]),
        audit_standard=pick(rng, ["IATF_16949", "ISO_9001", "ISO_14001"], AUDITS),
        audit_scope="Audit of a department",
        auditee_department=pick(rng, ["Production", "Quality", "Maintenance", "Planning"], AUDITS),
        planned_date=day,
        actual_start_date=only(done, day),
        actual_end_date=only(done, day + 1),
        audit_duration_hours=amounts(rng, 4, 16, AUDITS, decimals=1),
        lead_auditor=pick(rng, EMPLOYEE, AUDITS),
        audit_location=cycle(FACTORY, AUDITS),
        audit_score=only(done, score),
        audit_rating=only(done, np.where(score > 92, "excellent", "satisfactory")),
        total_findings=np.where(done, 2, 0),
        minor_findings=np.where(done, 2, 0),
        audit_status=np.where(done, "completed", "planned").astype(object),
        closed_date=only(day + 30 < world.plan.today, day + 30),
    )


def audit_findings(world: World) -> Columns:
    rng = world.plan.rng("findings")
    day = audit_days(world)[:-3]
    audit, number = repeat(np.full(len(day), 2))
    count = len(audit)
    target = day[audit] + 30
    closed = target < world.plan.today
    return dict(
        finding_id=ids("FIND", count),
        audit_id=ids("AUD", audit + 1),
        finding_number=number,
        finding_type=pick(rng, ["observation", "minor_nc"], count),
        finding_category=pick(rng, ["process", "documentation", "equipment"], count),
        finding_description="Deviation from the procedure",
        risk_level=pick(rng, ["low", "medium", "high"], count, weights=[5, 4, 1]),
        responsible_person=pick(rng, EMPLOYEE, count),
        target_closure_date=target,
        finding_status=np.where(closed, "closed", "open").astype(object),
        closure_date=only(closed, target),
        created_at=day[audit],
    )


def calibration_records(world: World) -> Columns:
    """Every instrument twice a year."""
    plan = world.plan
    rng = plan.rng("calibration")
    equipment, number = repeat(np.full(len(EQUIPMENT), 3))
    count = len(equipment)
    day = plan.today - 180 * (3 - number) - equipment - 1
    return dict(
        calibration_id=ids("CAL", count),
        calibration_number=ids("CALN", count),
        equipment_id=EQUIPMENT[equipment],
        calibration_date=day,
        next_due_date=day + 180,
        calibrated_by=pick(rng, EMPLOYEE, count),
        calibration_result=pick(rng, ["pass", "adjusted_and_pass", "fail"], count, weights=[9, 2, 0.3]),
        certificate_number=ids("CERT", count),
        calibration_cost=amounts(rng, 500, 5000, count),
    )


def calibration_alerts(world: World) -> Columns:
    return dict(
        alert_id=ids("ALERT", 8),
        equipment_id=EQUIPMENT[-8:],
        alert_type="calibration_due",
        alert_date=world.plan.today - np.arange(8),
        days_until_due=np.arange(8) + 7,
        notification_sent=True,
    )


def control_plans(world: World) -> Columns:
    """As in the real system material_id holds a product id too."""
    rng = world.plan.rng("control plans")
    day = world.plan.start - whole(rng, 10, 300, len(PRODUCT))
    return dict(
        control_plan_id=ids("CTRLPLAN", len(PRODUCT)),
        control_plan_number=texts("CP-{}", PRODUCT_CODE),
        product_id=PRODUCT,
        material_id=PRODUCT,
        process_name=PRODUCT_NAME,
        control_plan_title=texts("Control Plan for {}", PRODUCT_NAME),
        control_plan_type="SPC",
        version="1",
        revision_date=day,
        prepared_by=pick(rng, EMPLOYEE, len(PRODUCT)),
        approved_by=pick(rng, EMPLOYEE, len(PRODUCT)),
        approval_date=day,
        effective_date=day,
        plan_status="active",
    )


def control_plan_characteristics(world: World) -> Columns:
    plan, number = repeat(np.full(len(PRODUCT), 3))
    return dict(
        characteristic_id=ids("CPC", len(plan)),
        control_plan_id=ids("CTRLPLAN", plan + 1),
        process_step=texts("Step {}", number),
        characteristic_name=texts("Characteristic {}", number),
        specification="10.0 +/- 0.5",
        lower_spec_limit=9.5,
        target_value=10,
        upper_spec_limit=10.5,
        unit_of_measure="mm",
    )


def spc_control_charts(world: World) -> Columns:
    """One chart per product: a length of 10 mm that varies by a tenth of a millimetre."""
    return dict(
        chart_id=ids("SPC", len(PRODUCT)),
        chart_number=ids("CHART", len(PRODUCT), width=5),
        process_name=PRODUCT_NAME,
        characteristic_name="Length",
        chart_type="X-bar",
        lower_spec_limit=9.5,
        target_value=10,
        upper_spec_limit=10.5,
        unit_of_measure="mm",
        upper_control_limit=10.3,
        center_line=10,
        lower_control_limit=9.7,
        subgroup_size=5,
    )


def spc_data_points(world: World) -> Columns:
    """A point a day for the last 60 days."""
    rng = world.plan.rng("spc")
    chart, number = repeat(np.full(len(PRODUCT), POINTS_PER_CHART))
    value = np.round(rng.normal(10, 0.1, len(chart)), 6)
    return dict(
        data_point_id=ids("DP", len(chart)),
        chart_id=ids("SPC", chart + 1),
        measurement_timestamp=world.plan.now - hours(number * 24),
        subgroup_number=POINTS_PER_CHART + 1 - number,
        measurement_value=value,
        out_of_control=np.abs(value - 10) > 0.3,
        measured_by=pick(rng, EMPLOYEE, len(chart)),
    )


def supplier_quality_metrics(world: World) -> Columns:
    """As in the real system suppliers are numbered with five digits here."""
    rng = world.plan.rng("supplier quality")
    months = world.plan.months
    supplier = np.repeat(np.arange(20), len(months))
    month = np.tile(months, 20)
    count = len(month)
    receipts = whole(rng, 5, 30, count)
    rejected_receipts = rng.binomial(receipts, 0.04)
    quantity = amounts(rng, 1000, 20_000, count, decimals=0)
    rejected = np.round(quantity * rng.uniform(0, 0.02, count))
    rejection_cost, rework_cost = np.round(rejected * 30, 2), amounts(rng, 0, 5000, count)
    return dict(
        metric_id=ids("SUPM", count),
        supplier_id=ids("SUP", supplier + 1, width=5),
        metric_period=np.datetime_as_string(month),
        total_receipts=receipts,
        receipts_inspected=receipts,
        receipts_accepted=receipts - rejected_receipts,
        receipts_rejected=rejected_receipts,
        total_quantity_received=quantity,
        quantity_accepted=quantity - rejected,
        quantity_rejected=rejected,
        total_defects=rejected,
        defect_ppm=np.round(1e6 * rejected / quantity),
        major_defects=rejected // 5,
        minor_defects=rejected - rejected // 5,
        acceptance_rate_pct=np.round(100 * (quantity - rejected) / quantity, 2),
        quality_score=np.round(100 * (quantity - rejected) / quantity, 2),
        ncr_count=rejected_receipts,
        rejection_cost=rejection_cost,
        rework_cost=rework_cost,
        total_copq=np.round(rejection_cost + rework_cost, 2),
        created_at=(month + 1).astype("datetime64[D]"),
    )


def ppap_submissions(world: World) -> Columns:
    rng = world.plan.rng("ppap")
    count = 12
    day = np.sort(pick(rng, world.plan.workdays[:-30], count))
    people = [pick(rng, EMPLOYEE, count) for _ in range(3)]
    return dict(
        ppap_id=ids("PPAP", count),
        ppap_number=ids("PPAP", count),
        product_id=PRODUCT[:count],
        material_id=PRODUCT[:count],
        part_number=PRODUCT_CODE[:count],
        part_name=PRODUCT_NAME[:count],
        supplier_id=cycle(SUPPLIER, count),
        customer_id=cycle(CUSTOMER, count),
        ppap_level=3,
        submission_date=day,
        submission_reason="Initial Release",
        psw_signed=True,
        psw_signed_by=people[0],
        psw_signed_date=day - 2,
        ppap_status="approved",
        reviewed_by=people[1],
        review_date=day + 10,
        approval_date=day + 14,
        approved_by=people[2],
        approval_expiry_date=day + 730,
    )


def quality_documents(world: World) -> Columns:
    rng = world.plan.rng("quality documents")
    revised = world.plan.today - whole(rng, 10, 300, DOCUMENTS)
    return dict(
        document_id=ids("DOC", DOCUMENTS),
        document_number=ids("QDOC", DOCUMENTS),
        document_title=texts("Quality document {}", np.arange(DOCUMENTS) + 1),
        document_type=cycle(["Procedure", "Work Instruction", "Form", "Control Plan"], DOCUMENTS),
        version="2",
        revision_number=2,
        revision_date=revised,
        document_url=texts("https://documents.example/quality/{}", np.arange(DOCUMENTS) + 1),
        document_owner=pick(rng, EMPLOYEE, DOCUMENTS),
        approved_by=pick(rng, EMPLOYEE, DOCUMENTS),
        approval_date=revised + 3,
        effective_date=revised + 7,
        next_review_date=revised + 365,
        document_status="approved",
    )


def document_revisions(world: World) -> Columns:
    rng = world.plan.rng("revisions")
    document, number = repeat(np.full(DOCUMENTS, 2))
    count = len(document)
    return dict(
        revision_id=ids("DREV", count),
        document_id=ids("DOC", document + 1),
        revision_number=number,
        revision_date=quality_documents(world)["revision_date"][document] - (2 - number) * 180,
        changes_summary=texts("Revision {}", number),
        revised_by=pick(rng, EMPLOYEE, count),
        approved_by=pick(rng, EMPLOYEE, count),
    )


def qms_integration_log(world: World) -> Columns:
    rng = world.plan.rng("qms log")
    failed = chance(rng, 0.1, 80)
    return dict(
        log_id=ids("QLOG", 80),
        log_timestamp=np.sort(at(rng, pick(rng, world.plan.workdays[-60:-1], 80))),
        integration_type=cycle(["ncr_sync", "metrics_sync", "audit_sync"], 80),
        source_system="QMS",
        target_system=cycle(["ERP", "CRM"], 80),
        integration_status=np.where(failed, "failed", "success").astype(object),
        error_message=only(failed, "Timeout"),
    )
