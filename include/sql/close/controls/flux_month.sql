/* ---
title: The P&L is near that of a month
proves: No line of the P&L is off by more than half and by more than the materiality from the mean of the 30 days before.
standard: SOX 404, analytical review
level: report
materiality: 2500000
todo: Find the orders, issues or expenses behind the change, and note the reason with the sign-off.
reads: [reporting.profit_and_loss_daily]
--- */
{% from "macros/flux.sql" import compared with context -%}
{{ compared("on average of the 30 days before", "p.pnl_date < DATE '" ~ day ~ "' AND p.pnl_date >= DATE '" ~ day ~ "' - INTERVAL 30 DAY") }}
