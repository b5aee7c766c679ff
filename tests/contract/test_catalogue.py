"""The interface is complete in both languages, and the compiled catalogue is the one of the sources."""

from __future__ import annotations

import re
import string

from tests import catalogues


def _fields(text: str | None) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text or "") if name is not None}


def test_every_text_has_a_chinese_translation() -> None:
    """No interface text falls back to English in the Chinese interface."""
    assert catalogues.missing() == []


def test_the_compiled_catalogue_is_fresh() -> None:
    """The shipped binary catalogue was made from the shipped text catalogue."""
    assert catalogues.MO.read_bytes() == catalogues.compiled()


def test_translations_keep_their_fields() -> None:
    """A translation names the same values as the text that it translates."""
    for message in catalogues.chinese():
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, list | tuple) else [message.id]
        strings = message.string if isinstance(message.string, list | tuple) else [message.string]
        for text in strings:
            assert _fields(text) <= set().union(*(_fields(one) for one in ids)), message.id


_HAN = "[\u4e00-\u9fff\u201c\u201d\u300a\u300b\uff08\uff09]"


def test_chinese_texts_have_signs_of_full_width() -> None:
    """A sign after or before Chinese is the Chinese one, so that texts beside each other look alike."""
    half = re.compile(f"{_HAN}[,;:?!]|[,;:] ?{_HAN}|[{_HAN[1:-1]}}}]\\([^()]+\\)|\\([^()]*[\u4e00-\u9fff]")
    strings = [
        text
        for message in catalogues.chinese()
        for text in (message.string if isinstance(message.string, list | tuple) else [message.string])
    ]
    assert [text for text in strings if half.search(text or "")] == []
