"""The source databases, and what makes the tables of each."""

from __future__ import annotations

from collections.abc import Callable

from dev.sample_data import (
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
from dev.sample_data.business import World
from dev.sample_data.columns import Columns

DATABASES: dict[str, Callable[[World], dict[str, Columns]]] = {
    # the largest first, so that two workers finish together
    "genims_manufacturing_db": manufacturing.tables,
    "genims_erp_db": erp.tables,
    "genims_operations_db": operations.tables,
    "genims_tms_db": tms.tables,
    "genims_wms_db": wms.tables,
    "genims_maintenance_db": maintenance.tables,
    "genims_hr_db": hr.tables,
    "genims_financial_db": financial.tables,
    "genims_supplier_db": supplier.tables,
    "genims_service_db": service.tables,
    "genims_crm_db": crm.tables,
    "genims_quality_db": quality.tables,
    "genims_erp_wms_sync_db": sync.tables,
    "genims_master_db": master.tables,
}
