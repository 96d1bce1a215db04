"""genims_tms_db: tracking, rates and freight invoices."""

from dev.traffic.changes.registry import happens_in, now
from dev.traffic.session import Session

happens = happens_in("genims_tms_db")


@happens(weight=4)
def shipment_is_tracked(session: Session) -> None:
    session.insert(
        "tracking_events",
        event_id=session.new_key("TRK"),
        shipment_id=session.any("shipments"),
        event_type="in_transit",
        event_timestamp=now(),
    )


@happens()
def rate_is_renewed(session: Session) -> None:
    assignments = "base_rate = %(rate)s, fuel_surcharge_pct = %(fuel)s"
    session.update("carrier_rates", assignments, rate=session.number(20, 60), fuel=session.number(5, 12))


@happens()
def freight_invoice_is_approved(session: Session) -> None:
    session.update("freight_invoices", "invoice_status = 'approved', reconciled = NOT reconciled")


@happens()
def tracking_is_corrected(session: Session) -> None:
    session.delete_own("tracking_events")
