"""Live traffic: what applications do to the source databases all day.

``changes`` says what happens in each database, ``session`` makes one transaction of it, and ``pace``
keeps the rate. Rows that were there before are only updated; only rows of the traffic itself are deleted.
"""
