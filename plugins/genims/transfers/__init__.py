"""Operators that move rows from the sources into MySQL, and the tasks that a DAG makes of them.

DAG files import them at their top, so drivers are imported where a task runs, not at the top of a module.
"""
