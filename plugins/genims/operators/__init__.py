"""Operators of our own, one for each kind of task.

DAG files import them at their top, so drivers are imported where a task runs, not at the top of a module.
"""
