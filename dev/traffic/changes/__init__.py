"""What happens in each database. Every change is one transaction, written with the verbs of a session.

A change touches older rows of one table only, so that writers never deadlock.
"""

from dev.traffic.changes import (  # noqa: F401 - importing them registers their changes
    crm,
    erp,
    financial,
    hr,
    maintenance,
    manufacturing,
    master,
    operations,
    quality,
    service,
    supplier,
    sync,
    tms,
    wms,
)
from dev.traffic.changes.registry import CHANGES as CHANGES
