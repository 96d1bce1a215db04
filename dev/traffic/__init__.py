"""Live traffic: what applications do to the source databases all day.

``changes`` says what happens in each database, ``session`` makes one transaction of it, and ``pace``
keeps the rate. It updates older rows and deletes only rows that it has inserted.
"""
