"""genims_erp_wms_sync_db: how the stock of ERP and WMS is kept the same, for the last weeks.

As in the real system materials are called ``MATERIAL-000001`` in most of these tables, and locations are factories.
"""

from __future__ import annotations

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import (
    Columns,
    at,
    chance,
    cycle,
    hours,
    ids,
    only,
    pick,
    repeat,
    texts,
    whole,
)
from dev.sample_data.company import FACTORY, MATERIAL
from dev.sample_data.erp import MATERIAL_UNIT

DAYS = 60
LINES_PER_COUNT = 10


def tables(world: World) -> dict[str, Columns]:
    return {
        "inventory_sync_mappings": inventory_sync_mappings(world),
        "inventory_reconciliation_headers": inventory_reconciliation_headers(world),
        "inventory_reconciliation_lines": inventory_reconciliation_lines(world),
        "inventory_adjustments_sync": inventory_adjustments_sync(world),
        "cycle_count_integration": cycle_count_integration(world),
        "inventory_transaction_log": inventory_transaction_log(world),
        "inventory_sync_queue": inventory_sync_queue(world),
        "inventory_sync_errors": inventory_sync_errors(world),
    }


def material_name(material: np.ndarray) -> np.ndarray:
    return ids("MATERIAL", material + 1)


def inventory_sync_mappings(world: World) -> Columns:
    count = len(FACTORY)
    return dict(
        mapping_id=ids("MAP", count),
        erp_location_id=FACTORY,
        erp_location_type="factory",
        wms_warehouse_id=ids("WMS", count, width=3),
        last_sync_timestamp=world.plan.now,
        last_sync_status="success",
        created_at=world.plan.start,
        updated_at=world.plan.now,
    )


