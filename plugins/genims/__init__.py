"""The GenIMS reporting and audit layer: everything the DAGs call."""
