"""genims_maintenance_db: assets, their maintenance orders, and the parts and hours these take."""

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
    EMPLOYEE,
    EMPLOYEES_PER_FACTORY,
    FACTORIES,
    FACTORY,
    LINE,
    MACHINE,
    MACHINE_FACTORY,
    MACHINE_LINE,
    SUPPLIER,
    WAREHOUSE,
    colleague,
)
from dev.sample_data.master import machines

PARTS = 400
FAILURES = [
    # description, class, type, severity, hours to repair
    ("Bearing Wear", "mechanical", "wear", "major", 4),
    ("Metal Fatigue", "mechanical", "fatigue", "moderate", 6),
    ("Shaft Misalignment", "mechanical", "misalignment", "critical", 5),
    ("Motor Overload", "electrical", "overload", "critical", 2),
    ("Electrical Short", "electrical", "short_circuit", "moderate", 3),
    ("Hydraulic Leak", "hydraulic", "leak", "major", 4),
    ("Oil Contamination", "hydraulic", "contamination", "minor", 2),
    ("Air Leak", "pneumatic", "leak", "moderate", 1),
    ("PLC Error", "software", "malfunction", "critical", 3),
    ("Operator Mistake", "operator_error", "improper_use", "major", 2),
]
FAILURE_CODE = ids("FC", len(FAILURES), width=3)
# Where a factory's technicians stand among its employees: after operators and supervisors.
FIRST_TECHNICIAN, TECHNICIANS_PER_FACTORY = 128, 10
PM_PER_ASSET = 2


@dataclass(frozen=True)
class Orders:
    """Maintenance orders, in the order of their start."""

    world: World

    @cached_property
    def count(self) -> int:
        return self.world.plan.count(4500)

    @cached_property
    def start(self) -> np.ndarray:
        plan = self.world.plan
        rng = plan.rng("maintenance start")
        return np.sort(at(rng, pick(rng, plan.days, self.count), 6, 20))

    @cached_property
    def machine(self) -> np.ndarray:
        return whole(self.world.plan.rng("maintained machine"), 0, len(MACHINE) - 1, self.count)

    @cached_property
    def kind(self) -> np.ndarray:
        kinds = ["preventive", "inspection", "corrective", "breakdown"]
        return pick(self.world.plan.rng("maintenance kind"), kinds, self.count, weights=[55, 18, 15, 12])

    @cached_property
    def is_breakdown(self) -> np.ndarray:
        return self.kind == "breakdown"

    @cached_property
    def failure(self) -> np.ndarray:
        return whole(self.world.plan.rng("failure"), 0, len(FAILURES) - 1, self.count)

    @cached_property
    def duration_hours(self) -> np.ndarray:
        """A breakdown takes what its failure takes, other work an hour to four."""
        rng = self.world.plan.rng("maintenance duration")
        repair = np.array([failure[-1] for failure in FAILURES])[self.failure] * rng.uniform(0.6, 1.5, self.count)
        return np.round(np.where(self.is_breakdown, repair, rng.uniform(1, 4, self.count)), 2)

    @cached_property
    def end(self) -> np.ndarray:
        return self.start + hours(self.duration_hours)

    @cached_property
    def is_done(self) -> np.ndarray:
        return self.end < self.world.plan.now

    @cached_property
    def technician(self) -> np.ndarray:
        return colleague(self.world.plan.rng("technician"), MACHINE_FACTORY[self.machine])

    @cached_property
    def downtime_minutes(self) -> np.ndarray:
        return np.where(self.is_breakdown, np.round(self.duration_hours * 60 * 1.1), 0)

    @cached_property
    def labor(self) -> tuple[np.ndarray, ...]:
        """Time entries: order, hours, INR per hour."""
        rng = self.world.plan.rng("maintenance labour")
        order, number = fan_out(rng, self.count, [0, 0.6, 0.4])
        rate = amounts(rng, 500, 1500, len(order))
        return order, np.round(self.duration_hours[order] / number, 2), rate

    @cached_property
    def parts(self) -> tuple[np.ndarray, ...]:
        """Issues of spare parts: order, part, quantity. Inspections need none."""
        rng = self.world.plan.rng("maintenance parts")
        order, _ = fan_out(rng, self.count, [0.3, 0.4, 0.3])
        order = order[self.kind[order] != "inspection"]
        return order, whole(rng, 0, PARTS - 1, len(order)), whole(rng, 1, 3, len(order))

    @cached_property
    def labor_cost(self) -> np.ndarray:
        order, worked, rate = self.labor
        return np.round(sum_by(order, np.round(worked * rate, 2), self.count), 2)

    @cached_property
    def parts_cost(self) -> np.ndarray:
        order, part, quantity = self.parts
        return np.round(sum_by(order, quantity * part_cost(self.world)[part], self.count), 2)

    @cached_property
    def total_cost(self) -> np.ndarray:
        return np.round(self.labor_cost + self.parts_cost, 2)


