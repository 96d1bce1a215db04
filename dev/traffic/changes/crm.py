"""genims_crm_db: leads, opportunities and contacts."""

from dev.traffic.changes.registry import happens_in
from dev.traffic.session import Session

happens = happens_in("genims_crm_db")


@happens(weight=3)
def lead_comes_in(session: Session) -> None:
    key = session.new_key("LEAD")
    session.insert(
        "leads",
        lead_id=key,
        lead_number=key,
        company_name=f"Prospect {key}",
        lead_source=session.one_of("website", "referral", "trade_show"),
        lead_status="new",
        estimated_deal_value=session.number(10_000, 5_000_000),
    )


@happens(weight=2)
def opportunity_moves_on(session: Session) -> None:
    stage = session.one_of("qualification", "proposal", "negotiation", "closed_won", "closed_lost")
    session.update("opportunities", "stage = %(stage)s, updated_at = now()", stage=stage)


@happens(weight=2)
def contact_changes_email(session: Session) -> None:
    email = f"contact{session.random.randint(1, 10**6)}@customer.example"
    session.update("contacts", "email = %(email)s, updated_at = now()", email=email)


@happens()
def leads_are_scored(session: Session) -> None:
    session.update_many("leads", "lead_score = mod(coalesce(lead_score, 0) + 7, 101), updated_at = now()", rows=300)


@happens()
def lead_is_deleted(session: Session) -> None:
    session.delete_own("leads")
