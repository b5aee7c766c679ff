"""The words beside a QR code: what it is, how far the film is, what is still owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.i18n import _
from fieldkit.screens.sync_lines import grouped_digits
from fieldkit.widgets.lines import Line, line, wrap

if TYPE_CHECKING:
    from fieldkit.services.filming import Film
    from fieldkit.sync.frames import Frames

__all__ = ["film_lines", "still_lines"]

_LEAST = 16
"""Cells that words need beside a code."""


def film_lines(film: Film, frames: Frames, *, shown: int, rate: float, playing: bool, size: int) -> list[Line]:
    """Return what stands beside a film.

    Args:
        film: The bundle.
        frames: Its frames in the version that is shown.
        shown: How many frames were shown so far.
        rate: Frames a second.
        playing: False while it is paused.
        size: Cells of a row; below 16 there are no words.
    """
    if size < _LEAST:
        return []
    kind = _("sealed") if film.sealed else _("NOT sealed")
    bytes_text = _("{bytes} bytes").format(bytes=film.bytes)
    rows = [
        line((_("bundle"), "dim"), f" {film.sha256[:4]}..{film.sha256[-2:]}"),
        line(bytes_text + ", ", (kind, "" if film.sealed else "warn")),
        line((_("check"), "dim"), "  ", (grouped_digits(film.digits), "label")),
        (),
        line((_("shown"), "dim"), f"  {shown}  ", ("" if playing else _("paused"), "warn")),
        line(_("any {count} are enough").format(count=frames.symbols)),
        line(_("about {count} at 30 % loss").format(count=frames.expected())),
        (),
        line((_("speed"), "dim"), "  ", _("{rate:g} a second").format(rate=rate)),
        line((_("size"), "dim"), f"  v{frames.version}"),
    ]
    if film.better_by_stick:
        minutes = max(round(frames.expected() / rate / 60), 1)
        text = _("This takes {minutes} minutes here: a stick is faster.").format(minutes=minutes)
        rows += [(), *(line((part, "warn")) for part in wrap(text, size))]
    if film.owed:
        text = _("{count} files of evidence, {bytes} bytes, are owed: codes never carry them, take a stick.").format(
            count=film.owed, bytes=film.owed_bytes
        )
        rows += [(), *(line((part, "warn")) for part in wrap(text, size))]
    return rows


def still_lines(text: str, title: str, size: int) -> list[Line]:
    """Return what stands beside a still code: what it is, and its text for those who type or paste."""
    if size < _LEAST:
        return []
    rows = [line((part, "label")) for part in wrap(title, size)]
    rows += [(), line((_("its text; c copies it:"), "dim"))]
    return rows + [line(text[start : start + size]) for start in range(0, len(text), size)]
