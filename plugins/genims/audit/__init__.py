"""The audit: every change of sensitive data, written once, in order, and provably unaltered.

``evidence``, ``stream``, ``logs``, ``drift`` and ``forms`` do the work and do not know each other. They build on
``ledger`` and ``capture``, which build on ``format``. Jobs outside of the audit write through ``ledger.pipeline``.
"""
