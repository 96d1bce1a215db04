"""Finds changes that nobody reported, by comparing definitions, rights and settings with those on record.

The tasks of ``platform_setup``, ``audit_verify`` and ``audit_logs`` enter through ``record_mysql_changes``,
``record_rights`` and ``record_settings``. All rows go through ``audit.ledger``.
"""
