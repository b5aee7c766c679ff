"""Labels without the marks of Markdown and HTML that forms may hold: a terminal shows the words alone."""

from __future__ import annotations

import re

__all__ = ["plain_text"]

_MARKED = re.compile(r"[*_#\[<\\]")
_ESCAPED = re.compile(r"\\([\\*_#\[\]<>])")
_RULES = (
    (re.compile(r"<br\s*/?>", re.IGNORECASE), "\n"),
    (re.compile(r"</?(?:span|b|i|u|em|strong|font|div|p|center|small|big|h[1-6]|a)\b[^<>]{0,400}>", re.IGNORECASE), ""),
    (re.compile(r"^[ \t]*#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE), r"\1"),
    (re.compile(r"\[([^\[\]\n]{1,400})\]\(([^()\s]{1,2000})\)"), r"\1"),
    (re.compile(r"(?<![A-Za-z0-9*])\*\*(?=\S)([^*\n]{1,2000}?)(?<=\S)\*\*(?![A-Za-z0-9*])"), r"\1"),
    (re.compile(r"(?<![A-Za-z0-9_])__(?=\S)([^\n]{1,2000}?)(?<=\S)__(?![A-Za-z0-9_])"), r"\1"),
    (re.compile(r"(?<![A-Za-z0-9*])\*(?=[^\s*])([^*\n]{1,2000}?)(?<=[^\s*])\*(?![A-Za-z0-9*])"), r"\1"),
    (re.compile(r"(?<![A-Za-z0-9_])_(?=[^\s_])([^_\n]{1,2000}?)(?<=[^\s_])_(?![A-Za-z0-9_])"), r"\1"),
)
_KEPT = "\ue000{}\ue001"
_HELD = re.compile("\ue000(\\d+)\ue001")


def plain_text(text: str) -> str:
    """Return a text as it reads: headings, emphasis, links and tags without their marks.

    Signs that mark nothing stay: names such as ``a_b_c``, products such as ``2 * 3 * 4``, a bare ``#``.
    """
    if _MARKED.search(text) is None:
        return text
    text = _ESCAPED.sub(lambda found: _KEPT.format(ord(found[1])), text)
    for rule, kept in _RULES:
        text = rule.sub(kept, text)
    return _HELD.sub(lambda found: chr(int(found[1])), text)
