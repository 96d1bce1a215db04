"""genims_operations_db: what machines and sensors report; readings are kept for two weeks only."""

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
    only,
    pick,
    strings,
    texts,
    whole,
)
from dev.sample_data.company import (
    CUSTOMER,
    EMPLOYEE,
    FACTORY,
    LINE,
    LINE_FACTORY,
    LINES,
    MACHINE,
    MACHINE_FACTORY,
    MACHINE_LINE,
    PRODUCT,
    PRODUCT_SLOT,
    SENSOR,
    SENSOR_MACHINE,
    colleague,
    operator,
)
from dev.sample_data.maintenance import FAILURES, Orders
from dev.sample_data.master import SENSOR_TYPES, SHIFTS

TARGET_CYCLE_SECONDS = 30
STATES = ["running", "idle", "setup", "stopped", "fault", "maintenance"]
STATE_SHARES = [0.83, 0.05, 0.04, 0.03, 0.02, 0.03]


def tables(world: World) -> dict[str, Columns]:
    orders = Orders(world)
    return {
        "scada_machine_data": scada_machine_data(world),
        "sensor_data": sensor_data(world),
        "sensor_health": sensor_health(world),
        "machine_faults": machine_faults(world, orders),
        "maintenance_events": maintenance_events(world, orders),
        "production_runs": production_runs(world),
    }


