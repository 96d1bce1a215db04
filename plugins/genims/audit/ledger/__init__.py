"""Writes audit rows: numbers and hashes events, closes blocks over them, commits all of it with the source's position.

Every row of a chained table comes from here. Other rooms of the audit open a ``Ledger``; every job outside of the audit
uses ``pipeline``. The ledger does not know where events come from.
"""
