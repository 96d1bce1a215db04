"""genims_supplier_db: invoices, contract prices and user rights."""

from datetime import timedelta

from dev.traffic.changes.registry import happens_in, today
from dev.traffic.session import Session

happens = happens_in("genims_supplier_db")


@happens(weight=2)
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


@happens()
def contract_price_changes(session: Session) -> None:
    session.update("contract_pricing", "unit_price = %(price)s", price=session.number(5, 200, 4))


@happens()
def supplier_user_gets_rights(session: Session) -> None:
    session.update("supplier_portal_users", "can_view_payments = NOT can_view_payments, updated_at = now()")


@happens()
def invoice_is_withdrawn(session: Session) -> None:
    session.delete_own("supplier_invoices", supplier_invoice_lines="invoice_id")
