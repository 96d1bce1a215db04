"""genims_erp_db: orders, prices, stock and postings."""

from datetime import timedelta

from dev.traffic.changes.registry import happens_in, today
from dev.traffic.session import Session

happens = happens_in("genims_erp_db")


@happens(weight=4)
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


@happens(weight=4)
def sales_order_moves_on(session: Session) -> None:
    status = session.one_of("open", "delivered", "closed")
    session.update("sales_orders", "order_status = %(status)s", status=status)


@happens(weight=2)
def price_changes(session: Session) -> None:
    assignments = "standard_cost = greatest(round(standard_cost * %(factor)s::numeric, 4), 1), updated_at = now()"
    session.update("materials", assignments, factor=session.number(0.97, 1.03, 4))


@happens(weight=2)
def purchase_order_is_released(session: Session) -> None:
    session.update("purchase_orders", "po_status = 'released', released_at = now(), updated_at = now()")


@happens(weight=3)
def stock_changes(session: Session) -> None:
    assignments = "unrestricted_stock = greatest(unrestricted_stock + %(change)s, 0), updated_at = now()"
    session.update("inventory_balances", assignments, change=session.random.randint(-20, 20))


@happens(weight=2)
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


@happens()
def valuation_runs(session: Session) -> None:
    session.update_many("materials", "moving_average_cost = standard_cost, updated_at = now()", rows=100)


@happens()
def sales_order_is_deleted(session: Session) -> None:
    session.delete_own("sales_orders", sales_order_lines="sales_order_id")


@happens()
def supplier_is_blocked(session: Session) -> None:
    session.update("suppliers", "blocked_for_orders = NOT blocked_for_orders, updated_at = now()")
