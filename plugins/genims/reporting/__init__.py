"""The tables of ``genims_reporting_db``: their list, the business days of a run, reconciliation and maintenance.

Only operators, transfers and DAG files enter.
"""