def tables(world: World) -> dict[str, Columns]:
    orders = Orders(world)
    return {
        "maintenance_assets": maintenance_assets(world),
        "failure_codes": failure_codes(world),
        "maintenance_technicians": maintenance_technicians(world),
        "mro_parts": mro_parts(world),
        "pm_schedules": pm_schedules(world),
        "pm_generation_log": pm_generation_log(world, orders),
        "work_orders": work_orders(world, orders),
        "labor_time_entries": labor_time_entries(world, orders),
        "mro_parts_transactions": mro_parts_transactions(world, orders),
        "maintenance_costs": maintenance_costs(world, orders),
        "maintenance_history": maintenance_history(world, orders),
        "service_contracts": service_contracts(world),
        "service_call_logs": service_call_logs(world),
        "cmms_integration_log": cmms_integration_log(world),
    }


def asset_id() -> np.ndarray:
    return ids("AST", len(MACHINE))


def maintenance_assets(world: World) -> Columns:
    rng = world.plan.rng("assets")
    machine = machines(world)
    count = len(MACHINE)
    is_critical = np.isin(machine["criticality"], ["high", "critical"])
    return dict(
        asset_id=asset_id(),
        asset_number=ids("AST", count, width=5),
        asset_name=machine["machine_name"],
        asset_type="machine",
        asset_category="production",
        asset_class=np.where(is_critical, "critical", "essential").astype(object),
        machine_id=MACHINE,
        factory_id=FACTORY[MACHINE_FACTORY],
        line_id=LINE[MACHINE_LINE],
        manufacturer=machine["manufacturer"],
        model_number=machine["model_number"],
        serial_number=machine["serial_number"],
        installation_date=machine["installation_date"],
        criticality_rating=machine["criticality"],
        safety_critical=is_critical,
        production_critical=is_critical,
        downtime_cost_per_hour=amounts(rng, 5000, 20_000, count),
        replacement_cost=np.round(machine["asset_value_usd"] * 84 * 1.2, 2),
        maintenance_strategy="preventive",
        pm_frequency_type="calendar",
        has_meter=True,
        meter_unit="hours",
        current_meter_reading=amounts(rng, 5000, 50_000, count),
        expected_life_years=machine["expected_life_years"],
        asset_condition=pick(rng, ["fair", "good", "excellent"], count),
        asset_status="active",
    )


def failure_codes(world: World) -> Columns:
    description, failure_class, kind, severity, repair_hours = zip(*FAILURES, strict=True)
    return dict(
        failure_code_id=ids("FC", len(FAILURES)),
        failure_code=FAILURE_CODE,
        failure_description=strings(description),
        failure_class=strings(failure_class),
        failure_type=strings(kind),
        severity=strings(severity),
        typical_repair_time_hours=np.array(repair_hours),
    )


