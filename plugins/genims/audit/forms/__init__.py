"""Takes what persons enter in trigger forms: legal holds and requests about their data.

The DAGs ``legal_hold*`` and ``gdpr_request*`` read ``vocabulary`` when they are parsed, and their tasks enter through
``holds`` and ``gdpr``. A job that destroys audit rows asks ``holds.active_holds`` first.
"""
