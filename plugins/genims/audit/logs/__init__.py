"""Records what the sources log themselves: sign-ins, approvals, kept and broken promises.

A log is one file, ``include/sql/audit/logs/<name>.sql``. The DAG ``audit_logs`` reads ``source_log`` when it is parsed,
and its tasks enter through ``sync.sync_log``.
"""