def maintenance_technicians(world: World) -> Columns:
    rng = world.plan.rng("technicians")
    factory, number = repeat(np.full(len(FACTORIES), TECHNICIANS_PER_FACTORY))
    who = factory * EMPLOYEES_PER_FACTORY + FIRST_TECHNICIAN + number - 1
    count = len(who)
    rate = amounts(rng, 500, 1500, count)
    return dict(
        technician_id=ids("TECH", count),
        employee_id=EMPLOYEE[who],
        technician_code=texts("T{:04d}", np.arange(count) + 1),
        first_name=world.company.first_names[who],
        last_name=world.company.last_names[who],
        department="maintenance",
        hire_date=world.company.hire_dates[who],
        skill_level=pick(rng, ["technician", "senior_technician", "specialist"], count),
        trade=cycle(["mechanical", "electrical", "instrumentation", "multi_craft"], count),
        primary_shift=cycle(["day", "evening", "night"], count),
        hourly_rate=rate,
        overtime_rate=np.round(rate * 1.5, 2),
    )


def part_cost(world: World) -> np.ndarray:
    return amounts(world.plan.rng("part cost"), 200, 9000, PARTS) / max(world.plan.share, 1)


def mro_parts(world: World) -> Columns:
    """Ids are odd and part numbers even: transactions name a part by its number, padded to six digits."""
    rng = world.plan.rng("mro parts")
    part = np.arange(PARTS)
    reorder = whole(rng, 10, 30, PARTS)
    stock = whole(rng, 0, 100, PARTS)
    return dict(
        mro_part_id=ids("MRO", 2 * part + 1),
        part_number=ids("MRO", 2 * part + 2, width=5),
        part_name=texts("Spare Part {}", part + 1),
        part_category=pick(rng, ["spare_part", "consumable"], PARTS),
        part_type=cycle(["mechanical", "electrical", "hydraulic", "pneumatic", "electronic"], PARTS),
        unit_of_measure="EA",
        current_stock=stock,
        min_stock_level=reorder // 2,
        max_stock_level=reorder * 5,
        reorder_point=reorder,
        reorder_quantity=reorder * 2,
        warehouse_id=cycle(WAREHOUSE, PARTS),
        criticality=pick(rng, ["low", "medium", "high", "critical"], PARTS, weights=[3, 4, 2, 1]),
        lead_time_days=whole(rng, 7, 60, PARTS),
        standard_cost=part_cost(world),
        total_stock_value=np.round(stock * part_cost(world), 2),
        primary_supplier_id=cycle(SUPPLIER, PARTS),
    )


