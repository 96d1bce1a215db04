"""What is posted for sales and purchases, and to which accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import ids

BANK, RECEIVABLES, INVENTORY = "1120", "1210", "1310"
PAYABLES, SALES_TAX, PRODUCT_SALES = "2110", "2130", "4110"


@dataclass(frozen=True)
class Postings:
    """One row per posting. Amounts are INR and never negative."""

    day: np.ndarray
    document: np.ndarray
    kind: np.ndarray  # RV sales invoice, DZ customer payment, KR supplier invoice
    source: np.ndarray  # the order that caused it
    factory: np.ndarray
    account: np.ndarray
    is_debit: np.ndarray
    amount: np.ndarray


def postings(world: World) -> Postings:
    """All postings in the order of their days."""
    parts = [sales_invoices(world), customer_payments(world), supplier_invoices(world)]
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return Postings(*(column[order] for column in joined))


def sales_invoices(world: World) -> list[np.ndarray]:
    sales = world.sales
    order = np.flatnonzero(sales.is_delivered)
    net, tax = sales.net[order], sales.tax[order]
    entries = [(RECEIVABLES, True, np.round(net + tax, 2)), (PRODUCT_SALES, False, net), (SALES_TAX, False, tax)]
    return documents("INV", "RV", order, "SO", sales.delivered[order], sales.factory[order], entries)


def customer_payments(world: World) -> list[np.ndarray]:
    sales = world.sales
    order = np.flatnonzero(sales.is_closed)
    total = np.round(sales.net + sales.tax, 2)[order]
    entries = [(BANK, True, total), (RECEIVABLES, False, total)]
    return documents("PAY", "DZ", order, "SO", sales.paid[order], sales.factory[order], entries)


def supplier_invoices(world: World) -> list[np.ndarray]:
    purchases = world.purchases
    order = np.flatnonzero(purchases.is_invoiced)
    value = purchases.invoice[order]
    entries = [(INVENTORY, True, value), (PAYABLES, False, value)]
    return documents("SINV", "KR", order, "PO", purchases.invoiced[order], purchases.factory[order], entries)


def documents(prefix, kind, position, source_prefix, day, factory, entries) -> list[np.ndarray]:
    """The columns of Postings for documents that all have the same entries (account, is debit, amount)."""
    count, height = len(position), len(entries)
    accounts, sides, values = zip(*entries, strict=True)
    return [
        np.repeat(day.astype("datetime64[D]"), height),
        np.repeat(ids(prefix, position + 1), height),
        np.full(count * height, kind, dtype=object),
        np.repeat(ids(source_prefix, position + 1), height),
        np.repeat(factory, height),
        np.tile(np.array(accounts, dtype=object), count),
        np.tile(np.array(sides), count),
        np.stack(values, axis=1).ravel(),
    ]
