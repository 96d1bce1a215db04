"""genims_wms_db: what is in the warehouses, and what moves in and out."""

from __future__ import annotations

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import (
    Columns,
    amounts,
    at,
    cycle,
    hours,
    ids,
    numbered_by_day,
    only,
    pick,
    repeat,
    strings,
    texts,
    whole,
)
from dev.sample_data.company import CARRIER, FACTORIES, FACTORY, FINISHED_GOODS, MATERIAL, WAREHOUSE
from dev.sample_data.erp import MATERIAL_UNIT
from dev.sample_data.tms import carrier_of, weight_kg

BINS_PER_WAREHOUSE = 60
WORKERS_PER_WAREHOUSE = 20
CODE = strings([f"WH{number:02d}" for number in range(1, len(WAREHOUSE) + 1)])


def tables(world: World) -> dict[str, Columns]:
    return {
        "warehouses": warehouses(world),
        "storage_bins": storage_bins(world),
        "warehouse_workers": warehouse_workers(world),
        "slotting_rules": slotting_rules(world),
        "warehouse_inventory": warehouse_inventory(world),
        "receiving_tasks": receiving_tasks(world),
        "putaway_tasks": putaway_tasks(world),
        "picking_tasks": picking_tasks(world),
        "packing_tasks": packing_tasks(world),
        "shipping_tasks": shipping_tasks(world),
    }


def warehouses(world: World) -> Columns:
    rng = world.plan.rng("warehouses")
    city, country, region, _ = map(strings, zip(*FACTORIES, strict=True))
    count = len(WAREHOUSE)
    return dict(
        warehouse_id=WAREHOUSE,
        warehouse_code=CODE,
        warehouse_name=city + " Distribution Center",
        plant_id=FACTORY,
        city=city,
        state=region,
        country=country,
        warehouse_type="distribution_center",
        total_area_sqm=whole(rng, 8000, 13_000, count),
        storage_capacity_pallets=whole(rng, 2000, 3600, count),
        dock_doors=whole(rng, 12, 24, count),
        operates_24x7=True,
    )


