"""genims_financial_db: the chart of accounts, journals that balance, budgets and fiscal periods."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import (
    DAY,
    Columns,
    add_months,
    at,
    chance,
    cycle,
    day_texts,
    hours,
    ids,
    only,
    pick,
    repeat,
    strings,
    sum_by,
    texts,
    whole,
)
from dev.sample_data.company import EMPLOYEE, FACTORIES, FACTORY

ACCOUNTS = [
    # code, name, parent, type, normal balance
    ("1000", "Assets", None, "asset", "debit"),
    ("1100", "Current Assets", "1000", "asset", "debit"),
    ("1110", "Cash on Hand", "1100", "asset", "debit"),
    ("1120", "Bank Account - Operating", "1100", "asset", "debit"),
    ("1130", "Bank Account - Payroll", "1100", "asset", "debit"),
    ("1210", "Accounts Receivable", "1100", "asset", "debit"),
    ("1310", "Raw Materials Inventory", "1100", "asset", "debit"),
    ("1320", "Work in Process", "1100", "asset", "debit"),
    ("1330", "Finished Goods Inventory", "1100", "asset", "debit"),
    ("1500", "Fixed Assets", "1000", "asset", "debit"),
    ("1510", "Machinery & Equipment", "1500", "asset", "debit"),
    ("1520", "Accumulated Depreciation", "1500", "asset", "credit"),
    ("2000", "Liabilities", None, "liability", "credit"),
    ("2100", "Current Liabilities", "2000", "liability", "credit"),
    ("2110", "Accounts Payable", "2100", "liability", "credit"),
    ("2120", "Accrued Payroll", "2100", "liability", "credit"),
    ("2130", "Sales Tax Payable", "2100", "liability", "credit"),
    ("3000", "Equity", None, "equity", "credit"),
    ("3100", "Owners Equity", "3000", "equity", "credit"),
    ("3200", "Retained Earnings", "3000", "equity", "credit"),
    ("4000", "Revenue", None, "revenue", "credit"),
    ("4100", "Sales Revenue", "4000", "revenue", "credit"),
    ("4110", "Product Sales", "4100", "revenue", "credit"),
    ("4120", "Service Revenue", "4100", "revenue", "credit"),
    ("5000", "Expenses", None, "expense", "debit"),
    ("5100", "Cost of Goods Sold", "5000", "expense", "debit"),
    ("5110", "Direct Materials", "5100", "expense", "debit"),
    ("5120", "Direct Labor", "5100", "expense", "debit"),
    ("5130", "Manufacturing Overhead", "5100", "expense", "debit"),
    ("5200", "Operating Expenses", "5000", "expense", "debit"),
    ("5210", "Salaries & Wages", "5200", "expense", "debit"),
    ("5220", "Rent Expense", "5200", "expense", "debit"),
    ("5230", "Utilities", "5200", "expense", "debit"),
    ("5240", "Maintenance & Repairs", "5200", "expense", "debit"),
    ("5250", "Freight & Shipping", "5200", "expense", "debit"),
]
ACCOUNT_ID = {code: f"ACC-{1000 + place:06d}" for place, (code, *_) in enumerate(ACCOUNTS)}
POSTING_RULES = [
    # code, name, transaction, subtype, debit, credit
    ("SALES-001", "Sales Order - Revenue Recognition", "sales_order", "invoice", "1210", "4110"),
    ("PURCH-001", "Purchase Order - Accounts Payable", "purchase_order", "receipt", "1310", "2110"),
    ("PROD-001", "Production Start - WIP", "production_order", "started", "1320", "1310"),
    ("PROD-002", "Production Complete - Finished Goods", "production_order", "completed", "1330", "1320"),
]
# What a month costs, as a share of its revenue: the budget, and the month-end journals.
MONTHLY_COSTS = [
    # account, credited account, share of revenue
    ("5120", "2120", 0.041),
    ("5130", "1520", 0.060),
    ("5210", "1130", 0.050),
    ("5220", "1120", 0.005),
    ("5230", "1120", 0.012),
    ("5240", "1120", 0.020),
    ("5250", "2110", 0.020),
]
COST_CENTER_KINDS = [
    ("PROD-ASSY", "Production - Assembly", "production"),
    ("PROD-MACH", "Production - Machining", "production"),
    ("PROD-WELD", "Production - Welding", "production"),
    ("MAINT", "Maintenance", "engineering"),
    ("QC", "Quality Control", "production"),
    ("WH", "Warehouse", "warehouse"),
    ("ENG", "Engineering", "engineering"),
    ("ADMIN", "Administration", "admin"),
    ("FIN", "Finance", "finance"),
    ("SALES", "Sales", "sales"),
]
CLOSE_TASKS = ["Verify Bank Reconciliations", "Review AR Aging Reports", "Process Depreciation Calculations",
               "Accrue Payroll Expenses", "Review Inventory Valuations", "Post Month-End Journal Entries",
               "Generate Financial Reports", "Review and Approve Statements", "Archive Period Documents",
               "Update Budget vs Actual Analysis"]  # fmt: skip
RATES = {"USD": 84.0, "EUR": 90.0, "GBP": 106.0}  # INR per unit


def tables(world: World) -> dict[str, Columns]:
    journals = Journals(world)
    return {
        "fiscal_years": fiscal_years(world),
        "fiscal_periods": fiscal_periods(world),
        "chart_of_accounts": chart_of_accounts(world),
        "cost_centers": cost_centers(world),
        "gl_posting_rules": gl_posting_rules(world),
        "exchange_rates": exchange_rates(world),
        "journal_entry_headers": journal_entry_headers(world, journals),
        "journal_entry_lines": journal_entry_lines(journals),
        "account_balances": account_balances(world, journals),
        "budget_headers": budget_headers(world),
        "budget_lines": budget_lines(world),
        "financial_statements": financial_statements(world),
        "period_close_tasks": period_close_tasks(world),
        "inter_company_transactions": inter_company_transactions(world),
        "gl_audit_trail": gl_audit_trail(world),
    }


def account_ids(codes) -> np.ndarray:
    return strings([ACCOUNT_ID[code] for code in codes])


def fiscal_year_numbers(world: World) -> np.ndarray:
    """The calendar years of the history and the one after."""
    return np.arange(year_of(world.plan.start), year_of(world.plan.today) + 2)


def year_of(day: np.ndarray) -> np.ndarray:
    return day.astype("datetime64[Y]").astype(int) + 1970


def period_of(day: np.ndarray) -> np.ndarray:
    return day.astype("datetime64[M]").astype(int) % 12 + 1


def fiscal_years(world: World) -> Columns:
    year = fiscal_year_numbers(world)
    start = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    end = (year - 1969).astype("datetime64[Y]").astype("datetime64[D]") - 1
    return dict(
        fiscal_year_id=ids("FY", len(year)),
        fiscal_year=year,
        start_date=start,
        end_date=end,
        year_status=np.where(end < world.plan.today - 60, "closed", "open").astype(object),
    )


def fiscal_periods(world: World) -> Columns:
    """Calendar months; a month is closed when the one after it is over."""
    year, number = repeat(np.full(len(fiscal_year_numbers(world)), 12))
    year = fiscal_year_numbers(world)[year]
    month = ((year - 1970) * 12 + number - 1).astype("datetime64[M]")
    start, end = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]") - 1
    closed = month + 1 < world.plan.today.astype("datetime64[M]")
    return dict(
        period_id=ids("FP", len(month)),
        fiscal_year=year,
        period_number=number,
        period_name=np.datetime_as_string(month),
        start_date=start,
        end_date=end,
        period_status=np.where(closed, "closed", "open").astype(object),
        allow_posting=~closed,
        closed_date=only(closed, (month + 2).astype("datetime64[D]") - 1),
    )


def chart_of_accounts(world: World) -> Columns:
    code, name, parent, kind, normal = zip(*ACCOUNTS, strict=True)
    has_children = np.isin(code, [text for text in parent if text])
    level = [1 + (text is not None) + (text is not None and not text.endswith("000")) for text in parent]
    is_balance = np.isin(kind, ["asset", "liability", "equity"])
    return dict(
        account_id=account_ids(code),
        account_code=strings(code),
        account_name=strings(name),
        parent_account_id=strings([text and ACCOUNT_ID[text] for text in parent]),
        account_level=np.array(level),
        account_type=strings(kind),
        financial_statement=np.where(is_balance, "balance_sheet", "income_statement").astype(object),
        normal_balance=strings(normal),
        is_control_account=np.isin(code, ["1210", "2110"]),
        allow_posting=~has_children,
    )


def cost_centers(world: World) -> Columns:
    factory, number = repeat(np.full(len(FACTORY), len(COST_CENTER_KINDS)))
    code, name, kind = (strings(values)[number - 1] for values in zip(*COST_CENTER_KINDS, strict=True))
    return dict(
        cost_center_id=ids("CC", len(factory)),
        cost_center_code=texts("FAC{:02d}-{}", factory + 1, code),
        cost_center_name=texts("FAC{:02d} - {}", factory + 1, name),
        cost_center_type=kind,
        factory_id=FACTORY[factory],
    )


def gl_posting_rules(world: World) -> Columns:
    code, name, kind, subtype, debit, credit = zip(*POSTING_RULES, strict=True)
    return dict(
        rule_id=ids("RULE", len(POSTING_RULES)),
        rule_code=strings(code),
        rule_name=strings(name),
        transaction_type=strings(kind),
        transaction_subtype=strings(subtype),
        debit_account_id=account_ids(debit),
        credit_account_id=account_ids(credit),
        amount_field="total_amount",
        effective_from=world.plan.start,
    )


def exchange_rates(world: World) -> Columns:
    """Weekly rates. As in the real system the row from INR to USD carries INR per USD, and the other its inverse."""
    rng = world.plan.rng("exchange rates")
    weeks = np.arange(world.plan.today, world.plan.start - 7, -7)[::-1]
    day = np.repeat(weeks, len(RATES))
    count = len(day)
    currency = cycle(RATES, count)
    drift = 1 + np.cumsum(rng.normal(0, 0.002, (len(weeks), len(RATES))), axis=0).ravel()
    rate = np.round(np.array(list(RATES.values()))[np.arange(count) % len(RATES)] * drift, 6)
    inverse = np.round(1 / rate, 6)
    rupee = np.full(count, "INR", dtype=object)
    return dict(
        rate_id=ids("RATE", 2 * count),
        from_currency=np.concatenate([rupee, currency]),
        to_currency=np.concatenate([currency, rupee]),
        effective_date=np.concatenate([day, day]),
        exchange_rate=np.concatenate([rate, inverse]),
        inverse_rate=np.concatenate([inverse, rate]),
    )


@dataclass(frozen=True)
class Journals:
    """Journal entries: one per day and kind, with a debit and a credit line for each factory concerned."""

    world: World

    @cached_property
    def entries(self) -> dict[str, np.ndarray]:
        """Pairs of a debited and a credited account, by day, kind and factory, in INR."""
        sales, lines, purchases = self.world.sales, self.world.sales_lines, self.world.purchases
        cost = sum_by(lines.order, lines.quantity * self.world.company.product_cost[lines.product], sales.count)
        sold, bought = sales.is_delivered, purchases.is_invoiced
        settled = purchases.invoiced + 45
        is_settled = bought & (settled < self.world.plan.today)
        movements = [
            # kind, debit, credit, documents, which of them, on which day, INR
            ("sales_order", "1210", "4110", sales, sold, sales.delivered, sales.net),
            ("sales_order", "1210", "2130", sales, sold, sales.delivered, sales.tax),
            ("cost_of_sales", "5110", "1330", sales, sold, sales.delivered, cost),
            ("customer_payment", "1120", "1210", sales, sales.is_closed, sales.paid, sales.net + sales.tax),
            ("purchase_order", "1310", "2110", purchases, bought, purchases.invoiced, purchases.invoice),
            ("supplier_payment", "2110", "1120", purchases, is_settled, settled, purchases.invoice),
        ]
        parts = [
            daily(kind, debit, credit, day[which], documents.factory[which], amount[which])
            for kind, debit, credit, documents, which, day, amount in movements
        ] + self._month_end(cost)
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        order = np.lexsort([joined["kind"], joined["day"]])
        return {name: values[order] for name, values in joined.items()}

    def _month_end(self, cost: np.ndarray) -> list[dict[str, np.ndarray]]:
        """Production and the other costs of each finished month, on its last day."""
        sales = self.world.sales
        month = sales.delivered.astype("datetime64[M]")
        over = sales.is_delivered & (month < self.world.plan.today.astype("datetime64[M]"))
        end = (month[over] + 1).astype("datetime64[D]") - 1
        factory, net = sales.factory[over], sales.net[over]
        costs = [daily("month_end", debit, credit, end, factory, net * share) for debit, credit, share in MONTHLY_COSTS]
        production = [("1320", "1310"), ("1330", "1320")]
        return costs + [daily("production_order", *pair, end, factory, cost[over]) for pair in production]

    @cached_property
    def number(self) -> np.ndarray:
        """The journal, counted from 0, to which each pair belongs."""
        return np.unique(self._key, return_inverse=True)[1]

    @cached_property
    def first(self) -> np.ndarray:
        """The first pair of each journal."""
        return np.unique(self._key, return_index=True)[1]

    @property
    def _key(self) -> np.ndarray:
        kinds = np.unique(self.entries["kind"].astype(str), return_inverse=True)[1]
        return self.entries["day"].astype(int) * 10 + kinds


def daily(kind: str, debit: str, credit: str, day: np.ndarray, factory: np.ndarray, amount: np.ndarray) -> dict:
    """The amounts added up by day and factory."""
    key, position = np.unique(day.astype(int) * 10 + factory, return_inverse=True)
    count = len(key)
    return dict(
        day=(key // 10).astype("datetime64[D]"),
        kind=np.full(count, kind, dtype=object),
        factory=key % 10,
        debit=np.full(count, debit, dtype=object),
        credit=np.full(count, credit, dtype=object),
        amount=np.round(sum_by(position, amount, count), 2),
    )


def journal_entry_headers(world: World, journals: Journals) -> Columns:
    first = journals.first
    count = len(first)
    day, kind = journals.entries["day"][first], journals.entries["kind"][first]
    total = np.round(np.bincount(journals.number, weights=journals.entries["amount"]), 2)
    posted_at = day.astype("datetime64[s]") + hours(9)
    return dict(
        journal_entry_id=ids("JE", count),
        journal_number=texts("JE-{}-{:06d}", day_texts(day), np.arange(count) + 1),
        entry_type="automatic",
        source_type=kind,
        posting_date=day,
        fiscal_year=year_of(day),
        fiscal_period=period_of(day),
        description=texts("Daily posting of {}", kind),
        total_debit=total,
        total_credit=total,
        entry_status="posted",
        posted=True,
        posted_by="SYSTEM",
        posted_at=posted_at,
        approved=True,
        approved_by=pick(world.plan.rng("journal approver"), EMPLOYEE, count),
        approved_at=posted_at + hours(1),
        created_by="SYSTEM",
    )


def journal_entry_lines(journals: Journals) -> Columns:
    entries = journals.entries
    amount = np.repeat(entries["amount"], 2)
    is_debit = np.tile([True, False], len(entries["amount"]))
    code = np.stack([entries["debit"], entries["credit"]], axis=1).ravel()
    factory = np.repeat(entries["factory"], 2)
    journal = np.repeat(journals.number, 2)
    debit, credit = np.where(is_debit, amount, 0), np.where(is_debit, 0, amount)
    return dict(
        line_id=ids("JEL", len(amount)),
        journal_entry_id=ids("JE", journal + 1),
        line_number=np.arange(len(amount)) - 2 * journals.first[journal] + 1,
        account_id=account_ids(code),
        debit_amount=debit,
        credit_amount=credit,
        functional_debit=debit,
        functional_credit=credit,
        cost_center_id=ids("CC", factory * len(COST_CENTER_KINDS) + 1),
        factory_id=FACTORY[factory],
        created_at=np.repeat(entries["day"], 2),
    )


def account_balances(world: World, journals: Journals) -> Columns:
    """Balances of every account at the end of every month, from the journals."""
    months = world.plan.months
    codes = [code for code, *_ in ACCOUNTS]
    place = {code: number for number, code in enumerate(codes)}
    month = np.searchsorted(months, journals.entries["day"].astype("datetime64[M]"))
    amounts = journals.entries["amount"]
    moved = {}
    for side in ("debit", "credit"):
        account = np.array([place[code] for code in journals.entries[side]])
        key = account * len(months) + month
        moved[side] = np.bincount(key, weights=amounts, minlength=len(codes) * len(months)).reshape(len(codes), -1)
    debit, credit = moved["debit"], moved["credit"]
    ending = np.cumsum(debit - credit, axis=1)
    account, number = repeat(np.full(len(codes), len(months)))
    day = months[number - 1].astype("datetime64[D]")
    return dict(
        balance_id=ids("AB", len(account)),
        account_id=account_ids(codes)[account],
        fiscal_year=year_of(day),
        fiscal_period=period_of(day),
        beginning_balance=(ending - debit + credit).ravel().round(2),
        period_debit=debit.ravel().round(2),
        period_credit=credit.ravel().round(2),
        ending_balance=ending.ravel().round(2),
        last_updated=add_months(day, 1),
    )


def budget_headers(world: World) -> Columns:
    year = fiscal_year_numbers(world)[:-1]
    return dict(
        budget_id=ids("BUDGET", len(year)),
        budget_code=texts("BUDGET-{}", year),
        budget_name=texts("Operating Budget {}", year),
        fiscal_year=year,
        budget_type="operating",
        is_approved=True,
        budget_status="active",
        created_at=(year - 1970).astype("datetime64[Y]"),
    )


def budget_lines(world: World) -> Columns:
    """Each account and factory gets its share of what is sold in a month on average, within a tenth."""
    rng = world.plan.rng("budget")
    shares = [("4110", 1.0), ("5110", 0.50), *((code, share) for code, _, share in MONTHLY_COSTS)]
    budget, account, factory = np.indices((len(fiscal_year_numbers(world)) - 1, len(shares), len(FACTORY)))
    budget, account, factory = budget.ravel(), account.ravel(), factory.ravel()
    count = len(budget)
    revenue = np.bincount(world.sales.factory, weights=world.sales.net) / 13
    expected = revenue[factory] * np.array([share for _, share in shares])[account]
    months = np.round(expected[:, None] * rng.uniform(0.9, 1.1, (count, 12)), 2)
    return dict(
        budget_line_id=ids("BL", count),
        budget_id=ids("BUDGET", budget + 1),
        account_id=account_ids([code for code, _ in shares])[account],
        cost_center_id=ids("CC", factory * len(COST_CENTER_KINDS) + 1),
        **{f"period_{number + 1:02d}": months[:, number] for number in range(12)},
        annual_total=months.sum(axis=1).round(2),
    )


def financial_statements(world: World) -> Columns:
    """Three statements for each quarter that is over; assets are liabilities plus equity."""
    quarters = np.unique(world.plan.months.astype(int) // 3)[:-1]
    start = (quarters * 3).astype("datetime64[M]")
    end = (start + 3).astype("datetime64[D]") - 1
    sales = world.sales
    documents, kinds = [], []
    for first, last in zip(start.astype("datetime64[D]"), end, strict=True):
        in_quarter = sales.is_delivered & (sales.delivered >= first) & (sales.delivered <= last)
        documents += statements(float(sales.net[in_quarter].sum()))
        kinds += ["profit_loss", "balance_sheet", "cash_flow"]
    count = len(documents)
    quarter = np.repeat(quarters, 3)
    return dict(
        statement_id=ids("STMT", count),
        statement_type=strings(kinds),
        fiscal_year=1970 + quarter // 4,
        fiscal_period=quarter % 4 + 1,
        start_date=np.repeat(start.astype("datetime64[D]"), 3),
        end_date=np.repeat(end, 3),
        generated_at=np.repeat(end + 10 * DAY, 3),
        generated_by="SYSTEM",
        statement_status="finalized",
        statement_data=strings([json.dumps(document) for document in documents]),
    )


def statements(revenue: float) -> list[dict[str, float]]:
    """Profit and loss, balance sheet and cash flow of a quarter, in proportion to its revenue."""

    def share(part: float) -> float:
        return round(revenue * part, 2)

    cost, expenses = share(0.70), share(0.14)
    liabilities, equity = share(0.55), share(0.95)
    operating, investing, financing = share(0.15), -share(0.06), -share(0.02)
    net = round(operating + investing + financing, 2)
    return [
        {
            "revenue": share(1),
            "cost_of_goods_sold": cost,
            "gross_profit": round(share(1) - cost, 2),
            "operating_expenses": expenses,
            "net_income": round((share(1) - cost - expenses) * 0.75, 2),
        },
        {
            "total_assets": round(liabilities + equity, 2),
            "current_assets": share(0.6),
            "fixed_assets": round(liabilities + equity - share(0.6), 2),
            "total_liabilities": liabilities,
            "current_liabilities": share(0.35),
            "equity": equity,
        },
        {
            "operating_cash_flow": operating,
            "investing_cash_flow": investing,
            "financing_cash_flow": financing,
            "net_cash_flow": net,
            "beginning_cash": share(0.1),
            "ending_cash": round(share(0.1) + net, 2),
        },
    ]


def period_close_tasks(world: World) -> Columns:
    """Ten tasks per month; those of finished months are done by the eighth day of the next."""
    month, number = repeat(np.full(len(world.plan.months), len(CLOSE_TASKS)))
    month = world.plan.months[month]
    next_month = (month + 1).astype("datetime64[D]")
    done = next_month + 8 < world.plan.today
    count = len(month)
    return dict(
        task_id=ids("TASK", count),
        fiscal_year=year_of(month),
        fiscal_period=period_of(month),
        task_sequence=number,
        task_name=strings(CLOSE_TASKS)[number - 1],
        task_status=np.where(done, "completed", "pending").astype(object),
        started_at=only(done, next_month + number // 2),
        completed_at=only(done, next_month + number // 2 + 1),
        completed_by=only(done, cycle(["USR-001", "USR-002", "USR-003"], count)),
        created_at=month.astype("datetime64[D]"),
    )


def inter_company_transactions(world: World) -> Columns:
    rng = world.plan.rng("inter company")
    day = np.sort(pick(rng, world.plan.workdays[:-30], 48))
    sender = whole(rng, 0, len(FACTORIES) - 1, 48)
    receiver = (sender + whole(rng, 1, len(FACTORIES) - 1, 48)) % len(FACTORIES)
    return dict(
        transaction_id=ids("ICT", 48),
        transaction_number=ids("ICTN", 48),
        from_company_id=ids("COMP", sender + 1, width=3),
        to_company_id=ids("COMP", receiver + 1, width=3),
        transaction_type="goods_transfer",
        transaction_date=day,
        amount=np.round(rng.uniform(50_000, 900_000, 48), 2),
        reconciled=True,
        reconciled_date=day + 10,
    )


def gl_audit_trail(world: World) -> Columns:
    rng = world.plan.rng("gl audit")
    count = 200
    amount = whole(rng, 1000, 90_000, count)
    changed = np.sort(at(rng, pick(rng, world.plan.workdays[:-1], count)))
    is_correction = chance(rng, 0.3, count)
    return dict(
        audit_id=ids("AUDIT", count),
        audit_timestamp=changed,
        action_type=np.where(is_correction, "update", "post").astype(object),
        entity_type="journal_entry",
        entity_id=ids("JE", whole(rng, 1, 300, count)),
        old_values=texts('{{"status": "draft", "amount": {}}}', amount),
        new_values=texts('{{"status": "posted", "amount": {}}}', amount + is_correction * 10),
        user_id=cycle(["USR-001", "USR-002", "USR-003"], count),
        ip_address=texts("192.168.1.{}", whole(rng, 2, 250, count)),
        session_id=texts("SESS-{}", whole(rng, 10**5, 10**6 - 1, count)),
    )
