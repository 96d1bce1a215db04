/* ---
title: The P&L is near the day before
proves: No line of the P&L is off by more than half and by more than the materiality from the day before.
standard: SOX 404, analytical review
level: report
materiality: 5000000
todo: Find the orders, issues or expenses behind the change, and note the reason with the sign-off.
reads: [reporting.profit_and_loss_daily]
--- */
{% from "macros/flux.sql" import compared with context -%}
{{ compared("the day before", "p.pnl_date = DATE '" ~ day ~ "' - INTERVAL 1 DAY") }}