def readings(world: World, sources: int, per_day: int) -> tuple[np.ndarray, np.ndarray]:
    """Evenly spaced readings of the recent days, up to now: source and instant, by time."""
    per_day = max(round(per_day * world.plan.daily_share), 2)
    step = np.timedelta64(86_400 // per_day, "s")
    instants = (world.plan.recent_days.astype("datetime64[s]")[:, None] + step * np.arange(per_day)).ravel()
    instants = instants[instants < world.plan.now]
    return np.tile(np.arange(sources), len(instants)), np.repeat(instants, sources)


def scada_machine_data(world: World) -> Columns:
    rng = world.plan.rng("scada")
    machine, instant = readings(world, len(MACHINE), per_day=24)
    count = len(machine)
    state = machine_states(rng, len(MACHINE), count)
    is_running, is_fault = state == "running", state == "fault"
    produced = whole(rng, 200, 900, count)
    rejected = rng.binomial(produced, 0.025)
    availability = amounts(rng, 78, 92, count)
    performance = amounts(rng, 88, 97, count)
    quality = np.round(100 - 100 * rejected / produced, 2)
    power = np.where(is_running, rng.uniform(15, 50, count), rng.uniform(2, 6, count)).round(2)
    failure = whole(rng, 0, len(FAILURES) - 1, count)
    return dict(
        scada_id=np.arange(count) + 1,
        machine_id=MACHINE[machine],
        line_id=LINE[MACHINE_LINE[machine]],
        factory_id=FACTORY[MACHINE_FACTORY[machine]],
        timestamp=instant,
        machine_state=state,
        operation_mode="auto",
        fault_code=only(is_fault, texts("ERR-{:03d}", failure + 1)),
        fault_description=only(is_fault, strings([failure[0] for failure in FAILURES])[failure]),
        parts_produced_cumulative=10_000 + np.arange(count),
        parts_produced_shift=produced,
        parts_rejected_shift=rejected,
        target_cycle_time_seconds=TARGET_CYCLE_SECONDS,
        actual_cycle_time_seconds=np.round(TARGET_CYCLE_SECONDS / rng.uniform(0.86, 0.99, count), 2),
        availability_percentage=availability,
        performance_percentage=performance,
        quality_percentage=quality,
        oee_percentage=np.round(availability * performance * quality / 10_000, 2),
        power_consumption_kw=power,
        energy_consumed_kwh=np.round(power * 24, 2),
        temperature_setpoint_c=60,
        temperature_actual_c=amounts(rng, 55, 66, count),
        pressure_setpoint_bar=7,
        pressure_actual_bar=amounts(rng, 6.5, 7.5, count),
        downtime_seconds_shift=whole(rng, 0, 3600, count),
        uptime_seconds_shift=whole(rng, 20_000, 28_800, count),
        active_alarms=is_fault.astype(int),
        shift_id=shift_id(machine, instant),
        operator_id=EMPLOYEE[operator(rng, MACHINE_LINE[machine])],
        data_quality=pick(rng, ["good", "uncertain", "bad"], count, weights=[94, 4, 2]),
    )


def machine_states(rng: np.random.Generator, machines: int, count: int) -> np.ndarray:
    """One state per reading. Every machine spends the same share of its time in each state, at different times."""
    per_machine = count // machines
    place = np.argsort(rng.random((per_machine, machines)), axis=0)
    return strings(STATES)[np.searchsorted(np.cumsum(STATE_SHARES), (place.ravel() + 0.5) / per_machine)]


def shift_id(machine: np.ndarray, instant: np.ndarray) -> np.ndarray:
    """The shift of the factory that works at this hour: from 6, from 14 and from 22 o'clock."""
    hour = (instant - instant.astype("datetime64[D]")).astype(int) // 3600
    return ids("SFT", MACHINE_FACTORY[machine] * len(SHIFTS) + (hour - 6) % 24 // 8 + 1)


def sensor_data(world: World) -> Columns:
    rng = world.plan.rng("sensor data")
    sensor, instant = readings(world, len(SENSOR), per_day=4)
    count = len(sensor)
    kind = sensor % len(SENSOR_TYPES)
    low = np.array([row[2] for row in SENSOR_TYPES])[kind]
    high = np.array([row[3] for row in SENSOR_TYPES])[kind]
    value = np.round(low + (high - low) * np.clip(rng.normal(0.55, 0.18, count), 0, 1.25), 4)
    is_high = value > high * 1.1
    return dict(
        sensor_data_id=np.arange(count) + 1,
        sensor_id=SENSOR[sensor],
        machine_id=MACHINE[SENSOR_MACHINE[sensor]],
        line_id=LINE[MACHINE_LINE[SENSOR_MACHINE[sensor]]],
        factory_id=FACTORY[MACHINE_FACTORY[SENSOR_MACHINE[sensor]]],
        timestamp=instant,
        measurement_value=value,
        measurement_unit=strings([row[1] for row in SENSOR_TYPES])[kind],
        status=np.where(is_high, "warning", "normal").astype(object),
        is_above_warning=is_high,
        min_value_1min=value * 0.99,
        max_value_1min=value * 1.01,
        avg_value_1min=value,
        std_dev_1min=amounts(rng, 0.05, 0.5, count),
        anomaly_score=np.where(is_high, rng.uniform(0.8, 1, count), rng.uniform(0, 0.4, count)),
        is_anomaly=is_high,
        protocol="OPC-UA",
    )


def sensor_health(world: World) -> Columns:
    rng = world.plan.rng("sensor health")
    sensor, instant = readings(world, len(SENSOR), per_day=2)
    count = len(sensor)
    score = np.round(100 - rng.exponential(6, count).clip(0, 60), 2)
    return dict(
        health_id=np.arange(count) + 1,
        sensor_id=SENSOR[sensor],
        machine_id=MACHINE[SENSOR_MACHINE[sensor]],
        timestamp=instant,
        health_score=score,
        drift_percentage=amounts(rng, -1, 1, count, decimals=4),
        noise_level=amounts(rng, 0.1, 2, count, decimals=4),
        days_since_calibration=whole(rng, 1, 300, count),
        packet_loss_percentage=amounts(rng, 0, 1, count),
        average_latency_ms=amounts(rng, 10, 120, count),
        last_communication=instant,
        battery_percentage=amounts(rng, 40, 100, count),
        overall_status=np.where(score > 75, "healthy", "degraded").astype(object),
    )


def machine_faults(world: World, orders: Orders) -> Columns:
    """One fault per breakdown that maintenance has repaired."""
    rng = world.plan.rng("faults")
    order = np.flatnonzero(orders.is_breakdown & orders.is_done)
    count = len(order)
    machine, failure = orders.machine[order], orders.failure[order]
    _, failure_class, _, severity, _ = (strings(values) for values in zip(*FAILURES, strict=True))
    return dict(
        fault_id=np.arange(count) + 1,
        machine_id=MACHINE[machine],
        line_id=LINE[MACHINE_LINE[machine]],
        factory_id=FACTORY[MACHINE_FACTORY[machine]],
        fault_code=texts("ERR-{:03d}", failure + 1),
        fault_category=failure_class[failure],
        fault_severity=severity[failure],
        fault_description=strings([row[0] for row in FAILURES])[failure],
        fault_start_time=orders.start[order],
        fault_end_time=orders.end[order],
        fault_duration_seconds=(orders.end[order] - orders.start[order]).astype(int),
        production_loss_units=whole(rng, 2, 200, count),
        downtime_minutes=orders.downtime_minutes[order],
        estimated_cost_usd=amounts(rng, 100, 3000, count),
        root_cause_category=pick(rng, ["bearing_failure", "overheating", "tool_wear", "power_issue"], count),
        maintenance_ticket_id=ids("WO", order + 1),
        resolved_by=EMPLOYEE[orders.technician[order]],
        detection_method=pick(rng, ["automatic", "operator_report", "sensor_threshold"], count),
        status="resolved",
    )


def maintenance_events(world: World, orders: Orders) -> Columns:
    """The maintenance orders as the shop floor saw them."""
    rng = world.plan.rng("maintenance events")
    order = np.flatnonzero(orders.is_done & chance(rng, 0.4, orders.count))
    machine = orders.machine[order]
    labor_usd = np.round(orders.labor_cost[order] / 84, 2)
    parts_usd = np.round(orders.parts_cost[order] / 84, 2)
    return dict(
        maintenance_id=ids("MEVT", order + 1),
        machine_id=MACHINE[machine],
        line_id=LINE[MACHINE_LINE[machine]],
        factory_id=FACTORY[MACHINE_FACTORY[machine]],
        maintenance_type=orders.kind[order],
        maintenance_category=pick(rng, ["mechanical", "electrical", "hydraulic", "lubrication"], len(order)),
        priority=np.where(orders.is_breakdown[order], "critical", "medium").astype(object),
        scheduled_start=orders.start[order].astype("datetime64[D]"),
        actual_start=orders.start[order],
        actual_end=orders.end[order],
        duration_minutes=np.round(orders.duration_hours[order] * 60),
        parts_cost_usd=parts_usd,
        labor_hours=orders.duration_hours[order],
        labor_cost_usd=labor_usd,
        total_cost_usd=np.round(parts_usd + labor_usd, 2),
        technician_id=EMPLOYEE[orders.technician[order]],
        completion_status="completed",
        next_maintenance_due=orders.end[order].astype("datetime64[D]") + 30,
    )


def production_runs(world: World) -> Columns:
    """Runs of each line in turn, for the products that the line makes."""
    plan = world.plan
    rng = plan.rng("production runs")
    count = plan.count(2000)
    line = cycle(np.arange(len(LINE)), count).astype(int)
    product = product_of_slot(rng, line % len(LINES))
    start = np.sort(at(rng, pick(rng, plan.days[:-1], count), 6, 14))
    planned = whole(rng, 120, 480, count)
    actual = np.round(planned * rng.uniform(0.98, 1.12, count))
    target = whole(rng, 100, 1000, count)
    availability, performance = amounts(rng, 78, 93, count), amounts(rng, 85, 96, count)
    made = np.round(target * rng.uniform(0.93, 1.02, count)).astype(int)
    bad = rng.binomial(made, 0.025)
    quality = np.round(100 - 100 * bad / made, 2)
    factory = LINE_FACTORY[line]
    return dict(
        run_id=ids("RUN", count),
        line_id=LINE[line],
        factory_id=FACTORY[factory],
        product_id=PRODUCT[product],
        run_number=np.arange(count) + 1000,
        batch_number=ids("BATCH", count),
        work_order_number=ids("WO", whole(rng, 1, world.sales_lines.count, count)),
        customer_id=pick(rng, CUSTOMER, count),
        run_start_time=start,
        run_end_time=start + hours(actual / 60),
        planned_duration_minutes=planned,
        actual_duration_minutes=actual,
        target_quantity=target,
        actual_quantity=made,
        rejected_quantity=bad - bad // 3,
        scrapped_quantity=bad // 3,
        rework_quantity=0,
        first_pass_yield_percentage=quality,
        defect_rate_ppm=np.round(1e6 * bad / made),
        quality_grade="A",
        oee_percentage=np.round(availability * performance * quality / 10_000, 2),
        availability_percentage=availability,
        performance_percentage=performance,
        quality_percentage=quality,
        changeover_time_minutes=whole(rng, 5, 60, count),
        shift_id=ids("SFT", factory * len(SHIFTS) + 1),
        supervisor_id=EMPLOYEE[colleague(rng, factory)],
        status="completed",
    )


def product_of_slot(rng: np.random.Generator, slot: np.ndarray) -> np.ndarray:
    """A product that the given line makes."""
    product = np.empty(len(slot), dtype=int)
    for place in range(len(LINES)):
        here = slot == place
        product[here] = pick(rng, np.flatnonzero(place == PRODUCT_SLOT), here.sum())
    return product
