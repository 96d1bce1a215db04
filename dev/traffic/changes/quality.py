"""genims_quality_db: measurements and the documents about them."""

from datetime import timedelta

from dev.traffic.changes.registry import happens_in, now, today
from dev.traffic.session import Session

happens = happens_in("genims_quality_db")


@happens(weight=3)
def sample_is_measured(session: Session) -> None:
    session.insert(
        "spc_data_points",
        data_point_id=session.new_key("DP"),
        chart_id=session.any("spc_control_charts"),
        measurement_timestamp=now(),
        measurement_value=session.number(9.7, 10.3, 6),
    )


@happens()
def document_is_reviewed(session: Session) -> None:
    assignments = "document_status = 'approved', next_review_date = %(due)s, updated_at = now()"
    session.update("quality_documents", assignments, due=today() + timedelta(days=365))


@happens()
def control_plan_is_revised(session: Session) -> None:
    session.update("control_plans", "revision_date = %(day)s, updated_at = now()", day=today())


@happens()
def sample_is_discarded(session: Session) -> None:
    session.delete_own("spc_data_points")
