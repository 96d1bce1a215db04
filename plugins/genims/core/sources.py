"""The source databases: the short name that queries use, and the database that it stands for."""

SOURCES = {
    "master": "genims_master_db",
    "erp": "genims_erp_db",
    "manufacturing": "genims_manufacturing_db",
    "maintenance": "genims_maintenance_db",
    "quality": "genims_quality_db",
    "wms": "genims_wms_db",
    "tms": "genims_tms_db",
    "crm": "genims_crm_db",
    "service": "genims_service_db",
    "hr": "genims_hr_db",
    "supplier": "genims_supplier_db",
    "financial": "genims_financial_db",
    "operations": "genims_operations_db",
    "sync": "genims_erp_wms_sync_db",
}
