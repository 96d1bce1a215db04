"""Finds where rows begin and end in the INSERT statements of mysqldump, whatever the texts in them hold."""

from __future__ import annotations

import numpy as np

QUOTE, OPENING, CLOSING, BACKSLASH = b"'()\\"


class RowMarks:
    """Follows one statement from behind its VALUES on."""

    def __init__(self):
        self._in_text = False
        self._held = b""  # a backslash at the end of a piece, whose meaning the next one shows

    def find(self, piece: bytes) -> tuple[np.ndarray, np.ndarray]:
        """Where rows begin and where they end: the parentheses outside of quotes, where no value has one.

        :param piece: the next part of the statement, cut anywhere.
        :returns: positions in the piece, in order.
        """
        text = self._held + piece
        kept, behind = text.rstrip(b"\\"), len(self._held)
        self._held = b"\\" * ((len(text) - len(kept)) % 2)
        codes = np.frombuffer(kept, np.uint8)
        quotes = _ends_of_texts(kept, codes)
        begins, ends = (
            places[(np.searchsorted(quotes, places) + self._in_text) % 2 == 0] - behind
            for places in (np.flatnonzero(codes == OPENING), np.flatnonzero(codes == CLOSING))
        )
        self._in_text = (len(quotes) + self._in_text) % 2 == 1
        return begins, ends


def _ends_of_texts(text: bytes, codes: np.ndarray) -> np.ndarray:
    """Where the quotes are that begin and end texts.

    :param text: neither begins within an escape nor ends with a backslash.
    :param codes: its bytes.
    """
    quotes = np.flatnonzero(codes == QUOTE)
    # The place before the first one is the last one, which is no backslash.
    if (codes[quotes - 1] == BACKSLASH).any():
        # Two backslashes are a character of a text; a single one takes the quote behind it into the text.
        codes = np.frombuffer(text.replace(b"\\\\", b"__"), np.uint8)
        quotes = quotes[codes[quotes - 1] != BACKSLASH]
    return quotes
