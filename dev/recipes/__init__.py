"""Recipes of a developer: begin, try and drop a table or a log, and check its files."""
