"""Brings captured events from the outboxes of the sources to the audit tables, in order, each event once.

The operator ``audit_stream`` enters by ``stream`` and shows ``live_view``; no other room imports from here. An event
goes from ``outbox`` through ``source_feed`` and ``encoder`` to ``writer``, which hands it to the ledger.
"""
