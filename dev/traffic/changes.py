"""What happens in each database, and how often compared with the rest of it.

Every change is one transaction. It touches at most one kind of older row, so that writers never deadlock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from dev.traffic.session import Session

Change = Callable[[Session], None]

CHANGES: dict[str, list[tuple[int, Change]]] = {}


def happens_in(database: str, weight: int = 1) -> Callable[[Change], Change]:
    """Register a change that happens in a database, ``weight`` times as often as one of weight 1."""

    def register(change: Change) -> Change:
        CHANGES.setdefault(database, []).append((weight, change))
        return change

    return register


def today() -> date:
    return date.today()


def now() -> datetime:
    return datetime.now().replace(microsecond=0)


# ERP


@happens_in("genims_erp_db", weight=4)
def sales_order_arrives(session: Session) -> None:
    quantities = [session.random.randint(1, 100) for _ in range(session.random.randint(1, 4))]
    price = session.number(100, 2000)
    net = round(sum(quantities) * price, 2)
    key = session.new_key("SO")
    customers = [f"CUST-{number:06d}" for number in range(1, 11)]
    session.insert(
        "sales_orders",
        sales_order_id=key,
        sales_order_number=key,
        customer_id=session.one_of(*customers),
        order_date=today(),
        order_type="standard",
        total_net_value=net,
        total_value=round(net * 1.18, 2),
        requested_delivery_date=today() + timedelta(days=21),
    )
    for number, quantity in enumerate(quantities, start=1):
        session.insert(
            "sales_order_lines",
            sales_order_line_id=session.new_key("SOL"),
            sales_order_id=key,
            line_number=number,
            material_id=session.any("materials"),
            order_quantity=quantity,
            unit_of_measure="EA",
            unit_price=price,
            line_status="open",
        )


@happens_in("genims_erp_db", weight=4)
def sales_order_moves_on(session: Session) -> None:
    status = session.one_of("open", "delivered", "closed")
    session.update("sales_orders", "order_status = %(status)s", status=status)


@happens_in("genims_erp_db", weight=2)
def price_changes(session: Session) -> None:
    assignments = "standard_cost = greatest(round(standard_cost * %(factor)s::numeric, 4), 1), updated_at = now()"
    session.update("materials", assignments, factor=session.number(0.97, 1.03, 4))


@happens_in("genims_erp_db", weight=2)
def purchase_order_is_released(session: Session) -> None:
    session.update("purchase_orders", "po_status = 'released', released_at = now(), updated_at = now()")


@happens_in("genims_erp_db", weight=3)
def stock_changes(session: Session) -> None:
    assignments = "unrestricted_stock = greatest(unrestricted_stock + %(change)s, 0), updated_at = now()"
    session.update("inventory_balances", assignments, change=session.random.randint(-20, 20))


@happens_in("genims_erp_db", weight=2)
def document_is_posted(session: Session) -> None:
    document, amount = session.new_key("DOC"), session.number(100, 90_000)
    for account, debit, credit in (("1210", amount, 0), ("4110", 0, amount)):
        session.insert(
            "general_ledger",
            gl_transaction_id=session.new_key("GL"),
            posting_date=today(),
            document_date=today(),
            gl_account=account,
            company_code="COMP-001",
            debit_amount=debit,
            credit_amount=credit,
            reference_document=document,
        )


@happens_in("genims_erp_db")
def valuation_runs(session: Session) -> None:
    session.update_many("materials", "moving_average_cost = standard_cost, updated_at = now()", rows=100)


@happens_in("genims_erp_db")
def sales_order_is_deleted(session: Session) -> None:
    session.delete_own("sales_orders", sales_order_lines="sales_order_id")


@happens_in("genims_erp_db")
def supplier_is_blocked(session: Session) -> None:
    session.update("suppliers", "blocked_for_orders = NOT blocked_for_orders, updated_at = now()")


# Manufacturing


@happens_in("genims_manufacturing_db", weight=3)
def work_order_is_planned(session: Session) -> None:
    key = session.new_key("WO")
    start = now() + timedelta(hours=session.random.randint(1, 72))
    session.insert(
        "work_orders",
        work_order_id=key,
        work_order_number=key,
        product_id=f"PROD-{session.random.randint(1, 35):06d}",
        factory_id="FAC-000001",
        line_id="LINE-000001",
        planned_quantity=session.random.randint(20, 400),
        planned_start_date=start,
        planned_end_date=start + timedelta(hours=8),
        status="planned",
    )


@happens_in("genims_manufacturing_db", weight=3)
def work_order_makes_progress(session: Session) -> None:
    session.update("work_orders", "priority = %(priority)s, updated_at = now()", priority=session.random.randint(1, 10))


@happens_in("genims_manufacturing_db", weight=4)
def operator_books_time(session: Session) -> None:
    minutes = session.random.randint(30, 480)
    start = now() - timedelta(minutes=minutes)
    session.insert(
        "labor_transactions",
        labor_transaction_id=session.new_key("LT"),
        transaction_date=start,
        employee_id=f"EMP-{session.random.randint(1, 95):06d}",
        work_order_id=session.any("work_orders"),
        activity_type="direct_labor",
        clock_in_time=start,
        clock_out_time=now(),
        duration_minutes=minutes,
        hourly_rate=600,
        labor_cost=minutes * 10,
    )


@happens_in("genims_manufacturing_db")
def work_order_is_deleted(session: Session) -> None:
    session.delete_own("work_orders")


# Maintenance


@happens_in("genims_maintenance_db", weight=2)
def breakdown_is_reported(session: Session) -> None:
    key = session.new_key("WO")
    asset = session.any("maintenance_assets")
    session.insert(
        "work_orders",
        work_order_id=key,
        work_order_number=key,
        asset_id=asset,
        wo_type="breakdown",
        priority="emergency",
        description="Reported by the line",
        wo_status="in_progress",
        actual_start_date=now(),
    )
    session.insert(
        "maintenance_costs",
        cost_id=session.new_key("COST"),
        work_order_id=key,
        asset_id=asset,
        cost_type="labor",
        cost_amount=session.number(500, 9000),
        cost_date=today(),
    )


@happens_in("genims_maintenance_db", weight=2)
def spare_part_is_issued(session: Session) -> None:
    session.update("mro_parts", "current_stock = greatest(current_stock - 1, 0), updated_at = now()")


@happens_in("genims_maintenance_db")
def technician_gets_a_raise(session: Session) -> None:
    assignments = "hourly_rate = least(round(hourly_rate * 1.01, 2), 5000), updated_at = now()"
    session.update("maintenance_technicians", assignments)


@happens_in("genims_maintenance_db")
def part_prices_are_reviewed(session: Session) -> None:
    factor = session.number(0.99, 1.01, 4)
    assignments = f"standard_cost = greatest(round(standard_cost * {factor}, 4), 1), updated_at = now()"
    session.update_many("mro_parts", assignments, rows=200)


@happens_in("genims_maintenance_db")
def report_is_withdrawn(session: Session) -> None:
    session.delete_own("work_orders", maintenance_costs="work_order_id")


# Master data


@happens_in("genims_master_db", weight=2)
def employee_changes_phone(session: Session) -> None:
    session.update("employees", "phone = %(phone)s", phone=f"+00 {session.random.randint(10**9, 10**10 - 1)}")


@happens_in("genims_master_db")
def machine_is_rescheduled(session: Session) -> None:
    plan = session.one_of("weekly", "monthly", "quarterly")
    session.update("machines", "maintenance_schedule = %(plan)s", plan=plan)


@happens_in("genims_master_db")
def customer_price_is_negotiated(session: Session) -> None:
    session.update("customer_product_mapping", "unit_price_usd = %(price)s", price=session.number(20, 400))


@happens_in("genims_master_db")
def customer_product_is_listed(session: Session) -> None:
    session.insert(
        "customer_product_mapping",
        mapping_id=session.new_key("CPM"),
        customer_id=session.any("customers"),
        product_id=session.any("products"),
        annual_volume=0,
        unit_price_usd=session.number(20, 400),
    )


@happens_in("genims_master_db")
def customer_product_is_delisted(session: Session) -> None:
    session.delete_own("customer_product_mapping")


# Quality


@happens_in("genims_quality_db", weight=3)
def sample_is_measured(session: Session) -> None:
    session.insert(
        "spc_data_points",
        data_point_id=session.new_key("DP"),
        chart_id=session.any("spc_control_charts"),
        measurement_timestamp=now(),
        measurement_value=session.number(9.7, 10.3, 6),
    )


@happens_in("genims_quality_db")
def document_is_reviewed(session: Session) -> None:
    assignments = "document_status = 'approved', next_review_date = %(due)s, updated_at = now()"
    session.update("quality_documents", assignments, due=today() + timedelta(days=365))


@happens_in("genims_quality_db")
def control_plan_is_revised(session: Session) -> None:
    session.update("control_plans", "revision_date = %(day)s, updated_at = now()", day=today())


@happens_in("genims_quality_db")
def sample_is_discarded(session: Session) -> None:
    session.delete_own("spc_data_points")


# Warehouse


@happens_in("genims_wms_db", weight=3)
def delivery_is_announced(session: Session) -> None:
    key = session.new_key("RCV")
    session.insert(
        "receiving_tasks",
        receiving_task_id=key,
        task_number=key,
        warehouse_id=session.any("warehouses"),
        material_id=f"MAT-{session.random.randint(1, 130):06d}",
        expected_quantity=session.random.randint(10, 1000),
        task_status="pending",
        scheduled_date=now() + timedelta(days=2),
    )


@happens_in("genims_wms_db", weight=3)
def bin_is_filled(session: Session) -> None:
    session.update("storage_bins", "current_occupancy_pct = %(percent)s", percent=session.number(0, 100))


@happens_in("genims_wms_db", weight=2)
def worker_changes_shift(session: Session) -> None:
    session.update("warehouse_workers", "current_shift = %(shift)s", shift=session.one_of("day", "evening", "night"))


@happens_in("genims_wms_db")
def announcement_is_withdrawn(session: Session) -> None:
    session.delete_own("receiving_tasks")


# Transport


@happens_in("genims_tms_db", weight=4)
def shipment_is_tracked(session: Session) -> None:
    session.insert(
        "tracking_events",
        event_id=session.new_key("TRK"),
        shipment_id=session.any("shipments"),
        event_type="in_transit",
        event_timestamp=now(),
    )


@happens_in("genims_tms_db")
def rate_is_renewed(session: Session) -> None:
    assignments = "base_rate = %(rate)s, fuel_surcharge_pct = %(fuel)s"
    session.update("carrier_rates", assignments, rate=session.number(20, 60), fuel=session.number(5, 12))


@happens_in("genims_tms_db")
def freight_invoice_is_approved(session: Session) -> None:
    session.update("freight_invoices", "invoice_status = 'approved', reconciled = NOT reconciled")


@happens_in("genims_tms_db")
def tracking_is_corrected(session: Session) -> None:
    session.delete_own("tracking_events")


# Customers


@happens_in("genims_crm_db", weight=3)
def lead_comes_in(session: Session) -> None:
    key = session.new_key("LEAD")
    session.insert(
        "leads",
        lead_id=key,
        lead_number=key,
        company_name=f"Prospect {key}",
        lead_source=session.one_of("website", "referral", "trade_show"),
        lead_status="new",
        estimated_deal_value=session.number(10_000, 5_000_000),
    )


@happens_in("genims_crm_db", weight=2)
def opportunity_moves_on(session: Session) -> None:
    stage = session.one_of("qualification", "proposal", "negotiation", "closed_won", "closed_lost")
    session.update("opportunities", "stage = %(stage)s, updated_at = now()", stage=stage)


@happens_in("genims_crm_db", weight=2)
def contact_changes_email(session: Session) -> None:
    email = f"contact{session.random.randint(1, 10**6)}@customer.example"
    session.update("contacts", "email = %(email)s, updated_at = now()", email=email)


@happens_in("genims_crm_db")
def leads_are_scored(session: Session) -> None:
    session.update_many("leads", "lead_score = (coalesce(lead_score, 0) + 7) % 101, updated_at = now()", rows=300)


@happens_in("genims_crm_db")
def lead_is_deleted(session: Session) -> None:
    session.delete_own("leads")


# Service


@happens_in("genims_service_db", weight=3)
def ticket_is_opened(session: Session) -> None:
    key = session.new_key("TKT")
    session.insert(
        "service_tickets",
        ticket_id=key,
        ticket_number=key,
        account_id=f"ACC-{session.random.randint(1, 10):06d}",
        subject="Product question",
        description="Reported by the customer",
        priority=session.one_of("low", "medium", "high"),
        ticket_status="new",
        response_due_datetime=now() + timedelta(hours=1),
        resolution_due_datetime=now() + timedelta(hours=24),
    )
    session.insert(
        "ticket_comments",
        comment_id=session.new_key("CMNT"),
        ticket_id=key,
        comment_text="Thank you for your message",
    )


@happens_in("genims_service_db", weight=2)
def portal_user_signs_in(session: Session) -> None:
    assignments = "last_login_datetime = now(), login_count = coalesce(login_count, 0) + 1, updated_at = now()"
    session.update("portal_users", assignments)


@happens_in("genims_service_db")
def claim_is_decided(session: Session) -> None:
    assignments = "claim_status = %(status)s, approved = %(status)s = 'approved', updated_at = now()"
    session.update("warranty_claims", assignments, status=session.one_of("approved", "rejected", "pending"))


@happens_in("genims_service_db")
def service_part_price_changes(session: Session) -> None:
    session.update("service_parts", "service_price = %(price)s, updated_at = now()", price=session.number(500, 9000))


@happens_in("genims_service_db")
def ticket_is_deleted(session: Session) -> None:
    session.delete_own("service_tickets", ticket_comments="ticket_id")


# Personnel


@happens_in("genims_hr_db", weight=2)
def salary_changes(session: Session) -> None:
    assignments = "annual_salary = %(salary)s, updated_at = now()"
    session.update("employees", assignments, salary=session.number(400_000, 2_000_000))


@happens_in("genims_hr_db")
def employee_moves(session: Session) -> None:
    address = f"{session.random.randint(1, 400)} Main Street"
    session.update("employees", "address_line1 = %(address)s, updated_at = now()", address=address)


@happens_in("genims_hr_db", weight=2)
def leave_is_requested(session: Session) -> None:
    start = today() + timedelta(days=session.random.randint(5, 60))
    session.insert(
        "leave_requests",
        request_id=session.new_key("LR"),
        employee_id=session.any("employees"),
        leave_type_id=session.any("leave_types"),
        request_date=today(),
        start_date=start,
        end_date=start + timedelta(days=2),
        total_days=3,
    )


@happens_in("genims_hr_db")
def attendance_is_corrected(session: Session) -> None:
    session.update("attendance_records", "late_minutes = %(late)s", late=session.random.randint(0, 30))


@happens_in("genims_hr_db")
def leave_request_is_deleted(session: Session) -> None:
    session.delete_own("leave_requests")


# Suppliers


@happens_in("genims_supplier_db", weight=2)
def supplier_sends_invoice(session: Session) -> None:
    key = session.new_key("INV")
    subtotal = session.number(1000, 400_000)
    tax = round(subtotal * 0.18, 2)
    session.insert(
        "supplier_invoices",
        invoice_id=key,
        invoice_number=key,
        supplier_invoice_number=key,
        supplier_id=f"SUP-{session.random.randint(1, 60):06d}",
        invoice_date=today(),
        due_date=today() + timedelta(days=45),
        subtotal=subtotal,
        tax_amount=tax,
        total_amount=round(subtotal + tax, 2),
    )
    session.insert(
        "supplier_invoice_lines",
        line_id=session.new_key("INVL"),
        invoice_id=key,
        line_number=1,
        line_description="Material",
        invoiced_quantity=1,
        unit_price=subtotal,
        line_total=subtotal,
    )


@happens_in("genims_supplier_db")
def contract_price_changes(session: Session) -> None:
    session.update("contract_pricing", "unit_price = %(price)s", price=session.number(5, 200, 4))


@happens_in("genims_supplier_db")
def supplier_user_gets_rights(session: Session) -> None:
    session.update("supplier_portal_users", "can_view_payments = NOT can_view_payments, updated_at = now()")


@happens_in("genims_supplier_db")
def invoice_is_withdrawn(session: Session) -> None:
    session.delete_own("supplier_invoices", supplier_invoice_lines="invoice_id")


# Finance


@happens_in("genims_financial_db", weight=3)
def journal_is_posted(session: Session) -> None:
    key, amount = session.new_key("JE"), session.number(100, 500_000)
    session.insert(
        "journal_entry_headers",
        journal_entry_id=key,
        journal_number=key,
        entry_type="manual",
        source_type="manual",
        posting_date=today(),
        fiscal_year=today().year,
        fiscal_period=today().month,
        total_debit=amount,
        total_credit=amount,
        entry_status="posted",
        posted=True,
    )
    for number, (debit, credit) in enumerate([(amount, 0), (0, amount)], start=1):
        session.insert(
            "journal_entry_lines",
            line_id=session.new_key("JEL"),
            journal_entry_id=key,
            line_number=number,
            account_id=session.any("chart_of_accounts"),
            debit_amount=debit,
            credit_amount=credit,
        )


@happens_in("genims_financial_db")
def budget_is_changed(session: Session) -> None:
    session.update("budget_lines", "period_12 = %(amount)s", amount=session.number(1000, 900_000))


@happens_in("genims_financial_db")
def account_is_renamed(session: Session) -> None:
    session.update("chart_of_accounts", "description = %(text)s, updated_at = now()", text=session.new_key("Account"))


@happens_in("genims_financial_db")
def journal_is_deleted(session: Session) -> None:
    session.delete_own("journal_entry_headers", journal_entry_lines="journal_entry_id")


# Machines


@happens_in("genims_operations_db", weight=6)
def machine_reports(session: Session) -> None:
    number = session.random.randint(1, 80)
    session.insert(
        "scada_machine_data",
        machine_id=f"MCH-{number:06d}",
        line_id=f"LINE-{(number - 1) // 4 + 1:06d}",
        factory_id=f"FAC-{(number - 1) // 20 + 1:06d}",
        timestamp=now(),
        machine_state=session.one_of("running", "running", "running", "idle", "setup"),
        parts_produced_shift=session.random.randint(100, 900),
        power_consumption_kw=session.number(10, 50),
    )


@happens_in("genims_operations_db")
def fault_is_acknowledged(session: Session) -> None:
    status = session.one_of("acknowledged", "resolved", "closed")
    session.update("machine_faults", "status = %(status)s, updated_at = now()", status=status)


@happens_in("genims_operations_db")
def reading_is_discarded(session: Session) -> None:
    session.delete_own("scada_machine_data")


# Stock reconciliation


@happens_in("genims_erp_wms_sync_db", weight=3)
def movement_is_queued(session: Session) -> None:
    session.insert(
        "inventory_sync_queue",
        queue_id=session.new_key("QUEUE"),
        sync_direction=session.one_of("ERP_TO_WMS", "WMS_TO_ERP"),
        transaction_type="movement",
        transaction_id=session.new_key("TXN"),
        material_id=f"MATERIAL-{session.random.randint(1, 200):06d}",
        quantity=session.random.randint(1, 500),
    )


@happens_in("genims_erp_wms_sync_db")
def queue_is_worked_off(session: Session) -> None:
    session.update_many("inventory_sync_queue", "sync_status = 'completed', processed_at = now()", rows=50)


@happens_in("genims_erp_wms_sync_db")
def mapping_is_switched(session: Session) -> None:
    session.update("inventory_sync_mappings", "sync_enabled = NOT sync_enabled, updated_at = now()")


@happens_in("genims_erp_wms_sync_db")
def movement_is_dropped(session: Session) -> None:
    session.delete_own("inventory_sync_queue")
