"""genims_erp_wms_sync_db: the queue between ERP and WMS."""

from dev.traffic.changes.registry import happens_in
from dev.traffic.session import Session

happens = happens_in("genims_erp_wms_sync_db")


@happens(weight=3)
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


@happens()
def queue_is_worked_off(session: Session) -> None:
    session.update_many("inventory_sync_queue", "sync_status = 'completed', processed_at = now()", rows=50)


@happens()
def mapping_is_switched(session: Session) -> None:
    session.update("inventory_sync_mappings", "sync_enabled = NOT sync_enabled, updated_at = now()")


@happens()
def movement_is_dropped(session: Session) -> None:
    session.delete_own("inventory_sync_queue")
