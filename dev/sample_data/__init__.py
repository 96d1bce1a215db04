"""Sample data: thirteen months of a manufacturer's business in the source databases.

``plan`` says how much and for which days, ``company`` who and what there is, ``business`` what happened.
One module per database then describes these facts as its tables do, so that keys and amounts agree
everywhere, and ``load`` copies them into PostgreSQL.
"""