def pm_schedules(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("pm schedules")
    asset, number = repeat(np.full(len(MACHINE), PM_PER_ASSET))
    count = len(asset)
    is_overdue = chance(rng, 0.05, count)
    due = np.where(is_overdue, plan.today - whole(rng, 1, 10, count), plan.today + whole(rng, 1, 60, count))
    return dict(
        pm_schedule_id=ids("PM", count),
        schedule_code=ids("PMS", count),
        schedule_name=texts("Preventive maintenance {} of {}", number, asset_id()[asset]),
        asset_id=asset_id()[asset],
        schedule_type="calendar",
        frequency_type=np.where(number == 1, "monthly", "quarterly").astype(object),
        frequency_value=np.where(number == 1, 1, 3),
        frequency_unit="months",
        pm_type=np.where(number == 1, "inspection", "service").astype(object),
        estimated_duration_hours=whole(rng, 1, 4, count),
        lead_time_days=7,
        last_completed_date=due - 30 * number,
        next_due_date=due,
        effective_date=plan.start,
    )


def pm_generation_log(world: World, orders: Orders) -> Columns:
    """One entry per preventive order: the schedule that generated it."""
    order = np.flatnonzero(orders.kind == "preventive")
    return dict(
        log_id=ids("PMLOG", len(order)),
        pm_schedule_id=ids("PM", orders.machine[order] * PM_PER_ASSET + order % PM_PER_ASSET + 1),
        generation_date=orders.start[order] - 5 * DAY,
        generation_reason="schedule",
        trigger_date=orders.start[order],
        work_order_id=ids("WO", order + 1),
        generation_status="success",
    )


def work_orders(world: World, orders: Orders) -> Columns:
    rng = world.plan.rng("maintenance work orders")
    count = orders.count
    scheduled = orders.start.astype("datetime64[D]")
    late = chance(rng, 0.1, count)
    name = machines(world)["machine_name"][orders.machine]
    estimate = np.round(orders.total_cost * rng.uniform(0.85, 1.1, count), 2)
    failure_class = strings([kind for _, kind, *_ in FAILURES])[orders.failure]
    return dict(
        work_order_id=ids("WO", count),
        work_order_number=numbered_by_day("WO", scheduled),
        asset_id=asset_id()[orders.machine],
        wo_type=orders.kind,
        priority=np.where(orders.is_breakdown, "emergency", pick(rng, ["low", "medium", "high"], count)),
        description=texts("{} maintenance of {}", [kind.capitalize() for kind in orders.kind], name),
        problem_description=texts("{} work", [kind.capitalize() for kind in orders.kind]),
        failure_code=only(orders.is_breakdown, FAILURE_CODE[orders.failure]),
        failure_class=only(orders.is_breakdown, failure_class),
        requested_date=orders.start - hours(rng.uniform(1, 48, count)),
        scheduled_start_date=scheduled,
        scheduled_end_date=orders.end.astype("datetime64[D]") - late,
        estimated_duration_hours=np.round(orders.duration_hours * rng.uniform(0.8, 1.1, count), 2),
        actual_start_date=only(orders.start < world.plan.now, orders.start),
        actual_end_date=only(orders.is_done, orders.end),
        actual_duration_hours=only(orders.is_done, orders.duration_hours),
        wo_status=np.where(orders.is_done, "completed", "in_progress").astype(object),
        assigned_to=EMPLOYEE[orders.technician],
        completed_by=only(orders.is_done, EMPLOYEE[orders.technician]),
        completed_at=only(orders.is_done, orders.end),
        estimated_cost=estimate,
        actual_labor_cost=only(orders.is_done, orders.labor_cost),
        actual_parts_cost=only(orders.is_done, orders.parts_cost),
        actual_total_cost=only(orders.is_done, orders.total_cost),
        downtime_minutes=orders.downtime_minutes,
        created_at=np.minimum(orders.start - 2 * DAY, world.plan.now),
    )


def labor_time_entries(world: World, orders: Orders) -> Columns:
    order, worked, rate = orders.labor
    done = orders.is_done[order]
    return dict(
        entry_id=ids("LTE", len(order)),
        work_order_id=ids("WO", order + 1),
        technician_id=EMPLOYEE[orders.technician[order]],
        start_time=orders.start[order],
        end_time=only(done, orders.start[order] + hours(worked)),
        duration_hours=only(done, worked),
        hourly_rate=rate,
        labor_type="regular",
        labor_cost=only(done, np.round(worked * rate, 2)),
        approved=done,
    )


def mro_parts_transactions(world: World, orders: Orders) -> Columns:
    order, part, quantity = orders.parts
    count = len(order)
    cost = part_cost(world)[part]
    return dict(
        transaction_id=ids("MROT", count),
        transaction_number=ids("TN", count, width=8),
        mro_part_id=ids("MRO", 2 * part + 2),
        transaction_type="issued",
        transaction_date=orders.start[order],
        quantity=quantity,
        unit_of_measure="EA",
        unit_cost=cost,
        total_cost=np.round(quantity * cost, 2),
        work_order_id=ids("WO", order + 1),
        asset_id=asset_id()[orders.machine[order]],
    )


def maintenance_costs(world: World, orders: Orders) -> Columns:
    """Labour and parts of each finished order, so that they add up to its total."""
    costs = [("labor", orders.labor_cost), ("parts", orders.parts_cost)]
    chosen = [(kind, np.flatnonzero(orders.is_done & (cost > 0)), cost) for kind, cost in costs]
    order = np.concatenate([order for _, order, _ in chosen])
    amount = np.concatenate([cost[order] for _, order, cost in chosen])
    kind = np.concatenate([np.full(len(order), kind, dtype=object) for kind, order, _ in chosen])
    return dict(
        cost_id=ids("COST", len(order)),
        work_order_id=ids("WO", order + 1),
        asset_id=asset_id()[orders.machine[order]],
        cost_type=kind,
        cost_description=kind,
        cost_amount=amount,
        cost_date=orders.end[order],
        cost_center_id=ids("CC", MACHINE_FACTORY[orders.machine[order]] * 10 + 4),
    )


def maintenance_history(world: World, orders: Orders) -> Columns:
    order = np.flatnonzero(orders.is_done)
    return dict(
        history_id=ids("MH", len(order)),
        asset_id=asset_id()[orders.machine[order]],
        event_type="work_order_completed",
        event_date=orders.end[order],
        event_description=texts("{} completed", orders.kind[order]),
        work_order_id=ids("WO", order + 1),
        failure_code=only(orders.is_breakdown, FAILURE_CODE[orders.failure])[order],
        downtime_hours=np.round(orders.downtime_minutes[order] / 60, 2),
        total_cost=orders.total_cost[order],
        performed_by=EMPLOYEE[orders.technician[order]],
    )


def service_contracts(world: World) -> Columns:
    rng = world.plan.rng("service contracts")
    count = len(MACHINE) // 2
    start = world.plan.today - whole(rng, 30, 330, count)
    return dict(
        contract_id=ids("SC", count),
        contract_number=ids("SCN", count),
        contract_name=texts("Service contract for {}", asset_id()[:count]),
        vendor_id=cycle(SUPPLIER, count),
        vendor_name=cycle(["Machine Service One", "Control Systems Support", "Robotics Care"], count),
        contract_type=cycle(["full_service", "amc", "calibration"], count),
        covered_assets=asset_id()[:count],
        contract_start_date=start,
        contract_end_date=start + 730,
        contract_value=amounts(rng, 50_000, 300_000, count),
        response_time_hours=pick(rng, np.array([4, 8, 24]), count),
        resolution_time_hours=48,
        billing_frequency="monthly",
    )


def service_call_logs(world: World) -> Columns:
    rng = world.plan.rng("service calls")
    count = 60
    contract = whole(rng, 0, len(MACHINE) // 2 - 1, count)
    called = np.sort(at(rng, pick(rng, world.plan.workdays[-250:-5], count)))
    return dict(
        call_log_id=ids("CALL", count),
        call_number=ids("CALLN", count),
        contract_id=ids("SC", contract + 1),
        asset_id=asset_id()[contract],
        call_date=called,
        problem_description=pick(rng, ["Routine inspection", "Breakdown", "Error code detected"], count),
        priority=pick(rng, ["normal", "urgent", "emergency"], count, weights=[6, 3, 1]),
        response_time_hours=amounts(rng, 0.5, 9, count),
        resolution_time_hours=amounts(rng, 4, 40, count),
        customer_rating=whole(rng, 3, 5, count),
        call_status="closed",
    )


def cmms_integration_log(world: World) -> Columns:
    rng = world.plan.rng("cmms log")
    failed = chance(rng, 0.1, 80)
    return dict(
        log_id=ids("CLOG", 80),
        log_timestamp=np.sort(world.plan.now - hours(rng.uniform(1, 24 * 60, 80))),
        integration_direction=cycle(["inbound", "outbound"], 80),
        document_type="work_order",
        document_id=pick(rng, ids("WO", world.plan.count(4500)), 80),
        integration_status=np.where(failed, "error", "success").astype(object),
        error_message=only(failed, "Connection timeout"),
    )
