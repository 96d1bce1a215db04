"""Sample data: thirteen months of a manufacturer's business in the source databases.

``plan`` sets the volume and the days, ``company`` lists customers, products and machines, ``business`` what happened.
One module per database then describes these facts as its tables do, so that keys and amounts agree everywhere, and
``load`` copies them into PostgreSQL. A column that holds its schema's default in every row is left out.
"""