def storage_bins(world: World) -> Columns:
    rng = world.plan.rng("bins")
    warehouse, number = repeat(np.full(len(WAREHOUSE), BINS_PER_WAREHOUSE))
    count = len(warehouse)
    code = texts("{}-STO-A{:02d}-L{}-P{:02d}", CODE[warehouse], number // 12 + 1, number % 3 + 1, number)
    return dict(
        bin_id=ids("BIN", count),
        warehouse_id=WAREHOUSE[warehouse],
        zone_id=ids("ZONE", warehouse + 1),
        bin_code=code,
        level=number % 3 + 1,
        position=number % 4 + 1,
        full_location=code,
        bin_type="pallet",
        weight_capacity_kg=1000,
        velocity_class=cycle("ABC", count),
        current_occupancy_pct=amounts(rng, 20, 95, count),
    )


def warehouse_workers(world: World) -> Columns:
    rng = world.plan.rng("warehouse workers")
    warehouse, number = repeat(np.full(len(WAREHOUSE), WORKERS_PER_WAREHOUSE))
    count = len(warehouse)
    return dict(
        worker_id=ids("WKR", count),
        worker_code=texts("WKR{:04d}", np.arange(count) + 1),
        first_name=texts("Worker{}", number),
        last_name=texts("WH{}", CODE[warehouse]),
        warehouse_id=WAREHOUSE[warehouse],
        worker_role=cycle(["receiver", "picker", "packer", "shipper", "forklift_operator"], count),
        forklift_certified=number % 5 == 0,
        pick_rate_units_per_hour=whole(rng, 80, 150, count),
        accuracy_percentage=amounts(rng, 96, 99.5, count),
        current_shift=cycle(["day", "evening", "night"], count),
    )


def slotting_rules(world: World) -> Columns:
    return dict(
        rule_id=ids("SLOT", 12),
        rule_name=texts("Slotting Rule {}", np.arange(12) + 1),
        warehouse_id=np.repeat(WAREHOUSE, 3),
        velocity_class=cycle("ABC", 12),
    )


def warehouse_inventory(world: World) -> Columns:
    """What ERP has on its books, counted: nearly always the same."""
    rng = world.plan.rng("warehouse inventory")
    warehouse = np.repeat(np.arange(len(WAREHOUSE)), len(MATERIAL))
    material = np.tile(np.arange(len(MATERIAL)), len(WAREHOUSE))
    count = len(material)
    book = world.stock.ravel()
    on_hand = np.maximum(np.round(book * np.where(rng.random(count) < 0.1, rng.uniform(0.97, 1.03, count), 1)), 0)
    reserved = np.round(on_hand * rng.uniform(0, 0.3, count))
    return dict(
        inventory_id=ids("INV", count),
        warehouse_id=WAREHOUSE[warehouse],
        bin_id=ids("BIN", warehouse * BINS_PER_WAREHOUSE + material % BINS_PER_WAREHOUSE + 1),
        material_id=MATERIAL[material],
        quantity_on_hand=on_hand,
        unit_of_measure=MATERIAL_UNIT[material],
        lot_number=ids("LOT", count),
        manufacture_date=world.plan.today - whole(rng, 30, 300, count),
        expiry_date=world.plan.today + whole(rng, 30, 720, count),
        last_movement_date=world.plan.today - whole(rng, 0, 120, count),
        last_cycle_count_date=world.plan.today - whole(rng, 1, 90, count),
        reserved_quantity=reserved,
        available_quantity=on_hand - reserved,
        updated_at=world.plan.now,
    )


def receiving_tasks(world: World) -> Columns:
    """One task per purchase order line that has arrived or is expected within days."""
    rng = world.plan.rng("receiving")
    purchases, lines = world.purchases, world.purchase_lines
    is_expected = ~lines.is_received & (lines.due < world.plan.today + 3)
    line = np.flatnonzero(lines.is_received | is_expected)
    count = len(line)
    done = lines.is_received[line]
    order = lines.order[line]
    return dict(
        receiving_task_id=ids("RCV", line + 1),
        task_number=numbered_by_day("RCV", lines.due[line]),
        purchase_order_id=ids("PO", order + 1),
        po_line_id=ids("POL", line + 1),
        goods_receipt_id=only(done, ids("GOODSRC", line + 1)),
        warehouse_id=WAREHOUSE[purchases.factory[order]],
        receiving_dock=pick(rng, ["DOCK-1", "DOCK-2", "DOCK-3", "DOCK-4"], count),
        material_id=MATERIAL[lines.material[line]],
        expected_quantity=lines.quantity[line],
        received_quantity=only(done, lines.received_quantity[line]),
        unit_of_measure=MATERIAL_UNIT[lines.material[line]],
        task_status=np.where(done, "completed", "pending").astype(object),
        scheduled_date=at(rng, lines.due[line], 7, 17),
        completed_at=only(done, lines.received[line]),
        assigned_to=ids("WKR", purchases.factory[order] * WORKERS_PER_WAREHOUSE + 1),
        created_at=purchases.ordered[order],
    )


def putaway_tasks(world: World) -> Columns:
    rng = world.plan.rng("putaway")
    purchases, lines = world.purchases, world.purchase_lines
    line = np.flatnonzero(lines.is_received)
    count = len(line)
    received = lines.received[line]
    stored = received + hours(rng.uniform(0.5, 8, count))
    done = stored < world.plan.now
    warehouse = purchases.factory[lines.order[line]]
    return dict(
        putaway_task_id=ids("PUT", line + 1),
        task_number=numbered_by_day("PUT", received),
        receiving_task_id=ids("RCV", line + 1),
        material_id=MATERIAL[lines.material[line]],
        quantity=lines.received_quantity[line],
        unit_of_measure=MATERIAL_UNIT[lines.material[line]],
        warehouse_id=WAREHOUSE[warehouse],
        to_bin_id=ids("BIN", warehouse * BINS_PER_WAREHOUSE + lines.material[line] % BINS_PER_WAREHOUSE + 1),
        task_status=np.where(done, "completed", "pending").astype(object),
        assigned_to=ids("WKR", warehouse * WORKERS_PER_WAREHOUSE + 5),
        created_at=received,
        completed_at=only(done, stored),
    )


def picking_tasks(world: World) -> Columns:
    """One task per line of an order that the warehouse knows of, done on the morning of the shipment."""
    rng = world.plan.rng("picking")
    sales, lines = world.sales, world.sales_lines
    line = np.flatnonzero(is_in_warehouse(world)[lines.order])
    order, warehouse = lines.order[line], lines.factory[line]
    done = sales.has_shipped[order]
    picked = at(rng, sales.shipped[order], 5, 8)
    quantity = lines.quantity[line]
    return dict(
        picking_task_id=ids("PICK", line + 1),
        task_number=numbered_by_day("PICK", sales.shipped[order], width=5),
        wave_id=texts("WAVE-{}", order + 1),
        wave_line_id=ids("WL", line + 1),
        sales_order_id=ids("SO", order + 1),
        material_id=MATERIAL[FINISHED_GOODS][lines.product[line]],
        quantity_to_pick=quantity,
        quantity_picked=np.where(done, quantity, 0),
        unit_of_measure="EA",
        warehouse_id=WAREHOUSE[warehouse],
        task_status=np.where(done, "completed", "pending").astype(object),
        assigned_to=only(done, ids("WKR", warehouse * WORKERS_PER_WAREHOUSE + 2)),
        started_at=only(done, picked - hours(0.5)),
        completed_at=only(done, picked),
        created_at=np.minimum(sales.shipped[order] - 1, world.plan.today),
    )


def is_in_warehouse(world: World) -> np.ndarray:
    """Whether a sales order has shipped or will within days, so that the warehouse knows of it."""
    sales = world.sales
    return ~sales.cancelled & (sales.shipped < world.plan.today + 4)


def packing_tasks(world: World) -> Columns:
    rng = world.plan.rng("packing")
    sales = world.sales
    order = np.flatnonzero(is_in_warehouse(world))
    done = sales.has_shipped[order]
    packed = at(rng, sales.shipped[order], 8, 10)
    return dict(
        packing_task_id=ids("PACK", order + 1),
        task_number=numbered_by_day("PACK", sales.shipped[order], width=5),
        sales_order_id=ids("SO", order + 1),
        warehouse_id=WAREHOUSE[sales.factory[order]],
        package_type=cycle(["box", "pallet", "crate"], len(order)),
        package_weight_kg=np.minimum(np.round(weight_kg(world)[order], 2), 99_999_999),
        shipment_id=only(done, ids("SHPM", order + 1)),
        task_status=np.where(done, "completed", "pending").astype(object),
        assigned_to=only(done, ids("WKR", sales.factory[order] * WORKERS_PER_WAREHOUSE + 3)),
        completed_at=only(done, packed),
        created_at=np.minimum(sales.shipped[order] - 1, world.plan.today),
    )


def shipping_tasks(world: World) -> Columns:
    rng = world.plan.rng("shipping")
    sales = world.sales
    order = np.flatnonzero(is_in_warehouse(world))
    done = sales.has_shipped[order]
    return dict(
        shipping_task_id=ids("SHIP", order + 1),
        task_number=numbered_by_day("SHIP", sales.shipped[order], width=5),
        sales_order_id=ids("SO", order + 1),
        shipment_id=only(done, ids("SHPM", order + 1)),
        warehouse_id=WAREHOUSE[sales.factory[order]],
        carrier_id=CARRIER[carrier_of(order)],
        number_of_packages=order % 5 + 1,
        scheduled_ship_date=sales.shipped[order],
        actual_ship_date=only(done, sales.shipped[order]),
        task_status=np.where(done, "completed", "pending").astype(object),
        completed_at=only(done, at(rng, sales.shipped[order], 10, 16)),
        created_at=np.minimum(sales.shipped[order] - 1, world.plan.today),
    )
