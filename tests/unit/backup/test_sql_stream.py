"""Counting rows in the text of mysqldump, whatever the texts in it hold and wherever it is cut."""

from __future__ import annotations

import random

import pytest

from genims.backup.digests import Digests
from genims.backup.sql_stream import SqlStream

TEXTS = [b"", b"\\'", b"\\\\", b"),(", b"\\'),(\\'", b"(((", b"\\n\\0", b"\\\\\\'", b"x" * 50]
HEAD = b"-- Table structure for table `t``1`\n--\n\nCREATE TABLE `t``1` (\n) x;\n--\n-- Dumping data for table `t``1`\n"


def dump(rows: list[bytes], columns: bytes = b"") -> bytes:
    insert = b"INSERT INTO `t``1` " + columns + b"VALUES " + b",".join(rows)
    return HEAD + insert + b";\nUNLOCK TABLES;\n-- Dump completed\n"


@pytest.mark.parametrize("seed", range(30))
def test_rows_are_counted_whatever_they_hold_and_wherever_the_text_is_cut(seed):
    draw = random.Random(seed)
    rows = [
        b"(%d,'%s',NULL,0x00FF,'%s')" % (number, draw.choice(TEXTS), b"".join(draw.choices(TEXTS, k=3)))
        for number in range(draw.randrange(1, 40))
    ]
    text = dump(rows, draw.choice([b"", b"(`a`, `b(`, `c'``d`) "]))
    digests = Digests()
    stream = SqlStream(on_rows=digests.on_rows)
    passed, at = b"", 0
    while at < len(text):
        size = draw.choice([1, 2, 3, 7, 100])
        passed += stream.feed(text[at : at + size])
        at += size
    assert passed == text
    assert stream.rows == digests.rows == {"t`1": len(rows)}
    assert stream.completed == 1
    again = Digests()
    SqlStream(on_rows=again.on_rows).feed(dump(list(reversed(rows))))
    assert again.by_table == digests.by_table
    SqlStream(on_rows=again.on_rows).feed(dump(rows[:1]))
    assert again.by_table != digests.by_table


def test_definers_are_left_out_and_named():
    text = (
        b"DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`ro``ot`@`%`*/ /*!50003 TRIGGER `tr` BEFORE INSERT ON `t` "
        b"FOR EACH ROW BEGIN\nCREATE DEFINER=`kept`@`%` VIEW `x` AS SELECT 1;\nEND */;;\nDELIMITER ;\n"
        b"/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`a`@`b` SQL SECURITY DEFINER */\n"
        b"/*!50001 VIEW `v` */;\n"
        b"DELIMITER ;;\nCREATE DEFINER=`a`@`b` PROCEDURE `p`()\nSELECT 1 ;;\nDELIMITER ;\n"
    )
    stream = SqlStream()
    passed = stream.feed(text)
    assert stream.definers == {"root@%", "a@b"}
    assert b"DEFINER=`kept`" in passed and passed.count(b"DEFINER=") == 1
    assert b"/*!50013 SQL SECURITY DEFINER */" in passed and b"CREATE PROCEDURE `p`" in passed
    assert {("trigger", "tr"), ("procedure", "p")} <= stream.objects
