"""The daily financial close: a day is checked, closed and signed, and changes afterwards only in the open.

``gate`` decides what is closed, ``figures`` reads and writes the rows of a day, ``signing`` puts it on the chained
record, ``cut_off`` and ``controls`` say whether a day may close, ``changes`` finds what sources change afterwards,
``restating`` restates with two persons, ``period`` closes a month. ``steps`` are the tasks of the DAGs.
"""
