"""genims_tms_db: how the goods reached the customers, and what came back."""

from __future__ import annotations

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import (
    Columns,
    amounts,
    at,
    chance,
    cycle,
    day_texts,
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
from dev.sample_data.company import CARRIER, CUSTOMER, CUSTOMERS, FACTORIES, FINISHED_GOODS, MATERIAL, WAREHOUSE

CARRIER_NAMES = ["Meridian Freight", "Blue Anchor Lines", "Swift Parcel", "Northern Haulage", "Pacific Cargo",
                 "Coastal Express", "Alpine Logistics", "Delta Couriers", "Orient Road", "Summit Carriers"]  # fmt: skip
EVENTS = ["picked_up", "departed_facility", "in_transit", "out_for_delivery", "delivered"]


def tables(world: World) -> dict[str, Columns]:
    returned = returned_orders(world)
    return {
        "carriers": carriers(world),
        "carrier_rates": carrier_rates(world),
        "shipments": shipments(world),
        "shipment_lines": shipment_lines(world),
        "tracking_events": tracking_events(world),
        "proof_of_delivery": proof_of_delivery(world),
        "return_orders": return_orders(world, returned),
        "return_order_lines": return_order_lines(world, returned),
        "return_shipments": return_shipments(world, returned),
        "freight_invoices": freight_invoices(world),
        "freight_invoice_lines": freight_invoice_lines(world),
        "wms_tms_sync_log": wms_tms_sync_log(world),
    }


def carrier_of(order: np.ndarray) -> np.ndarray:
    return (order * 7 + order // 11) % len(CARRIER)


def tracking_number(world: World, order: np.ndarray) -> np.ndarray:
    return texts("TRK{}{:07d}", day_texts(world.sales.shipped[order]), order + 1)


def carriers(world: World) -> Columns:
    rng = world.plan.rng("carriers")
    count = len(CARRIER)
    shipped = np.flatnonzero(world.sales.has_shipped)
    return dict(
        carrier_id=CARRIER,
        carrier_code=texts("CAR{:03d}", np.arange(count) + 1),
        carrier_name=strings(CARRIER_NAMES),
        email=texts("ops@carrier{:02d}.example", np.arange(count) + 1),
        city=cycle(["Mumbai", "Delhi", "Hamburg", "Chicago"], count),
        country=cycle(["India", "India", "Germany", "USA"], count),
        carrier_type=cycle(["parcel", "ltl", "courier"], count),
        on_time_delivery_pct=amounts(rng, 88, 97, count),
        total_shipments=np.bincount(carrier_of(shipped), minlength=count),
        carrier_rating=amounts(rng, 3.5, 5, count),
    )


def carrier_rates(world: World) -> Columns:
    rng = world.plan.rng("carrier rates")
    carrier, zone = repeat(np.full(len(CARRIER), 3))
    count = len(carrier)
    return dict(
        rate_id=ids("RATE", count),
        carrier_id=CARRIER[carrier],
        service_id=ids("SVC", carrier + 1),
        zone=texts("{}", zone),
        min_weight_kg=0,
        max_weight_kg=whole(rng, 200, 500, count),
        base_rate=amounts(rng, 20, 60, count),
        per_kg_rate=amounts(rng, 0.2, 0.9, count, decimals=4),
        fuel_surcharge_pct=amounts(rng, 5, 12, count),
        currency="USD",
        effective_date=world.plan.start,
        expiry_date=world.plan.today + 365,
    )


def weight_kg(world: World) -> np.ndarray:
    """Of each sales order."""
    lines = world.sales_lines
    return sum_by(lines.order, lines.quantity * world.company.unit_weight_kg[lines.product], world.sales.count)


def shipments(world: World) -> Columns:
    """One shipment per order; those of the coming days are planned already."""
    rng = world.plan.rng("shipments")
    sales = world.sales
    is_planned = ~sales.cancelled & ~sales.has_shipped & (sales.shipped < world.plan.today + 4)
    order = np.flatnonzero(sales.has_shipped | is_planned)
    count = len(order)
    delivered, has_shipped = sales.is_delivered[order], sales.has_shipped[order]
    late = np.maximum((sales.delivered - sales.requested).astype(int)[order], 0)
    weight = weight_kg(world)[order]
    freight = np.round(200 / world.plan.share + weight * rng.uniform(3, 6, count), 2)
    customer = sales.customer[order]
    return dict(
        shipment_id=ids("SHPM", order + 1),
        shipment_number=numbered_by_day("SHPM", sales.shipped[order], width=5),
        sales_order_id=ids("SO", order + 1),
        shipping_task_id=ids("SHIP", order + 1),
        warehouse_id=WAREHOUSE[sales.factory[order]],
        carrier_id=CARRIER[carrier_of(order)],
        service_id=ids("SVC", carrier_of(order) + 1),
        tracking_number=tracking_number(world, order),
        customer_id=CUSTOMER[customer],
        origin_city=strings([city for city, *_ in FACTORIES])[sales.factory[order]],
        destination_country=strings([country for _, _, country, *_ in CUSTOMERS])[customer],
        shipment_type="ltl",
        number_of_packages=packages(order),
        total_weight_kg=np.minimum(np.round(weight, 2), 99_999_999),
        ship_date=sales.shipped[order],
        estimated_delivery_date=sales.delivered[order] - late,
        actual_delivery_date=only(delivered, sales.delivered[order]),
        transit_days=(sales.delivered - sales.shipped).astype(int)[order],
        shipment_status=np.select([delivered, has_shipped], ["delivered", "in_transit"], "planned").astype(object),
        freight_cost=freight,
        fuel_surcharge=np.round(freight * 0.08, 2),
        total_cost=np.round(freight * 1.08, 2),
        invoiced=delivered,
        created_at=np.minimum(sales.shipped[order], world.plan.today),
    )


def packages(order: np.ndarray) -> np.ndarray:
    return order % 5 + 1


def shipment_lines(world: World) -> Columns:
    sales, lines = world.sales, world.sales_lines
    line = np.flatnonzero(sales.has_shipped[lines.order])
    order = lines.order[line]
    return dict(
        shipment_line_id=ids("SHPL", line + 1),
        shipment_id=ids("SHPM", order + 1),
        line_number=lines.number[line],
        sales_order_id=ids("SO", order + 1),
        sales_order_line_id=ids("SOL", line + 1),
        material_id=MATERIAL[FINISHED_GOODS][lines.product[line]],
        quantity=lines.quantity[line],
        unit_of_measure="EA",
        created_at=sales.shipped[order],
    )


def tracking_events(world: World) -> Columns:
    """Five events per shipment, evenly from pick-up to delivery, as far as they have happened."""
    rng = world.plan.rng("tracking")
    sales = world.sales
    shipped = np.flatnonzero(sales.has_shipped)
    parent, number = repeat(np.full(len(shipped), len(EVENTS)))
    order = shipped[parent]
    way = (sales.delivered - sales.shipped).astype(int)[order] * 24 * (number - 1) / (len(EVENTS) - 1)
    instant = sales.shipped.astype("datetime64[s]")[order] + hours(9 + way + rng.uniform(0, 3, len(order)))
    happened = np.where(number == len(EVENTS), sales.is_delivered[order], instant < world.plan.now)
    order, number, instant = order[happened], number[happened], instant[happened]
    return dict(
        event_id=ids("TRK", len(order)),
        shipment_id=ids("SHPM", order + 1),
        tracking_number=tracking_number(world, order),
        event_type=strings(EVENTS)[number - 1],
        event_description=strings([event.replace("_", " ").title() for event in EVENTS])[number - 1],
        location_city=pick(rng, ["Hamburg", "Mumbai", "Chicago", "Osaka"], len(order)),
        event_timestamp=instant,
        data_source="carrier_api",
    )


def proof_of_delivery(world: World) -> Columns:
    rng = world.plan.rng("proof of delivery")
    sales = world.sales
    order = np.flatnonzero(sales.is_delivered)
    count = len(order)
    return dict(
        pod_id=ids("POD", order + 1),
        delivery_id=ids("DEL", order + 1),
        shipment_id=ids("SHPM", order + 1),
        received_by_name=texts("Customer_{}", CUSTOMER[sales.customer[order]]),
        packages_delivered=packages(order),
        packages_condition=pick(rng, ["good", "damaged"], count, weights=[98, 2]),
        delivery_timestamp=at(rng, sales.delivered[order], 8, 18),
    )


def returned_orders(world: World) -> np.ndarray:
    """Positions of the orders of which something came back: 2 % of those delivered."""
    rng = world.plan.rng("returned orders")
    delivered = np.flatnonzero(world.sales.is_delivered & (world.sales.delivered < world.plan.today - 10))
    return np.sort(rng.choice(delivered, max(len(delivered) // 50, 8), replace=False))


def return_orders(world: World, order: np.ndarray) -> Columns:
    rng = world.plan.rng("return orders")
    sales = world.sales
    count = len(order)
    created = at(rng, sales.delivered[order] + whole(rng, 2, 9, count))
    processed = created < world.plan.now - hours(24 * 20)
    return dict(
        return_order_id=ids("RET", count),
        return_number=numbered_by_day("RET", created),
        original_shipment_id=ids("SHPM", order + 1),
        sales_order_id=ids("SO", order + 1),
        customer_id=CUSTOMER[sales.customer[order]],
        return_reason=pick(rng, ["defective", "damaged", "wrong_item", "customer_request"], count),
        return_status=np.where(processed, "processed", "received").astype(object),
        return_to_warehouse_id=WAREHOUSE[sales.factory[order]],
        refund_amount=np.round(sales.net[order] * rng.uniform(0.02, 0.25, count), 2),
        refund_processed=processed,
        created_at=created,
        updated_at=created,
    )


def return_order_lines(world: World, order: np.ndarray) -> Columns:
    """The first line of each order is what came back, a tenth of it."""
    lines = world.sales_lines
    line = np.searchsorted(lines.order, order)
    quantity = np.maximum(lines.quantity[line] // 10, 1)
    count = len(order)
    return dict(
        return_line_id=ids("RETL", count),
        return_order_id=ids("RET", count),
        line_number=1,
        sales_order_line_id=ids("SOL", line + 1),
        material_id=MATERIAL[FINISHED_GOODS][lines.product[line]],
        quantity_to_return=quantity,
        quantity_received=quantity,
        unit_of_measure="EA",
        condition_on_receipt=cycle(["damaged", "used", "unopened"], count),
        created_at=world.sales.delivered[order] + 3,
    )


def return_shipments(world: World, order: np.ndarray) -> Columns:
    count = len(order)
    return dict(
        return_shipment_id=ids("RSHP", count),
        return_order_id=ids("RET", count),
        carrier_id=CARRIER[carrier_of(order)],
        tracking_number=texts("RTRK{:08d}", order + 1),
        pickup_scheduled=True,
        shipped_date=world.sales.delivered[order] + 4,
        received_date=world.sales.delivered[order] + 8,
        shipment_status="delivered",
    )


def invoice_months(world: World) -> np.ndarray:
    """Each carrier's months, as the first day of the following month: carriers invoice monthly."""
    return np.tile((world.plan.months[:-1] + 1).astype("datetime64[D]"), len(CARRIER))


def freight_invoices(world: World) -> Columns:
    rng = world.plan.rng("freight invoices")
    invoiced = invoice_months(world)
    count = len(invoiced)
    due = invoiced + 30
    paid = due < world.plan.today
    charges = freight_charges(world)
    freight = sum_by(*charges, count).round(2)
    surcharge = np.round(freight * 0.08, 2)
    return dict(
        invoice_id=ids("FRT", count),
        invoice_number=ids("FRTN", count),
        carrier_id=np.repeat(CARRIER, count // len(CARRIER)),
        invoice_date=invoiced,
        due_date=due,
        freight_charges=freight,
        fuel_surcharge=surcharge,
        total_amount=np.round(freight + surcharge, 2),
        currency="USD",
        invoice_status=np.where(paid, "paid", pick(rng, ["received", "approved"], count)),
        paid=paid,
        payment_date=only(paid, due),
        reconciled=paid,
    )


def freight_charges(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Three charges per freight invoice: the invoice's position and the USD of each."""
    count = len(invoice_months(world))
    rng = world.plan.rng("freight charges")
    return np.repeat(np.arange(count), 3), amounts(rng, 300, 2500, count * 3)


def freight_invoice_lines(world: World) -> Columns:
    rng = world.plan.rng("freight invoice lines")
    invoice, charge = freight_charges(world)
    count = len(charge)
    disputed = chance(rng, 0.05, count)
    return dict(
        invoice_line_id=ids("FRTL", count),
        invoice_id=ids("FRT", invoice + 1),
        line_number=np.arange(count) % 3 + 1,
        charge_type=cycle(["transportation", "handling", "surcharge"], count),
        charge_amount=charge,
        expected_amount=np.round(charge * np.where(disputed, 0.9, 1), 2),
        variance_amount=np.round(charge * np.where(disputed, 0.1, 0), 2),
        approved=~disputed,
        disputed=disputed,
        created_at=invoice_months(world)[invoice],
    )


def wms_tms_sync_log(world: World) -> Columns:
    rng = world.plan.rng("wms tms log")
    failed = chance(rng, 0.1, 120)
    return dict(
        sync_id=ids("SYNC", 120),
        sync_timestamp=np.sort(world.plan.now - hours(rng.uniform(1, 24 * 60, 120))),
        sync_direction=cycle(["WMS_TO_TMS", "TMS_TO_WMS"], 120),
        document_type=cycle(["shipment", "delivery_confirmation", "tracking_update"], 120),
        document_id=pick(rng, ids("SHPM", world.sales.count), 120),
        sync_status=np.where(failed, "error", "completed").astype(object),
        error_message=only(failed, "Connection timeout"),
    )
