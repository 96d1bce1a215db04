"""Proves that the audit tables hold what was written: anchors blocks in Blob Storage, and verifies rows and blocks.

It reads what ``audit.ledger`` has written and changes none of it. Jobs that need proof (backup drills, compliance
manifests) call ``verify.verify``; archives read rows through ``stored_rows``.
"""
