"""Loads a table: reads the sources in DuckDB, examines the rows, stages and publishes them in MySQL.

The engine knows neither which tables there are nor when they run; reporting and audit.logs hand that in.
"""
