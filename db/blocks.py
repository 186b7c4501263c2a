"""The blocks of a message as they are stored: JSON, one object for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from db.records import Block
from db.vocabulary import Part

_DECODER: Final = msgspec.json.Decoder(tuple[Block, ...])
LONGEST_SEARCHED_WORD: Final = 512
"""Longer stretches without a space are data, such as base64, and would swell the index."""


def encode_blocks(blocks: Sequence[Block]) -> str:
    """Return blocks as JSON text."""
    return msgspec.json.encode(blocks).decode()


def decode_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a JSON text that `encode_blocks` made."""
    return _DECODER.decode(text)


def readable_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a JSON text; one that is damaged is what a single block says."""
    try:
        return decode_blocks(text)
    except (msgspec.MsgspecError, UnicodeError):
        return (Block(type=Part.TEXT, text=text),)


def block_text(text: str) -> str:
    """Return what the blocks of a JSON text say, as the search index takes it."""
    words = []
    for block in readable_blocks(text):
        for piece in (block.name, block.text):
            if len(piece) <= LONGEST_SEARCHED_WORD:
                words.append(piece)
            else:
                words += [w for w in piece.split() if len(w) <= LONGEST_SEARCHED_WORD]
    return " ".join(words)
