"""genims_service_db: tickets, portal users and warranty claims."""

from datetime import timedelta

from dev.traffic.changes.registry import happens_in, now
from dev.traffic.session import Session

happens = happens_in("genims_service_db")


@happens(weight=3)
def ticket_is_opened(session: Session) -> None:
    key = session.new_key("TKT")
    session.insert(
        "service_tickets",
        ticket_id=key,
        ticket_number=key,
        account_id=f"ACC-{session.random.randint(1, 10):06d}",
        subject="Product question",
        description="Reported by the customer",
        priority=session.one_of("low", "medium", "high"),
        ticket_status="new",
        response_due_datetime=now() + timedelta(hours=1),
        resolution_due_datetime=now() + timedelta(hours=24),
    )
    session.insert(
        "ticket_comments",
        comment_id=session.new_key("CMNT"),
        ticket_id=key,
        comment_text="Thank you for your message",
    )


@happens(weight=2)
def portal_user_signs_in(session: Session) -> None:
    assignments = "last_login_datetime = now(), login_count = coalesce(login_count, 0) + 1, updated_at = now()"
    session.update("portal_users", assignments)


@happens()
def claim_is_decided(session: Session) -> None:
    status = session.one_of("approved", "rejected", "pending")
    assignments = "claim_status = %(status)s, approved = %(approved)s, updated_at = now()"
    session.update("warranty_claims", assignments, status=status, approved=status == "approved")


@happens()
def service_part_price_changes(session: Session) -> None:
    session.update("service_parts", "service_price = %(price)s, updated_at = now()", price=session.number(500, 9000))


@happens()
def ticket_is_deleted(session: Session) -> None:
    session.delete_own("service_tickets", ticket_comments="ticket_id")
