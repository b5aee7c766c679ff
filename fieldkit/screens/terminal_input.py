"""Takes what a terminal sends even where it is not UTF-8: one foreign byte must not end the app."""

from __future__ import annotations

import codecs
import sys
from functools import partial

__all__ = ["UNREADABLE", "accept_any_bytes"]

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""What stands for bytes that are no text."""


def _lenient(encoding: str) -> partial[codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")


def accept_any_bytes() -> None:
    """Let the driver of the terminal replace bytes that are no UTF-8, as a terminal set to GBK sends for Chinese.

    Textual decodes strictly in the thread that reads the keyboard, and a single such byte ends the whole app.
    It has no setting for this, so its decoder is exchanged; on Windows keys arrive as text.
    """
    if sys.platform != "win32":
        from textual.drivers import linux_driver

        vars(linux_driver)["getincrementaldecoder"] = _lenient
