"""The GenIMS reporting and audit layer: everything that the DAGs call.

Each room has one job. It imports the rooms below it, never one above or beside it:

    operators, transfers
    dag_defaults
    setup
    reporting, audit
    engine
    hooks
    core

``[tool.importlinter]`` in ``pyproject.toml`` says the same, and ``make lint`` enforces it.
"""
