"""genims_operations_db: readings and faults."""

from dev.traffic.changes.registry import happens_in, now
from dev.traffic.session import Session

happens = happens_in("genims_operations_db")


@happens(weight=6)
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


@happens()
def fault_is_acknowledged(session: Session) -> None:
    status = session.one_of("acknowledged", "resolved", "closed")
    session.update("machine_faults", "status = %(status)s, updated_at = now()", status=status)


@happens()
def reading_is_discarded(session: Session) -> None:
    session.delete_own("scada_machine_data")
