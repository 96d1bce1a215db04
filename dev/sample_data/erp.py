"""genims_erp_db: orders, materials, stock, purchasing and the general ledger."""

from __future__ import annotations

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import (
    Columns,
    amounts,
    chance,
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
from dev.sample_data.company import (
    BOUGHT,
    COMPONENTS_PER_PRODUCT,
    CUSTOMER,
    FACTORIES,
    FACTORY,
    FINISHED_GOODS,
    LAST_NAMES,
    LINE,
    LINE_FACTORY,
    MATERIAL,
    MATERIAL_TYPE,
    MATERIAL_TYPES,
    MATERIALS_PER_SUPPLIER,
    PRODUCT,
    PRODUCT_CODE,
    PRODUCT_NAME,
    SUPPLIER,
    supplied_material,
)
from dev.sample_data.ledger import postings

UNITS = {"raw_material": "KG", "component": "EA", "finished_good": "EA", "consumable": "L", "packaging": "BOX"}
MATERIAL_UNIT = strings([UNITS[kind] for kind in MATERIAL_TYPE])
COST_CENTER_AREAS = ["Production", "Maintenance", "Logistics", "Administration"]  # of each factory
COMPANY_CODE = strings([f"COMP-{number:03d}" for number in range(1, len(FACTORY) + 1)])


def tables(world: World) -> dict[str, Columns]:
    return {
        "materials": materials(world),
        "suppliers": suppliers(world),
        "cost_centers": cost_centers(world),
        "work_centers": work_centers(world),
        "bill_of_materials": bill_of_materials(world),
        "bom_components": bom_components(world),
        "routing": routing(world),
        "inspection_plans": inspection_plans(world),
        "sales_orders": sales_orders(world),
        "sales_order_lines": sales_order_lines(world),
        "production_orders": production_orders(world),
        "purchase_requisitions": purchase_requisitions(world),
        "purchase_requisition_lines": purchase_requisition_lines(world),
        "purchase_orders": purchase_orders(world),
        "purchase_order_lines": purchase_order_lines(world),
        "goods_receipts": goods_receipts(world),
        "inventory_balances": inventory_balances(world),
        "inventory_transactions": inventory_transactions(world),
        "mrp_elements": mrp_elements(world),
        "general_ledger": general_ledger(world),
        "erp_mes_sync_log": erp_mes_sync_log(world),
    }


def materials(world: World) -> Columns:
    rng = world.plan.rng("materials")
    company = world.company
    count = len(MATERIAL)
    cost = company.standard_cost
    is_product = MATERIAL_TYPE == "finished_good"
    group = {kind: group for kind, group, *_ in MATERIAL_TYPES}
    number = np.arange(count) + 1
    code = texts("{}-{:05d}", [group[kind] for kind in MATERIAL_TYPE], number)
    code[FINISHED_GOODS] = PRODUCT_CODE
    name = texts("{} {:03d}", [kind.replace("_", " ").capitalize() for kind in MATERIAL_TYPE], number)
    name[FINISHED_GOODS] = PRODUCT_NAME
    weight = amounts(rng, 0.05, 2, count, decimals=4)
    weight[FINISHED_GOODS] = company.unit_weight_kg
    safety_stock = whole(rng, 50, 300, count)
    return dict(
        material_id=MATERIAL,
        material_code=code,
        material_name=name,
        material_type=MATERIAL_TYPE,
        material_group=strings([group[kind] for kind in MATERIAL_TYPE]),
        commodity_code=texts("{:08d}", whole(rng, 10**6, 10**8 - 1, count)),
        base_unit_of_measure=MATERIAL_UNIT,
        weight_kg=weight,
        volume_m3=amounts(rng, 0.0005, 0.5, count, decimals=6),
        procurement_type=np.where(is_product, "make", "buy").astype(object),
        default_supplier_id=default_supplier(),
        lead_time_days=whole(rng, 5, 30, count),
        minimum_order_quantity=whole(rng, 1, 20, count) * 10,
        order_multiple=10,
        abc_classification=np.select([cost > 400, cost > 60], ["A", "B"], "C").astype(object),
        reorder_point=safety_stock * 2,
        safety_stock=safety_stock,
        maximum_stock=safety_stock * 20,
        valuation_class="STANDARD",
        standard_cost=cost,
        moving_average_cost=np.round(cost * rng.uniform(0.96, 1.04, count), 4),
        last_purchase_price=only(~is_product, np.round(cost * rng.uniform(0.94, 1.05, count), 4)),
        inspection_required=chance(rng, 0.3, count),
        shelf_life_days=only(MATERIAL_TYPE == "consumable", 365),
        mrp_type="planned",
        lot_sizing_procedure="fixed_lot",
        planning_time_fence_days=14,
        product_id=product_of_material(),
        created_by="SYSTEM",
    )


def default_supplier() -> np.ndarray:
    """The first supplier that offers each material; NULL for what the company makes itself."""
    supplier = np.full(len(MATERIAL), None, dtype=object)
    for number in reversed(range(len(SUPPLIER))):
        supplier[supplied_material(number, np.arange(MATERIALS_PER_SUPPLIER))] = SUPPLIER[number]
    return supplier


def product_of_material() -> np.ndarray:
    product = np.full(len(MATERIAL), None, dtype=object)
    product[FINISHED_GOODS] = PRODUCT
    return product


def suppliers(world: World) -> Columns:
    rng = world.plan.rng("suppliers")
    count = len(SUPPLIER)
    orders = np.bincount(world.purchases.supplier, minlength=count)
    spend = np.bincount(world.purchases.supplier, weights=world.purchases.total, minlength=count)
    trade = cycle(["Steel Works", "Bearings", "Fasteners", "Polymers", "Castings", "Packaging"], count)
    contact = pick(rng, LAST_NAMES, count)
    return dict(
        supplier_id=SUPPLIER,
        supplier_code=texts("SUPP-{:05d}", np.arange(count) + 1),
        supplier_name=texts("{} {} {:02d}", contact, trade, np.arange(count) + 1),
        contact_person=contact,
        email=texts("sales@supplier{:02d}.example", np.arange(count) + 1),
        phone=texts("+91 {}", whole(rng, 10**9, 10**10 - 1, count)),
        city=pick(rng, ["Pune", "Chennai", "Mumbai", "Delhi"], count),
        country="India",
        tax_id=texts("TAX{:09d}", whole(rng, 1, 10**9 - 1, count)),
        payment_terms=cycle(["NET30", "NET45", "NET60"], count),
        on_time_delivery_percentage=amounts(rng, 85, 97, count),
        quality_rating=amounts(rng, 3.5, 5, count),
        total_orders_count=orders,
        total_purchase_value=np.round(spend, 2),
        supplier_type=cycle(["Raw_Materials", "Components", "Consumables"], count),
        certification_status=pick(rng, ["ISO_9001", "ISO_14001", "Not_Certified"], count, weights=[6, 3, 1]),
        created_by="SYSTEM",
    )


def cost_centers(world: World) -> Columns:
    names = [f"{area} {city}" for city, *_ in FACTORIES for area in COST_CENTER_AREAS]
    count = len(names)
    code = ids("CC", np.arange(14001, 14001 + count), width=5)
    return dict(
        cost_center_id=code,
        cost_center_code=code,
        cost_center_name=strings(names),
        company_code=np.repeat(COMPANY_CODE, len(COST_CENTER_AREAS)),
        plant_id=np.repeat(FACTORY, len(COST_CENTER_AREAS)),
        valid_from=world.plan.start,
    )


def work_centers(world: World) -> Columns:
    code = ids("WC", np.arange(5001, 5001 + len(LINE)), width=4)
    rng = world.plan.rng("work centers")
    return dict(
        work_center_id=code,
        work_center_code=code,
        work_center_name=texts("Work Center {}", np.arange(len(LINE)) + 1),
        plant_id=FACTORY[LINE_FACTORY],
        line_id=LINE,
        hourly_rate=amounts(rng, 800, 2500, len(LINE)),
    )


def bill_of_materials(world: World) -> Columns:
    return dict(
        bom_id=bom_id(),
        bom_number=texts("BOM-{}", PRODUCT_CODE),
        parent_material_id=MATERIAL[FINISHED_GOODS],
        valid_from=world.plan.start,
        product_id=PRODUCT,
    )


def bom_id() -> np.ndarray:
    return ids("BOM", np.arange(2001, 2001 + len(PRODUCT)), width=4)


def bom_components(world: World) -> Columns:
    rng = world.plan.rng("bom components")
    product, number = repeat(np.full(len(PRODUCT), COMPONENTS_PER_PRODUCT))
    material = world.company.components.ravel()
    count = len(product)
    return dict(
        component_id=ids("BOMC", count),
        bom_id=bom_id()[product],
        item_number=number * 10,
        material_id=MATERIAL[material],
        component_quantity=amounts(rng, 1, 6, count),
        component_unit=MATERIAL_UNIT[material],
        component_scrap_percentage=amounts(rng, 0.5, 3, count),
        operation_number=number,
        backflush=True,
        procurement_indicator="buy",
        valid_from=world.plan.start,
    )


def routing(world: World) -> Columns:
    count = len(PRODUCT)
    return dict(
        routing_id=ids("ROUTE", np.arange(3001, 3001 + count), width=4),
        routing_number=ids("ROUT", np.arange(3001, 3001 + count), width=4),
        material_id=MATERIAL[FINISHED_GOODS],
        plant_id=cycle(FACTORY, count),
        valid_from=world.plan.start,
    )


def inspection_plans(world: World) -> Columns:
    count = len(MATERIAL)
    return dict(
        inspection_plan_id=ids("IPLAN", count),
        plan_number=ids("IP", count),
        material_id=MATERIAL,
        inspection_type=np.where(MATERIAL_TYPE == "finished_good", "final", "incoming").astype(object),
        next_inspection_date=world.plan.today + whole(world.plan.rng("inspection plans"), 1, 90, count),
    )


def sales_orders(world: World) -> Columns:
    sales = world.sales
    return dict(
        sales_order_id=ids("SO", sales.count),
        sales_order_number=numbered_by_day("SO", sales.ordered),
        customer_id=CUSTOMER[sales.customer],
        order_date=sales.ordered,
        order_type="standard",
        total_net_value=sales.net,
        tax_amount=sales.tax,
        total_value=np.round(sales.net + sales.tax, 2),
        payment_terms=texts("NET{}", world.company.payment_terms_days[sales.customer]),
        requested_delivery_date=sales.requested,
        confirmed_delivery_date=only(~sales.cancelled, sales.requested),
        order_status=sales.status,
    )


def sales_order_lines(world: World) -> Columns:
    sales, lines = world.sales, world.sales_lines
    delivered = np.where(sales.is_delivered[lines.order], lines.quantity, 0)
    return dict(
        sales_order_line_id=ids("SOL", lines.count),
        sales_order_id=ids("SO", lines.order + 1),
        line_number=lines.number,
        material_id=MATERIAL[FINISHED_GOODS][lines.product],
        material_description=PRODUCT_NAME[lines.product],
        product_id=PRODUCT[lines.product],
        order_quantity=lines.quantity,
        unit_of_measure="EA",
        delivered_quantity=delivered,
        invoiced_quantity=delivered,
        unit_price=lines.price,
        requested_delivery_date=sales.requested[lines.order],
        plant_id=FACTORY[lines.factory],
        make_to_order=True,
        production_order_id=ids("PROD", lines.count),
        line_status=sales.status[lines.order],
        created_at=sales.ordered[lines.order],
    )


def production_orders(world: World) -> Columns:
    lines = world.sales_lines
    is_finished = lines.is_finished
    status = np.select([is_finished, lines.status == "cancelled"], ["completed", "cancelled"], "created")
    scrap = np.round(lines.quantity * 0.02)
    return dict(
        production_order_id=ids("PROD", lines.count),
        production_order_number=ids("PON", lines.count),
        material_id=MATERIAL[FINISHED_GOODS][lines.product],
        plant_id=FACTORY[lines.factory],
        sales_order_id=ids("SO", lines.order + 1),
        sales_order_line=lines.number,
        order_type="make_to_order",
        order_quantity=lines.quantity,
        delivered_quantity=np.where(is_finished, lines.quantity, 0),
        scrap_quantity=np.where(is_finished, scrap, 0),
        basic_start_date=lines.start,
        basic_end_date=lines.planned_finish,
        scheduled_start_date=lines.start,
        scheduled_end_date=lines.planned_finish,
        actual_start_date=only(lines.is_started, lines.start),
        actual_finish_date=only(is_finished, lines.finish),
        system_status=status.astype(object),
        work_order_id=ids("WO", lines.count),
        created_at=world.sales.ordered[lines.order],
    )


def purchase_requisitions(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("purchase requisitions")
    requested = np.sort(pick(rng, plan.workdays[-60:], 24))
    return dict(
        requisition_id=ids("PR", 24),
        requisition_number=ids("PRN", 24),
        requisition_date=requested,
        required_date=requested + 30,
        priority=pick(rng, ["low", "medium", "high", "urgent"], 24),
        approval_status=pick(rng, ["approved", "pending"], 24),
    )


def purchase_requisition_lines(world: World) -> Columns:
    rng = world.plan.rng("purchase requisition lines")
    material = pick(rng, BOUGHT, 48)
    return dict(
        requisition_line_id=ids("PRL", 48),
        requisition_id=np.repeat(ids("PR", 24), 2),
        line_number=np.tile([1, 2], 24),
        material_id=MATERIAL[material],
        quantity=whole(rng, 50, 1000, 48),
        unit_of_measure=MATERIAL_UNIT[material],
        delivery_date=world.plan.today + whole(rng, 5, 60, 48),
        estimated_price=world.company.standard_cost[material],
    )


def purchase_orders(world: World) -> Columns:
    purchases = world.purchases
    is_new = purchases.ordered > world.plan.today - 3
    return dict(
        purchase_order_id=ids("PO", purchases.count),
        po_number=numbered_by_day("PO", purchases.ordered),
        supplier_id=SUPPLIER[purchases.supplier],
        po_date=purchases.ordered,
        po_type="standard",
        company_code=COMPANY_CODE[purchases.factory],
        total_value=purchases.total,
        po_status=np.where(is_new, "created", "released").astype(object),
    )


def purchase_order_lines(world: World) -> Columns:
    purchases, lines = world.purchases, world.purchase_lines
    is_new = (purchases.ordered > world.plan.today - 3)[lines.order]
    received = np.where(lines.is_received, lines.received_quantity, 0)
    return dict(
        po_line_id=ids("POL", lines.count),
        purchase_order_id=ids("PO", lines.order + 1),
        line_number=lines.number,
        material_id=MATERIAL[lines.material],
        order_quantity=lines.quantity,
        unit_of_measure=MATERIAL_UNIT[lines.material],
        received_quantity=received,
        invoiced_quantity=received,
        unit_price=lines.price,
        delivery_date=lines.due,
        plant_id=FACTORY[purchases.factory[lines.order]],
        line_status=np.where(is_new, "created", "released").astype(object),
        created_at=purchases.ordered[lines.order],
    )


def goods_receipts(world: World) -> Columns:
    purchases, lines = world.purchases, world.purchase_lines
    line = np.flatnonzero(lines.is_received)
    order = lines.order[line]
    return dict(
        goods_receipt_id=ids("GOODSRC", line + 1),
        gr_number=ids("GR", line + 1),
        gr_date=lines.received[line],
        posting_date=lines.received[line],
        purchase_order_id=ids("PO", order + 1),
        po_line_id=ids("POL", line + 1),
        supplier_id=SUPPLIER[purchases.supplier[order]],
        material_id=MATERIAL[lines.material[line]],
        plant_id=FACTORY[purchases.factory[order]],
        storage_location="WH01",
        quantity_received=lines.received_quantity[line],
        unit_of_measure=MATERIAL_UNIT[lines.material[line]],
        unit_price=lines.price[line],
        total_value=np.round(lines.received_quantity[line] * lines.price[line], 2),
    )


def inventory_balances(world: World) -> Columns:
    rng = world.plan.rng("inventory balances")
    material = np.tile(np.arange(len(MATERIAL)), len(FACTORY))
    stock = world.stock.ravel()
    count = len(stock)
    return dict(
        balance_id=ids("BAL", count),
        material_id=MATERIAL[material],
        plant_id=np.repeat(FACTORY, len(MATERIAL)),
        storage_location="WH01",
        unrestricted_stock=stock,
        stock_value=np.round(stock * world.company.standard_cost[material], 2),
        last_goods_receipt_date=world.plan.today - whole(rng, 1, 40, count),
        last_goods_issue_date=world.plan.today - whole(rng, 1, 40, count),
        updated_at=world.plan.now,
    )


def inventory_transactions(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("inventory transactions")
    count = plan.count(400)
    posted = np.sort(pick(rng, plan.days, count))
    kind = whole(rng, 0, 3, count)
    material = whole(rng, 0, len(MATERIAL) - 1, count)
    return dict(
        transaction_id=ids("INVT", count),
        transaction_type=strings(["goods_receipt", "goods_issue", "transfer", "adjustment"])[kind],
        movement_type=strings(["101", "261", "311", "551"])[kind],
        posting_date=posted,
        document_date=posted,
        material_id=MATERIAL[material],
        plant_id=pick(rng, FACTORY, count),
        storage_location="WH01",
        quantity=whole(rng, 10, 200, count),
        unit_of_measure=MATERIAL_UNIT[material],
    )


def mrp_elements(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("mrp elements")
    is_receipt = np.arange(60) % 2 == 0
    quantity = whole(rng, 100, 4000, 60)
    return dict(
        element_id=ids("MRPELEM", np.arange(11001, 11061), width=5),
        mrp_run_id=pick(rng, ids("MRP-RUN", np.arange(10001, 10011), width=5), 60),
        material_id=pick(rng, MATERIAL, 60),
        plant_id=pick(rng, FACTORY, 60),
        element_type=np.where(is_receipt, "purchase_order", "dependent_requirement").astype(object),
        element_date=plan.today + whole(rng, 1, 60, 60),
        requirement_quantity=np.where(is_receipt, 0, quantity),
        receipt_quantity=np.where(is_receipt, quantity, 0),
        created_at=plan.now,
    )


def general_ledger(world: World) -> Columns:
    """Invoices and payments, posted where they happened; each document balances."""
    rows = postings(world)
    count = len(rows.amount)
    day = rows.day
    return dict(
        gl_transaction_id=ids("GL", np.arange(15001, 15001 + count), width=5),
        document_number=rows.document,
        document_type=rows.kind,
        posting_date=day,
        document_date=day,
        gl_account=rows.account,
        company_code=COMPANY_CODE[rows.factory],
        cost_center_id=ids("CC", 14001 + rows.factory * len(COST_CENTER_AREAS), width=5),
        debit_amount=np.where(rows.is_debit, rows.amount, 0),
        credit_amount=np.where(rows.is_debit, 0, rows.amount),
        reference_document=rows.document,
        source_system="ERP",
        source_document_id=rows.source,
        fiscal_year=day.astype("datetime64[Y]").astype(int) + 1970,
        fiscal_period=day.astype("datetime64[M]").astype(int) % 12 + 1,
    )


def erp_mes_sync_log(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("erp mes log")
    failed = chance(rng, 0.1, 120)
    synced = np.sort(plan.now - hours(rng.uniform(1, 24 * 30, 120)))
    return dict(
        sync_id=ids("SYNC", 120),
        sync_direction=cycle(["ERP_TO_MES", "MES_TO_ERP"], 120),
        sync_timestamp=synced,
        document_type="production_order",
        document_id=pick(rng, ids("PROD", world.sales_lines.count), 120),
        sync_status=np.where(failed, "error", "completed").astype(object),
        error_message=only(failed, "Connection timeout"),
    )
