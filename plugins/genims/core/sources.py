"""The source databases by the short names that queries use, and how tasks share them."""

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


def parse_shards(text: str) -> list[list[str]]:
    """The sources of each task: a task for each group of names, and one more for the sources that no group names.

    :param text: short names separated by commas, tasks separated by semicolons, such as ``erp;crm,service``.
    :raises ValueError: a name is no source, or occurs twice.
    """
    shards = [[name.strip() for name in part.split(",")] for part in text.split(";") if part.strip()]
    named = [name for shard in shards for name in shard]
    if unknown := [name for name in named if name not in SOURCES]:
        raise ValueError(f"{unknown[0]!r} is not a source; the sources are {', '.join(SOURCES)}")
    if doubled := [name for name in named if named.count(name) > 1]:
        raise ValueError(f"{doubled[0]!r} is in two tasks; a source has one")
    rest = [name for name in SOURCES if name not in named]
    return [*shards, rest] if rest else shards
