"""Sessions with the servers: MySQL, PostgreSQL, the sources attached to DuckDB, and Blob Storage.

Each server has one module, which alone knows how to sign in, encrypt and set time limits. The rooms above use it.
"""