def counts(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Day and factory of each reconciliation: one a day, factories in turn."""
    day = world.plan.days[-DAYS:]
    return day, np.arange(len(day)) % len(FACTORY)


def inventory_reconciliation_headers(world: World) -> Columns:
    day, factory = counts(world)
    lines = inventory_reconciliation_lines(world)
    differs = (lines["variance_quantity"] != 0).reshape(len(day), LINES_PER_COUNT).sum(axis=1)
    return dict(
        reconciliation_id=ids("RECON", len(day)),
        reconciliation_number=ids("RECONN", len(day)),
        reconciliation_date=day,
        location_id=FACTORY[factory],
        reconciliation_status=np.where(day < world.plan.today - 3, "approved", "completed").astype(object),
        total_items_compared=LINES_PER_COUNT,
        items_matched=LINES_PER_COUNT - differs,
        items_with_variance=differs,
        total_variance_value=lines["variance_value"].reshape(len(day), LINES_PER_COUNT).sum(axis=1).round(2),
        started_at=day.astype("datetime64[s]") + hours(6),
        completed_at=day.astype("datetime64[s]") + hours(7),
    )


def inventory_reconciliation_lines(world: World) -> Columns:
    """Nine in ten lines agree."""
    rng = world.plan.rng("reconciliation")
    day, factory = counts(world)
    count, number = repeat(np.full(len(day), LINES_PER_COUNT))
    lines = len(count)
    material = whole(rng, 0, len(MATERIAL) - 1, lines)
    cost = world.company.standard_cost[material]
    book = world.stock[factory[count], material]
    variance = np.where(chance(rng, 0.1, lines), whole(rng, -20, 20, lines), 0)
    return dict(
        line_id=ids("RECONLN", lines),
        reconciliation_id=ids("RECON", count + 1),
        line_number=number,
        material_id=material_name(material),
        location_id=FACTORY[factory[count]],
        erp_quantity=book,
        erp_value=np.round(book * cost, 2),
        wms_quantity=book + variance,
        wms_value=np.round((book + variance) * cost, 2),
        variance_quantity=variance,
        variance_value=np.round(variance * cost, 2),
        variance_reason=only(variance != 0, pick(rng, ["Count discrepancy", "Damage"], lines)),
        created_at=day[count],
    )


def inventory_adjustments_sync(world: World) -> Columns:
    rng = world.plan.rng("adjustments")
    count = 300
    day = np.sort(pick(rng, world.plan.days[-DAYS:], count))
    material = whole(rng, 0, len(MATERIAL) - 1, count)
    quantity = whole(rng, -30, 25, count)
    failed = chance(rng, 0.05, count)
    return dict(
        sync_id=ids("ADJ", count),
        source_system=cycle(["WMS", "ERP"], count),
        adjustment_type=pick(rng, ["cycle_count", "physical_count", "damage", "obsolescence"], count),
        adjustment_document_id=ids("ADJDOC", count),
        adjustment_date=day,
        material_id=material_name(material),
        location_id=pick(rng, FACTORY, count),
        adjustment_quantity=quantity,
        adjustment_value=np.round(quantity * world.company.standard_cost[material], 2),
        sync_status=np.where(failed, "error", "completed").astype(object),
        synced_at=only(~failed, at(rng, day)),
    )


def cycle_count_integration(world: World) -> Columns:
    rng = world.plan.rng("cycle counts")
    day, _ = counts(world)
    done = day < world.plan.today
    return dict(
        integration_id=ids("CYCLE", len(day)),
        wms_cycle_count_id=ids("CC", len(day)),
        erp_reconciliation_id=ids("RECON", len(day)),
        integration_status=np.where(done, "completed", "pending").astype(object),
        items_counted=whole(rng, 50, 500, len(day)),
        items_with_variance=whole(rng, 0, 12, len(day)),
        processed_at=only(done, day.astype("datetime64[s]") + hours(8)),
        created_at=day,
    )


def inventory_transaction_log(world: World) -> Columns:
    """Materials have their own ids here."""
    rng = world.plan.rng("transaction log")
    count = 600
    logged = np.sort(at(rng, pick(rng, world.plan.days[-DAYS:-1], count)))
    material = whole(rng, 0, len(MATERIAL) - 1, count)
    return dict(
        log_id=ids("LOG", np.arange(5000, 5000 + count)),
        log_timestamp=logged,
        transaction_type=pick(rng, ["receipt", "issue", "transfer", "adjustment", "consumption"], count),
        transaction_id=ids("TXN", np.arange(5000, 5000 + count)),
        source_system=pick(rng, ["ERP", "WMS", "MES"], count),
        material_id=MATERIAL[material],
        location_id=pick(rng, FACTORY, count),
        quantity_change=whole(rng, -400, 400, count),
        unit_of_measure=MATERIAL_UNIT[material],
        synced=chance(rng, 0.97, count),
    )


def inventory_sync_queue(world: World) -> Columns:
    rng = world.plan.rng("sync queue")
    count = 400
    queued = np.sort(world.plan.now - hours(rng.uniform(0, 24 * 14, count)))
    waiting = queued > world.plan.now - hours(2)
    failed = ~waiting & chance(rng, 0.04, count)
    return dict(
        queue_id=ids("QUEUE", np.arange(4000, 4000 + count)),
        sync_direction=cycle(["ERP_TO_WMS", "WMS_TO_ERP"], count),
        transaction_type=pick(rng, ["movement", "adjustment", "reservation", "allocation"], count),
        transaction_id=ids("TXN", np.arange(9000, 9000 + count)),
        transaction_date=queued,
        material_id=material_name(whole(rng, 0, len(MATERIAL) - 1, count)),
        quantity=whole(rng, 1, 500, count),
        sync_status=np.select([waiting, failed], ["pending", "error"], "completed").astype(object),
        processed_at=only(~waiting, queued + hours(0.1)),
        retry_count=failed.astype(int),
        error_message=only(failed, "Connection timeout"),
        created_at=queued,
    )


def inventory_sync_errors(world: World) -> Columns:
    rng = world.plan.rng("sync errors")
    count = 60
    raised = np.sort(at(rng, pick(rng, world.plan.days[-DAYS:-1], count)))
    resolved = raised < world.plan.now - hours(72)
    return dict(
        error_id=ids("ERR", np.arange(1500, 1500 + count)),
        error_timestamp=raised,
        error_type=pick(rng, ["validation_error", "mapping_error", "connection_timeout", "data_mismatch"], count),
        error_message="Sync error occurred",
        error_details=texts('{{"affected_record": "REC-{}"}}', whole(rng, 1000, 9999, count)),
        error_status=np.where(resolved, "resolved", "pending").astype(object),
        resolved_at=only(resolved, raised + hours(24)),
        material_id=material_name(whole(rng, 0, len(MATERIAL) - 1, count)),
        location_id=pick(rng, FACTORY, count),
    )
