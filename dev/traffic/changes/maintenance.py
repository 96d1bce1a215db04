"""genims_maintenance_db: breakdowns, spare parts and technicians."""

from dev.traffic.changes.registry import happens_in, now, today
from dev.traffic.session import Session

happens = happens_in("genims_maintenance_db")


@happens(weight=2)
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


@happens(weight=2)
def spare_part_is_issued(session: Session) -> None:
    session.update("mro_parts", "current_stock = greatest(current_stock - 1, 0), updated_at = now()")


@happens()
def technician_gets_a_raise(session: Session) -> None:
    assignments = "hourly_rate = least(round(hourly_rate * 1.01, 2), 5000), updated_at = now()"
    session.update("maintenance_technicians", assignments)


@happens()
def part_prices_are_reviewed(session: Session) -> None:
    factor = session.number(0.99, 1.01, 4)
    assignments = f"standard_cost = greatest(round(standard_cost * {factor}, 4), 1), updated_at = now()"
    session.update_many("mro_parts", assignments, rows=200)


@happens()
def report_is_withdrawn(session: Session) -> None:
    session.delete_own("work_orders", maintenance_costs="work_order_id")
