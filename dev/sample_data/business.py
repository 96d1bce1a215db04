"""What happened: who ordered what, when it was made and shipped, and what was bought.

Databases never disagree, because each of them describes these same facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dev.sample_data.columns import DAY, at, chance, fan_out, hours, pick, sum_by, whole
from dev.sample_data.company import (
    CUSTOMERS,
    FACTORIES,
    MATERIAL,
    MATERIALS_PER_SUPPLIER,
    PRODUCT,
    SUPPLIER,
    Company,
    line_of,
    supplied_material,
)
from dev.sample_data.plan import Plan


@dataclass(frozen=True)
class Sales:
    """Sales orders. Columns are aligned; customer, factory and so on are positions in the company's lists."""

    customer: np.ndarray
    factory: np.ndarray
    ordered: np.ndarray  # days
    requested: np.ndarray
    shipped: np.ndarray
    delivered: np.ndarray
    cancelled: np.ndarray
    has_shipped: np.ndarray
    is_delivered: np.ndarray
    is_closed: np.ndarray  # delivered and paid
    net: np.ndarray  # INR
    tax: np.ndarray

    @property
    def count(self) -> int:
        return len(self.customer)

    @property
    def status(self) -> np.ndarray:
        known = [self.cancelled, self.is_closed, self.is_delivered]
        return np.select(known, ["cancelled", "closed", "delivered"], "open").astype(object)

    @property
    def paid(self) -> np.ndarray:
        """The day on which a closed order was paid."""
        return self.delivered + 30


@dataclass(frozen=True)
class SalesLines:
    """Lines of sales orders; each is made to order by one work order of the same position."""

    order: np.ndarray
    number: np.ndarray
    customer: np.ndarray
    factory: np.ndarray
    line: np.ndarray  # production line
    product: np.ndarray
    quantity: np.ndarray
    price: np.ndarray  # INR per unit
    run_hours: np.ndarray
    start: np.ndarray  # of production
    finish: np.ndarray
    planned_finish: np.ndarray
    status: np.ndarray  # of the work order

    @property
    def count(self) -> int:
        return len(self.order)

    @property
    def is_finished(self) -> np.ndarray:
        return (self.status == "completed") | (self.status == "closed")

    @property
    def is_started(self) -> np.ndarray:
        return self.is_finished | (self.status == "in_progress") | (self.status == "on_hold")


@dataclass(frozen=True)
class Purchases:
    supplier: np.ndarray
    factory: np.ndarray
    ordered: np.ndarray
    total: np.ndarray  # INR, as ordered
    invoiced: np.ndarray  # days: after the last receipt
    invoice: np.ndarray  # INR, for what was received
    is_invoiced: np.ndarray

    @property
    def count(self) -> int:
        return len(self.supplier)


@dataclass(frozen=True)
class PurchaseLines:
    order: np.ndarray
    number: np.ndarray
    material: np.ndarray
    quantity: np.ndarray
    price: np.ndarray  # INR per unit
    due: np.ndarray
    received: np.ndarray  # instants
    received_quantity: np.ndarray
    is_received: np.ndarray

    @property
    def count(self) -> int:
        return len(self.order)


@dataclass(frozen=True)
class World:
    """All shared facts of one plan."""

    plan: Plan

    @cached_property
    def company(self) -> Company:
        return Company(self.plan)

    @cached_property
    def _sold(self) -> tuple[Sales, SalesLines]:
        return sell(self.plan, self.company)

    @cached_property
    def _bought(self) -> tuple[Purchases, PurchaseLines]:
        return buy(self.plan, self.company)

    @property
    def sales(self) -> Sales:
        return self._sold[0]

    @property
    def sales_lines(self) -> SalesLines:
        return self._sold[1]

    @property
    def purchases(self) -> Purchases:
        return self._bought[0]

    @property
    def purchase_lines(self) -> PurchaseLines:
        return self._bought[1]

    @cached_property
    def stock(self) -> np.ndarray:
        """Units on hand now, by factory and material."""
        value = self.plan.rng("stock").uniform(4_000, 250_000, (len(FACTORIES), len(MATERIAL)))
        return np.round(value / self.company.standard_cost)


