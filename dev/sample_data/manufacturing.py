"""genims_manufacturing_db: work orders, and the labour and material that went into them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dev.sample_data.business import SalesLines, World
from dev.sample_data.columns import (
    Columns,
    amounts,
    at,
    chance,
    fan_out,
    hours,
    ids,
    numbered_by_day,
    only,
    pick,
    sum_by,
    texts,
    whole,
)
from dev.sample_data.company import (
    COMPONENTS_PER_PRODUCT,
    CUSTOMER,
    EMPLOYEE,
    FACTORY,
    LINE,
    LINE_FACTORY,
    MATERIAL_TYPE,
    PRODUCT,
    colleague,
    operator,
)
from dev.sample_data.erp import MATERIAL_UNIT, materials

MATERIAL_SHARE = 0.78  # of standard cost; the rest is labour and overhead
DOWNTIME_CAUSES = ["mechanical", "electrical", "hydraulic", "software", "material", "operator"]
DEFECT_TYPES = ["dimensional", "visual", "functional", "material", "assembly"]


@dataclass(frozen=True)
class Output:
    """What each work order has produced so far, in units."""

    world: World

    @property
    def lines(self) -> SalesLines:
        return self.world.sales_lines

    @cached_property
    def produced(self) -> np.ndarray:
        """A little more than ordered, to make up for rejects; a part of it while the order runs."""
        lines = self.lines
        rng = self.world.plan.rng("produced")
        full = np.round(lines.quantity * rng.uniform(1.0, 1.04, lines.count))
        progress = np.select([lines.is_finished, lines.is_started], [1.0, 0.5], 0.0)
        return np.round(full * progress).astype(int)

    @cached_property
    def bad(self) -> np.ndarray:
        rng = self.world.plan.rng("bad units")
        return rng.binomial(self.produced, rng.uniform(0.015, 0.04, self.lines.count))

    @cached_property
    def scrapped(self) -> np.ndarray:
        return self.bad // 3

    @cached_property
    def rework(self) -> np.ndarray:
        return (self.bad - self.scrapped) // 4


def tables(world: World) -> dict[str, Columns]:
    output = Output(world)
    return {
        "work_orders": work_orders(world, output),
        "labor_transactions": labor_transactions(world),
        "material_transactions": material_transactions(world, output),
        "quality_inspections": quality_inspections(world),
        "defects": defects(world, output),
        "electronic_batch_records": electronic_batch_records(world, output),
        "downtime_events": downtime_events(world),
    }


def work_orders(world: World, output: Output) -> Columns:
    rng = world.plan.rng("work orders")
    lines = world.sales_lines
    count = lines.count
    setup = whole(rng, 20, 60, count)
    produced = output.produced
    good = produced - output.bad
    percent_good = np.round(100 * good / np.maximum(produced, 1), 2)
    cycle_seconds = world.company.cycle_seconds[lines.product]
    return dict(
        work_order_id=ids("WO", count),
        work_order_number=numbered_by_day("WO", lines.start),
        product_id=PRODUCT[lines.product],
        customer_id=CUSTOMER[lines.customer],
        sales_order_number=numbered_by_day("SO", world.sales.ordered)[lines.order],
        factory_id=FACTORY[lines.factory],
        line_id=LINE[lines.line],
        planned_quantity=lines.quantity,
        priority=whole(rng, 1, 10, count),
        planned_start_date=lines.start - hours(rng.uniform(0, 2, count)),
        planned_end_date=lines.planned_finish,
        scheduled_start_time=lines.start,
        scheduled_end_time=lines.planned_finish,
        actual_start_time=only(lines.is_started, lines.start),
        actual_end_time=only(lines.is_finished, lines.finish),
        produced_quantity=produced,
        good_quantity=good,
        rejected_quantity=output.bad - output.scrapped - output.rework,
        scrapped_quantity=output.scrapped,
        rework_quantity=output.rework,
        status=lines.status,
        quality_hold=lines.status == "on_hold",
        planned_cycle_time_seconds=cycle_seconds,
        actual_cycle_time_seconds=only(lines.is_finished, np.round(cycle_seconds * rng.uniform(0.97, 1.15, count))),
        setup_time_minutes=setup,
        run_time_minutes=only(lines.is_started, np.round(lines.run_hours * 60)),
        downtime_minutes=only(lines.is_started, np.round(lines.run_hours * 60 * rng.uniform(0, 0.08, count))),
        yield_percentage=only(lines.is_finished, percent_good),
        first_pass_yield_percentage=only(lines.is_finished, np.maximum(percent_good - amounts(rng, 0, 1, count), 0)),
        batch_number=numbered_by_day("BATCH", lines.start),
        lot_number=ids("LOT", count),
        erp_order_id=ids("PROD", count),
        created_by=EMPLOYEE[colleague(rng, lines.factory)],
        created_at=world.sales.ordered[lines.order],
    )


def labor_transactions(world: World) -> Columns:
    """One to three people share the labour of a started order."""
    rng = world.plan.rng("labour")
    lines = world.sales_lines
    work_order, _ = fan_out(rng, lines.count, [0, 0.5, 0.35, 0.15])
    work_order = work_order[lines.is_started[work_order]]
    count = len(work_order)
    rate = amounts(rng, 600, 1200, count)
    duration = np.clip(np.round(lines.run_hours[work_order] * 60 * rng.uniform(0.8, 1.0, count)), 10, 600)
    start = lines.start[work_order]
    who = operator(rng, lines.line[work_order])
    return dict(
        labor_transaction_id=ids("LT", count),
        transaction_date=start,
        employee_id=EMPLOYEE[who],
        work_order_id=ids("WO", work_order + 1),
        activity_code="DIRECT_LABOR",
        activity_type="direct_labor",
        clock_in_time=start,
        clock_out_time=start + hours(duration / 60),
        duration_minutes=duration,
        hourly_rate=rate,
        labor_cost=np.round(rate * duration / 60, 2),
        standard_hours=np.round(duration / 60 * rng.uniform(0.85, 1.05, count), 2),
        actual_hours=np.round(duration / 60, 2),
        approved=lines.is_finished[work_order],
    )


def material_transactions(world: World, output: Output) -> Columns:
    """Issues of two to four components per started order, and now and then a return."""
    rng = world.plan.rng("material")
    lines = world.sales_lines
    material_master = materials(world)
    work_order, number = fan_out(rng, lines.count, [0, 0.1, 0.5, 0.3, 0.1])
    started = lines.is_started[work_order]
    work_order, number = work_order[started], number[started]
    count = len(work_order)
    product = lines.product[work_order]
    material = world.company.components[product, (work_order + number) % COMPONENTS_PER_PRODUCT]
    weight = rng.uniform(0.5, 1.5, count)
    weight /= sum_by(work_order, weight, lines.count)[work_order]
    value = output.produced[work_order] * world.company.product_cost[product] * MATERIAL_SHARE * weight
    unit_cost = world.company.standard_cost[material]
    is_return = chance(rng, 0.04, count)
    quantity = np.maximum(np.round(value / unit_cost * np.where(is_return, 0.1, 1), 4), 0.01)
    return dict(
        transaction_id=ids("MT", count),
        transaction_type=np.where(is_return, "return", "issue").astype(object),
        transaction_date=np.where(is_return, lines.finish[work_order], lines.start[work_order]),
        work_order_id=ids("WO", work_order + 1),
        material_code=material_master["material_code"][material],
        material_name=material_master["material_name"][material],
        material_type=MATERIAL_TYPE[material],
        quantity=quantity,
        unit_of_measure=MATERIAL_UNIT[material],
        unit_cost=unit_cost,
        total_cost=np.round(quantity * unit_cost, 2),
        warehouse_location="WH01",
        performed_by=EMPLOYEE[operator(rng, lines.line[work_order])],
    )


def quality_inspections(world: World) -> Columns:
    rng = world.plan.rng("inspections")
    lines = world.sales_lines
    work_order = np.flatnonzero(lines.is_finished & chance(rng, 0.9, lines.count))
    count = len(work_order)
    found = rng.poisson(0.3, count)
    return dict(
        inspection_id=ids("INSP", count),
        inspection_type=pick(rng, ["in_process", "final"], count, weights=[1, 3]),
        inspection_date=lines.finish[work_order],
        work_order_id=ids("WO", work_order + 1),
        product_id=PRODUCT[lines.product[work_order]],
        sample_size=whole(rng, 5, 50, count),
        lot_number=ids("LOT", work_order + 1),
        inspector_id=EMPLOYEE[colleague(rng, lines.factory[work_order])],
        inspection_result=np.where(found > 2, "fail", "pass").astype(object),
        defects_found=found,
        major_defects=np.maximum(found - 1, 0),
        minor_defects=np.minimum(found, 1),
    )


def defects(world: World, output: Output) -> Columns:
    """A defect record for six in ten orders with bad units; the newest are still open."""
    plan = world.plan
    rng = plan.rng("defects")
    lines = world.sales_lines
    work_order = np.flatnonzero(lines.is_finished & (output.bad > 0) & chance(rng, 0.6, lines.count))
    count = len(work_order)
    detected = lines.finish[work_order]
    is_closed = detected < plan.now - hours(24 * 10)
    affected = np.maximum(np.round(output.bad[work_order] * rng.uniform(0.4, 1, count)), 1)
    return dict(
        defect_id=ids("DEF", count),
        defect_code=texts("DEF-{}", whole(rng, 100, 999, count)),
        defect_category=pick(rng, DEFECT_TYPES, count),
        defect_description=texts("Quality issue detected in {}", PRODUCT[lines.product[work_order]]),
        defect_severity=pick(rng, ["minor", "major", "critical"], count, weights=[7, 2.5, 0.5]),
        detected_date=detected,
        work_order_id=ids("WO", work_order + 1),
        product_id=PRODUCT[lines.product[work_order]],
        quantity_affected=affected,
        root_cause_analysis_complete=is_closed,
        scrap_cost=np.round(affected * world.company.product_cost[lines.product[work_order]] * 0.3, 2),
        action_completed=is_closed,
        status=np.where(is_closed, "closed", "open").astype(object),
        closed_date=only(is_closed, detected + hours(rng.uniform(24, 200, count))),
    )


def electronic_batch_records(world: World, output: Output) -> Columns:
    """Prepared, reviewed, approved and released, two hours apart, by four people of the factory."""
    rng = world.plan.rng("batch records")
    lines = world.sales_lines
    work_order = np.flatnonzero(lines.is_finished & chance(rng, 0.4, lines.count))
    count = len(work_order)
    finish = lines.finish[work_order]
    day = finish.astype("datetime64[D]")
    people = [EMPLOYEE[colleague(rng, lines.factory[work_order])] for _ in range(4)]
    deviations = rng.poisson(0.05, count)
    return dict(
        ebr_id=ids("EBR", count),
        batch_number=numbered_by_day("BATCH", lines.start)[work_order],
        product_id=PRODUCT[lines.product[work_order]],
        work_order_id=ids("WO", work_order + 1),
        batch_size=output.produced[work_order],
        formula_id=texts("FORM-{:03d}", lines.product[work_order] + 1),
        formula_version="v1.0",
        manufacturing_date=day,
        expiration_date=day + 730,
        retest_date=day + 365,
        factory_id=FACTORY[lines.factory[work_order]],
        manufacturing_area=texts("AREA-{:03d}", lines.line[work_order] + 1),
        record_status="approved",
        prepared_by=people[0],
        prepared_at=finish,
        reviewed_by=people[1],
        reviewed_at=finish + hours(2),
        approved_by=people[2],
        approved_at=finish + hours(4),
        release_status="released",
        released_by=people[3],
        released_at=finish + hours(6),
        has_deviations=deviations > 0,
        deviation_count=deviations,
        temperature_min_c=amounts(rng, 18, 22, count),
        temperature_max_c=amounts(rng, 24, 28, count),
        humidity_min_percentage=amounts(rng, 40, 50, count),
        humidity_max_percentage=amounts(rng, 55, 65, count),
        regulatory_requirement="IATF 16949",
    )


def downtime_events(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("downtime events")
    count = plan.count(200)
    line = whole(rng, 0, len(LINE) - 1, count)
    start = np.sort(at(rng, pick(rng, plan.days[:-1], count), 0, 23))
    duration = whole(rng, 10, 120, count)
    return dict(
        downtime_id=ids("DT", count),
        line_id=LINE[line],
        factory_id=FACTORY[LINE_FACTORY[line]],
        downtime_start=start,
        downtime_end=start + hours(duration / 60),
        duration_minutes=duration,
        downtime_category=pick(rng, DOWNTIME_CAUSES, count),
        status=np.where(start < plan.now - hours(72), "resolved", "investigating").astype(object),
    )
