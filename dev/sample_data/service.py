"""genims_service_db: tickets, warranties and field service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import (
    DAY,
    Columns,
    amounts,
    at,
    chance,
    cycle,
    fan_out,
    hours,
    ids,
    minutes_between,
    only,
    pick,
    strings,
    texts,
    whole,
)
from dev.sample_data.company import (
    ACCOUNT,
    CUSTOMER,
    EMPLOYEE,
    FIRST_NAMES,
    LAST_NAMES,
    PRODUCT,
    PRODUCT_CATEGORY,
    PRODUCT_NAME,
)
from dev.sample_data.crm import contact_of

PRIORITIES = ["low", "medium", "high", "urgent", "critical"]
RESOLUTION_HOURS = np.array([48, 24, 8, 6, 4])
PARTS = 40
WARRANTIES = 200
CLAIMS = 80


@dataclass(frozen=True)
class Tickets:
    world: World

    @cached_property
    def count(self) -> int:
        return self.world.plan.count(4000)

    @cached_property
    def created(self) -> np.ndarray:
        rng = self.world.plan.rng("tickets created")
        return np.sort(at(rng, pick(rng, self.world.plan.days[:-1], self.count), 7, 20))

    @cached_property
    def account(self) -> np.ndarray:
        return whole(self.world.plan.rng("ticket account"), 0, len(ACCOUNT) - 1, self.count)

    @cached_property
    def priority(self) -> np.ndarray:
        return self.world.plan.rng("priority").choice(5, self.count, p=[0.3, 0.35, 0.2, 0.1, 0.05])

    @cached_property
    def response_due(self) -> np.ndarray:
        return self.created + hours(1)

    @cached_property
    def resolution_due(self) -> np.ndarray:
        return self.created + hours(RESOLUTION_HOURS[self.priority])

    @cached_property
    def responded(self) -> np.ndarray:
        """Within the hour for 93 of 100 tickets."""
        rng = self.world.plan.rng("first response")
        late = chance(rng, 0.07, self.count)
        return self.created + hours(np.where(late, rng.uniform(1.1, 3, self.count), rng.uniform(0.1, 0.95, self.count)))

    @cached_property
    def resolved(self) -> np.ndarray:
        """In time for nine of ten tickets."""
        rng = self.world.plan.rng("resolution")
        late = chance(rng, 0.1, self.count)
        part = np.where(late, rng.uniform(1.05, 2, self.count), rng.uniform(0.3, 0.98, self.count))
        return np.maximum(self.created + hours(RESOLUTION_HOURS[self.priority] * part), self.responded + hours(0.25))

    @cached_property
    def is_resolved(self) -> np.ndarray:
        return self.resolved < self.world.plan.now

    @cached_property
    def is_escalated(self) -> np.ndarray:
        return (self.resolved > self.resolution_due) & (self.priority >= 1)


def tables(world: World) -> dict[str, Columns]:
    tickets = Tickets(world)
    return {
        "sla_definitions": sla_definitions(world),
        "escalation_rules": escalation_rules(world),
        "service_queues": service_queues(world),
        "service_agents": service_agents(world),
        "field_technicians": field_technicians(world),
        "portal_users": portal_users(world),
        "service_parts": service_parts(world),
        "service_tickets": service_tickets(world, tickets),
        "ticket_comments": ticket_comments(world, tickets),
        "ticket_escalations": ticket_escalations(world, tickets),
        "warranty_registrations": warranty_registrations(world),
        "warranty_claims": warranty_claims(world),
        "rma_requests": rma_requests(world, tickets),
        "field_service_appointments": field_service_appointments(world, tickets),
        "service_parts_usage": service_parts_usage(world, tickets),
        "service_integration_log": service_integration_log(world),
    }


def sla_definitions(world: World) -> Columns:
    count = len(PRIORITIES)
    return dict(
        sla_id=ids("SLA", count),
        sla_code=ids("SLA", count, width=3),
        sla_name=texts("{} - {} Hour Resolution", [name.title() for name in PRIORITIES], RESOLUTION_HOURS),
        priority=strings(PRIORITIES),
        response_time_minutes=60,
        resolution_time_minutes=RESOLUTION_HOURS * 60,
        effective_date=world.plan.start,
    )


def escalation_rules(world: World) -> Columns:
    return dict(
        rule_id=ids("ESC", 4),
        rule_code=ids("ESC", 4, width=3),
        rule_name=strings(["SLA Breach", "High Priority", "Customer Complaint", "Wait Time"]),
        level_1_escalate_to="supervisor",
        level_1_threshold_minutes=np.array([60, 30, 60, 120]),
    )


def service_queues(world: World) -> Columns:
    return dict(
        queue_id=ids("QUE", 4),
        queue_code=ids("QUE", 4, width=3),
        queue_name=strings(["Support Queue", "Dispatch Queue", "Escalation Queue", "Callback Queue"]),
        queue_type="standard",
    )


def service_agents(world: World) -> Columns:
    rng = world.plan.rng("agents")
    count = 40
    return dict(
        agent_id=ids("AGT", count),
        employee_id=EMPLOYEE[np.arange(count) * 16 + 15],
        agent_code=texts("A{:04d}", np.arange(count) + 1),
        first_name=pick(rng, FIRST_NAMES, count),
        last_name=pick(rng, LAST_NAMES, count),
        email=texts("agent{}@company.example", np.arange(count) + 1),
        team_id=cycle(ids("STM", 5), count),
        avg_csat_rating=amounts(rng, 3.6, 4.9, count),
        total_tickets_resolved=whole(rng, 40, 200, count),
        hire_date=world.plan.start - whole(rng, 50, 2000, count),
    )


def field_technicians(world: World) -> Columns:
    rng = world.plan.rng("field technicians")
    count = 20
    return dict(
        technician_id=ids("TECH", count),
        employee_id=EMPLOYEE[np.arange(count) * 32 + 31],
        technician_code=texts("FT{:04d}", np.arange(count) + 1),
        first_name=pick(rng, FIRST_NAMES, count),
        last_name=pick(rng, LAST_NAMES, count),
        service_territory=cycle(["Zone A", "Zone B", "Zone C", "Zone D"], count),
        avg_job_rating=amounts(rng, 3.6, 5, count),
        total_jobs_completed=whole(rng, 20, 400, count),
        technician_status="active",
    )


def portal_users(world: World) -> Columns:
    rng = world.plan.rng("portal users")
    account = np.arange(40) % len(ACCOUNT)
    return dict(
        portal_user_id=ids("PUSER", 40),
        account_id=ACCOUNT[account],
        contact_id=contact_of(rng, account),
        username=texts("user{}", np.arange(40) + 1),
        email=texts("user{}@customer.example", np.arange(40) + 1),
        user_status=pick(rng, ["active", "locked", "suspended"], 40, weights=[8, 1, 1]),
        last_login_datetime=world.plan.now - hours(rng.uniform(1, 24 * 40, 40)),
        login_count=whole(rng, 1, 200, 40),
        email_verified=True,
        created_at=world.plan.start,
        updated_at=world.plan.now,
    )


def service_parts(world: World) -> Columns:
    rng = world.plan.rng("service parts")
    cost = part_cost(world)
    return dict(
        service_part_id=ids("PART", PARTS),
        part_number=ids("SP", PARTS),
        part_name=texts("Service Part {}", np.arange(PARTS) + 1),
        part_category=cycle(["replacement", "consumable", "repairable"], PARTS),
        part_type=cycle(["mechanical", "electrical"], PARTS),
        current_stock=whole(rng, 5, 100, PARTS),
        min_stock_level=whole(rng, 5, 20, PARTS),
        reorder_point=whole(rng, 10, 30, PARTS),
        standard_cost=cost,
        service_price=np.round(cost * 1.6, 2),
    )


def part_cost(world: World) -> np.ndarray:
    return amounts(world.plan.rng("service part cost"), 300, 6000, PARTS)


def service_tickets(world: World, tickets: Tickets) -> Columns:
    rng = world.plan.rng("tickets")
    count = tickets.count
    product = whole(rng, 0, len(PRODUCT) - 1, count)
    has_response = tickets.responded < world.plan.now
    done = tickets.is_resolved
    closed = tickets.resolved + hours(24)
    is_closed = closed < world.plan.now
    rated = done & chance(rng, 0.6, count)
    status = np.select([is_closed, done, has_response], ["closed", "resolved", "in_progress"], "new")
    agent = EMPLOYEE[whole(rng, 0, 39, count) * 16 + 15]
    return dict(
        ticket_id=ids("TKT", np.arange(1000, 1000 + count)),
        ticket_number=ids("TKT", np.arange(1000, 1000 + count), width=8),
        account_id=ACCOUNT[tickets.account],
        contact_id=contact_of(rng, tickets.account),
        channel=pick(rng, ["email", "phone", "web_portal", "chat"], count),
        ticket_type=pick(rng, ["incident", "service_request", "question", "complaint"], count),
        category=pick(rng, ["technical", "quality", "delivery", "billing"], count),
        product_category=PRODUCT_CATEGORY[product],
        subject="Product question",
        description="Reported by the customer",
        priority=strings(PRIORITIES)[tickets.priority],
        ticket_status=status.astype(object),
        related_product=PRODUCT_NAME[product],
        sla_id=ids("SLA", tickets.priority + 1),
        response_due_datetime=tickets.response_due,
        resolution_due_datetime=tickets.resolution_due,
        first_response_datetime=only(has_response, tickets.responded),
        resolved_datetime=only(done, tickets.resolved),
        closed_datetime=only(is_closed, closed),
        response_sla_breached=has_response & (tickets.responded > tickets.response_due),
        resolution_sla_breached=done & (tickets.resolved > tickets.resolution_due),
        assigned_to=agent,
        assigned_team=cycle(ids("STM", 5), count),
        assigned_datetime=only(has_response, tickets.responded),
        routed_to_queue=cycle(ids("QUE", 4), count),
        escalation_level=tickets.is_escalated.astype(int),
        escalated_datetime=only(tickets.is_escalated & done, tickets.resolution_due),
        resolution_code=only(done, cycle(ids("RES", 7), count)),
        csat_rating=only(rated, rng.choice([2, 3, 4, 5], count, p=[0.05, 0.15, 0.45, 0.35])),
        csat_survey_sent=done,
        first_response_time_minutes=only(has_response, minutes_between(tickets.created, tickets.responded)),
        resolution_time_minutes=only(done, minutes_between(tickets.created, tickets.resolved)),
        handle_time_minutes=whole(rng, 10, 120, count),
        reopened_count=chance(rng, 0.04, count).astype(int),
        created_by=agent,
        created_at=tickets.created,
        updated_at=tickets.created,
    )


def ticket_comments(world: World, tickets: Tickets) -> Columns:
    rng = world.plan.rng("comments")
    ticket, number = fan_out(rng, tickets.count, [0.1, 0.3, 0.35, 0.25])
    count = len(ticket)
    is_customer = number % 2 == 1
    return dict(
        comment_id=ids("CMNT", count),
        ticket_id=ids("TKT", ticket + 1000),
        comment_text=texts("Comment {} on ticket {}", number, ticket + 1000),
        comment_type=np.where(is_customer, "customer", "internal").astype(object),
        is_public=is_customer,
        is_internal=~is_customer,
        created_by=pick(rng, EMPLOYEE, count),
        created_at=np.minimum(tickets.created[ticket] + hours(number), world.plan.now),
    )


def ticket_escalations(world: World, tickets: Tickets) -> Columns:
    rng = world.plan.rng("escalations")
    ticket = np.flatnonzero(tickets.is_escalated & (tickets.resolution_due < world.plan.now))
    return dict(
        escalation_id=ids("ESCL", ticket + 1),
        ticket_id=ids("TKT", ticket + 1000),
        escalation_level=1,
        escalation_reason="SLA Resolution Breach",
        escalated_from=pick(rng, EMPLOYEE, len(ticket)),
        escalated_to=pick(rng, EMPLOYEE, len(ticket)),
        escalated_at=tickets.resolution_due[ticket],
    )


def warranty_registrations(world: World) -> Columns:
    """Warranties of goods that were delivered; here account_id holds customer ids."""
    rng = world.plan.rng("warranties")
    sales, lines = world.sales, world.sales_lines
    line = np.sort(rng.choice(np.flatnonzero(sales.is_delivered[lines.order]), WARRANTIES))
    order, product = lines.order[line], lines.product[line]
    bought = sales.delivered[order]
    return dict(
        warranty_id=ids("WAREG", WARRANTIES),
        warranty_number=ids("WAR", WARRANTIES),
        account_id=CUSTOMER[sales.customer[order]],
        contact_id=contact_of(rng, sales.customer[order]),
        product_name=PRODUCT_NAME[product],
        product_category=PRODUCT_CATEGORY[product],
        serial_number=texts("SN-{:06d}", np.arange(WARRANTIES) + 1),
        sales_order_id=ids("SO", order + 1),
        purchase_date=bought,
        warranty_type=pick(rng, ["standard", "extended", "premium"], WARRANTIES),
        warranty_start_date=bought,
        warranty_end_date=bought + 730,
        warranty_duration_months=24,
        coverage_type=pick(rng, ["Full Coverage", "Parts Only"], WARRANTIES),
        registered_date=bought + 2,
    )


def warranty_claims(world: World) -> Columns:
    """Claims on every other warranty; the approved ones cover all that the customer does not pay."""
    plan = world.plan
    rng = plan.rng("warranty claims")
    bought = warranty_registrations(world)["purchase_date"][: CLAIMS * 2 : 2]
    claimed = np.minimum(bought + whole(rng, 15, 120, CLAIMS), plan.today)
    decided = claimed < plan.today - 10
    approved = decided & chance(rng, 0.75, CLAIMS)
    total = amounts(rng, 5000, 45_000, CLAIMS)
    own_share = np.round(total * rng.uniform(0, 0.2, CLAIMS), 2)
    return dict(
        claim_id=ids("WACLAIM", CLAIMS),
        claim_number=ids("WCL", CLAIMS),
        warranty_id=ids("WAREG", np.arange(CLAIMS) * 2 + 1),
        claim_date=claimed,
        issue_description="Product failure reported by customer",
        failure_type=pick(rng, ["Malfunction", "Manufacturing Defect", "Defective Part"], CLAIMS),
        failure_category=pick(rng, ["Mechanical", "Electrical", "Component"], CLAIMS),
        claim_status=np.select([approved, decided], ["approved", "rejected"], "pending").astype(object),
        approved=approved,
        approved_by=only(approved, pick(rng, ids("AGT", 40), CLAIMS)),
        approved_date=only(approved, claimed + 7),
        resolution_type=only(approved, "Replace"),
        labor_cost=np.round(total * 0.3, 2),
        parts_cost=np.round(total - np.round(total * 0.3, 2), 2),
        total_claim_amount=total,
        customer_responsibility=own_share,
        warranty_coverage=np.round(total - own_share, 2),
        processed_date=only(decided, claimed + 9),
    )


def rma_requests(world: World, tickets: Tickets) -> Columns:
    plan = world.plan
    rng = plan.rng("rma")
    ticket = np.sort(whole(rng, 0, tickets.count - 1, 100))
    created = tickets.created[ticket]
    done = created < plan.now - 14 * DAY
    return dict(
        rma_id=ids("RMA", 100),
        rma_number=ids("RMA", 100),
        account_id=ACCOUNT[tickets.account[ticket]],
        contact_id=contact_of(rng, tickets.account[ticket]),
        ticket_id=ids("TKT", ticket + 1000),
        return_reason=pick(rng, ["Defective", "Damaged", "Wrong item"], 100),
        rma_status=np.where(done, "completed", "requested").astype(object),
        approved=done,
        refund_amount=np.where(done, amounts(rng, 1000, 20_000, 100), 0),
        created_at=created,
        updated_at=created,
    )


def field_service_appointments(world: World, tickets: Tickets) -> Columns:
    plan = world.plan
    rng = plan.rng("appointments")
    count = plan.count(400)
    ticket = np.sort(whole(rng, 0, tickets.count - 1, count))
    day = tickets.created[ticket].astype("datetime64[D]") + whole(rng, 1, 12, count)
    done = day < plan.today
    labor, parts = amounts(rng, 500, 4000, count), amounts(rng, 0, 6000, count)
    return dict(
        appointment_id=ids("APPT", count),
        appointment_number=ids("APPT", count),
        account_id=ACCOUNT[tickets.account[ticket]],
        contact_id=contact_of(rng, tickets.account[ticket]),
        ticket_id=ids("TKT", ticket + 1000),
        service_type=pick(rng, ["repair", "inspection", "maintenance", "installation"], count),
        appointment_date=day,
        scheduled_start_time=texts("{:02d}:30:00", whole(rng, 8, 16, count)),
        estimated_duration_minutes=whole(rng, 30, 120, count),
        appointment_status=np.where(done, "completed", "scheduled").astype(object),
        assigned_technician_id=cycle(ids("TECH", 20), count),
        labor_charges=np.where(done, labor, 0),
        parts_charges=np.where(done, parts, 0),
        total_charges=np.where(done, np.round(labor + parts, 2), 0),
        created_at=tickets.created[ticket],
        updated_at=tickets.created[ticket],
    )


def service_parts_usage(world: World, tickets: Tickets) -> Columns:
    plan = world.plan
    rng = plan.rng("service parts usage")
    count = plan.count(500)
    ticket = np.sort(whole(rng, 0, tickets.count - 1, count))
    part = whole(rng, 0, PARTS - 1, count)
    quantity = whole(rng, 1, 4, count)
    cost = part_cost(world)[part]
    return dict(
        usage_id=ids("USE", count),
        service_part_id=ids("PART", part + 1),
        quantity_used=quantity,
        unit_cost=cost,
        total_cost=np.round(quantity * cost, 2),
        usage_type=pick(rng, ["repair", "warranty", "field_service"], count),
        ticket_id=ids("TKT", ticket + 1000),
        usage_date=tickets.created[ticket],
    )


def service_integration_log(world: World) -> Columns:
    rng = world.plan.rng("service log")
    failed = chance(rng, 0.1, 80)
    return dict(
        log_id=ids("SLOG", 80),
        log_timestamp=np.sort(world.plan.now - hours(rng.uniform(1, 24 * 60, 80))),
        integration_direction=cycle(["inbound", "outbound"], 80),
        document_type="ticket",
        document_id=ids("TKT", np.arange(1000, 1080)),
        integration_status=np.where(failed, "error", "success").astype(object),
        error_message=only(failed, "Sync error occurred"),
    )
