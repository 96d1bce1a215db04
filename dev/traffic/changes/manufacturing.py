"""genims_manufacturing_db: work orders and the time booked on them."""

from datetime import timedelta

from dev.traffic.changes.registry import happens_in, now
from dev.traffic.session import Session

happens = happens_in("genims_manufacturing_db")


@happens(weight=3)
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


@happens(weight=3)
def work_order_makes_progress(session: Session) -> None:
    session.update("work_orders", "priority = %(priority)s, updated_at = now()", priority=session.random.randint(1, 10))


@happens(weight=4)
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


@happens()
def work_order_is_deleted(session: Session) -> None:
    session.delete_own("work_orders")
