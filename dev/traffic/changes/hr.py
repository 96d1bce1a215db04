"""genims_hr_db: salaries, addresses, leave and attendance."""

from datetime import timedelta

from dev.traffic.changes.registry import happens_in, today
from dev.traffic.session import Session

happens = happens_in("genims_hr_db")


@happens(weight=2)
def salary_changes(session: Session) -> None:
    assignments = "annual_salary = %(salary)s, updated_at = now()"
    session.update("employees", assignments, salary=session.number(400_000, 2_000_000))


@happens()
def employee_moves(session: Session) -> None:
    address = f"{session.random.randint(1, 400)} Main Street"
    session.update("employees", "address_line1 = %(address)s, updated_at = now()", address=address)


@happens(weight=2)
def leave_is_requested(session: Session) -> None:
    start = today() + timedelta(days=session.random.randint(5, 60))
    session.insert(
        "leave_requests",
        request_id=session.new_key("LR"),
        employee_id=session.any("employees"),
        leave_type_id=session.any("leave_types"),
        request_date=today(),
        start_date=start,
        end_date=start + timedelta(days=2),
        total_days=3,
    )


@happens()
def attendance_is_corrected(session: Session) -> None:
    session.update("attendance_records", "late_minutes = %(late)s", late=session.random.randint(0, 30))


@happens()
def leave_request_is_deleted(session: Session) -> None:
    session.delete_own("leave_requests")
