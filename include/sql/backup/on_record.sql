-- Backups, drills and deletions of one database that are on record.
SELECT action, location
FROM backup_recovery
WHERE source_database = %(source)s AND database_name = %(database)s AND location LIKE %(place)s AND action <> 'restore'
