"""The work of ``platform_setup`` on the MySQL server: indexes, users, and the proof that all is as declared.

Only the tasks of that DAG enter.
"""
