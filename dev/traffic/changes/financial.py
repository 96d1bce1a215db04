"""genims_financial_db: journals, budgets and accounts."""

from dev.traffic.changes.registry import happens_in, today
from dev.traffic.session import Session

happens = happens_in("genims_financial_db")


@happens(weight=3)
def journal_is_posted(session: Session) -> None:
    key, amount = session.new_key("JE"), session.number(100, 500_000)
    session.insert(
        "journal_entry_headers",
        journal_entry_id=key,
        journal_number=key,
        entry_type="manual",
        source_type="manual",
        posting_date=today(),
        fiscal_year=today().year,
        fiscal_period=today().month,
        total_debit=amount,
        total_credit=amount,
        entry_status="posted",
        posted=True,
    )
    for number, (debit, credit) in enumerate([(amount, 0), (0, amount)], start=1):
        session.insert(
            "journal_entry_lines",
            line_id=session.new_key("JEL"),
            journal_entry_id=key,
            line_number=number,
            account_id=session.any("chart_of_accounts"),
            debit_amount=debit,
            credit_amount=credit,
        )


@happens()
def budget_is_changed(session: Session) -> None:
    session.update("budget_lines", "period_12 = %(amount)s", amount=session.number(1000, 900_000))


@happens()
def account_is_renamed(session: Session) -> None:
    session.update("chart_of_accounts", "description = %(text)s, updated_at = now()", text=session.new_key("Account"))


@happens()
def journal_is_deleted(session: Session) -> None:
    session.delete_own("journal_entry_headers", journal_entry_lines="journal_entry_id")
