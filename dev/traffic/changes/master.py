"""genims_master_db: employees, machines and price agreements."""

from dev.traffic.changes.registry import happens_in
from dev.traffic.session import Session

happens = happens_in("genims_master_db")


@happens(weight=2)
def employee_changes_phone(session: Session) -> None:
    session.update("employees", "phone = %(phone)s", phone=f"+00 {session.random.randint(10**9, 10**10 - 1)}")


@happens()
def machine_is_rescheduled(session: Session) -> None:
    plan = session.one_of("weekly", "monthly", "quarterly")
    session.update("machines", "maintenance_schedule = %(plan)s", plan=plan)


@happens()
def customer_price_is_negotiated(session: Session) -> None:
    session.update("customer_product_mapping", "unit_price_usd = %(price)s", price=session.number(20, 400))


@happens()
def customer_product_is_listed(session: Session) -> None:
    session.insert(
        "customer_product_mapping",
        mapping_id=session.new_key("CPM"),
        customer_id=session.any("customers"),
        product_id=session.any("products"),
        annual_volume=0,
        unit_price_usd=session.number(20, 400),
    )


@happens()
def customer_product_is_delisted(session: Session) -> None:
    session.delete_own("customer_product_mapping")
