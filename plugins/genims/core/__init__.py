"""What every room may use: settings, connections, paths, errors, and the readers of schema and query files.

It imports no other room and no database driver, because every parse of a DAG file reads it.
"""
