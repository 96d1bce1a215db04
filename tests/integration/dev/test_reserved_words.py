"""The reserved words that a table name is refused for are those of the servers."""

from contextlib import closing

import psycopg

from dev.recipes.names import reserved_words
from tests.support.faults.faults import query


def test_every_reserved_word_of_the_servers_is_known(platform, source_server):
    known = reserved_words()
    rows = query("SELECT LOWER(word) FROM information_schema.keywords WHERE reserved = 1")
    assert {word for (word,) in rows} <= known["MySQL"]
    with closing(psycopg.connect(source_server, dbname="postgres")) as session:
        rows = session.execute("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')").fetchall()
    assert {word for (word,) in rows} <= known["PostgreSQL"]
