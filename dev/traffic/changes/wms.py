"""genims_wms_db: deliveries, bins and workers."""

from datetime import timedelta

from dev.traffic.changes.registry import happens_in, now
from dev.traffic.session import Session

happens = happens_in("genims_wms_db")


@happens(weight=3)
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


@happens(weight=3)
def bin_is_filled(session: Session) -> None:
    session.update("storage_bins", "current_occupancy_pct = %(percent)s", percent=session.number(0, 100))


@happens(weight=2)
def worker_changes_shift(session: Session) -> None:
    session.update("warehouse_workers", "current_shift = %(shift)s", shift=session.one_of("day", "evening", "night"))


@happens()
def announcement_is_withdrawn(session: Session) -> None:
    session.delete_own("receiving_tasks")