def sell(plan: Plan, company: Company) -> tuple[Sales, SalesLines]:
    rng = plan.rng("sales")
    count = plan.count(5000)
    ordered = np.sort(pick(rng, plan.workdays, count))
    customer = pick(rng, np.arange(len(CUSTOMERS)), count, weights=np.linspace(2, 1, len(CUSTOMERS)))
    factory = np.where(chance(rng, 0.7, count), customer % len(FACTORIES), whole(rng, 0, len(FACTORIES) - 1, count))
    requested = ordered + whole(rng, 14, 30, count)
    lateness = np.where(chance(rng, 0.08, count), whole(rng, 1, 6, count), -whole(rng, 0, 2, count))
    delivered = requested + lateness
    shipped = delivered - whole(rng, 2, 5, count)
    cancelled = chance(rng, 0.015, count)
    is_delivered = ~cancelled & (delivered < plan.today)

    order, number = fan_out(rng, count, [0, 0.25, 0.3, 0.25, 0.15, 0.05])
    lines = len(order)
    product = (whole(rng, 0, len(PRODUCT) - 1, count)[order] + number * 8) % len(PRODUCT)
    quantity = np.maximum(np.round(rng.uniform(40, 260, lines) / plan.share), 1)
    price = company.list_price[customer[order], product]
    net = np.round(sum_by(order, quantity * price, count), 2)

    # Made backwards from the shipment, so that nothing leaves before it is finished.
    run_hours = np.clip(quantity * company.cycle_seconds[product] / 3600 * rng.uniform(0.95, 1.2, lines), 0.25, 60)
    finish = at(rng, shipped[order] - whole(rng, 1, 3, lines), 6, 20)
    start = finish - hours(run_hours + rng.uniform(0.5, 1.5, lines))
    is_late = chance(rng, 0.09, lines)
    planned_finish = finish + hours(np.where(is_late, -rng.uniform(0.5, 6, lines), rng.uniform(0, 4, lines)))
    on_hold = chance(rng, 0.04, lines)
    status = np.select(
        [cancelled[order], finish < plan.now - 30 * DAY, finish < plan.now, start > plan.now, on_hold],
        ["cancelled", "closed", "completed", "planned", "on_hold"],
        "in_progress",
    )
    sales = Sales(
        customer=customer,
        factory=factory,
        ordered=ordered,
        requested=requested,
        shipped=shipped,
        delivered=delivered,
        cancelled=cancelled,
        has_shipped=~cancelled & (shipped < plan.today),
        is_delivered=is_delivered,
        is_closed=is_delivered & (delivered + 30 < plan.today),
        net=net,
        tax=np.round(net * 0.18, 2),
    )
    return sales, SalesLines(
        order=order,
        number=number,
        customer=customer[order],
        factory=factory[order],
        line=line_of(factory[order], product),
        product=product,
        quantity=quantity.astype(int),
        price=price,
        run_hours=run_hours,
        start=start,
        finish=finish,
        planned_finish=planned_finish,
        status=status.astype(object),
    )


def buy(plan: Plan, company: Company) -> tuple[Purchases, PurchaseLines]:
    rng = plan.rng("purchases")
    count = plan.count(3500)
    ordered = np.sort(pick(rng, plan.workdays, count))
    supplier = whole(rng, 0, len(SUPPLIER) - 1, count)

    order, number = fan_out(rng, count, [0, 0.25, 0.35, 0.25, 0.15])
    lines = len(order)
    choice = (whole(rng, 0, MATERIALS_PER_SUPPLIER - 1, count)[order] + number) % MATERIALS_PER_SUPPLIER
    material = supplied_material(supplier[order], choice)
    cost = company.standard_cost[material]
    price = np.round(cost * rng.uniform(0.94, 1.05, lines), 2)
    quantity = np.maximum(np.round(rng.uniform(40_000, 170_000, lines) / plan.share / cost), 1)
    due = ordered[order] + whole(rng, 7, 30, lines)
    lateness = np.where(chance(rng, 0.1, lines), whole(rng, 1, 5, lines), -whole(rng, 0, 3, lines))
    received = at(rng, due + lateness, 7, 18)
    missing = np.where(chance(rng, 0.06, lines), rng.uniform(0.01, 0.08, lines), 0)
    received_quantity = np.round(quantity * (1 - missing))
    last_receipt = ordered.copy()
    np.maximum.at(last_receipt, order, received.astype("datetime64[D]"))
    invoiced = last_receipt + whole(rng, 1, 5, count)
    purchases = Purchases(
        supplier=supplier,
        factory=whole(rng, 0, len(FACTORIES) - 1, count),
        ordered=ordered,
        total=np.round(sum_by(order, quantity * price, count), 2),
        invoiced=invoiced,
        invoice=np.round(sum_by(order, received_quantity * price, count), 2),
        is_invoiced=invoiced < plan.today,
    )
    return purchases, PurchaseLines(
        order=order,
        number=number,
        material=material,
        quantity=quantity,
        price=price,
        due=due,
        received=received,
        received_quantity=received_quantity,
        is_received=received < plan.now,
    )
