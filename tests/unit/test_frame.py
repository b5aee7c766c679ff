"""The first row's words about saving, and messages above the hints."""

from __future__ import annotations

import pytest

from fieldkit import i18n
from fieldkit.visit.outcome import SaveStatus
from fieldkit.widgets.frame import message_lines, status_text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_failure_says_not_saved_once(language: str) -> None:
    """The cause of the store begins with the same words; they are not said twice."""
    before = i18n.language()
    i18n.set_language(language)
    try:
        cause = i18n._("NOT SAVED: the disk is full")
    finally:
        said = status_text(SaveStatus("failed", None, 0, cause), in_visit=False)
        i18n.set_language(before)
    assert said.count("NOT SAVED") == 1
    assert "未保存" not in said


def test_an_error_is_whole_and_other_messages_take_one_row() -> None:
    """The code at the end of an error is not cut off."""
    text = "NOT SAVED: the workspace is open for reading only. Close the other window that uses it. [STORE-013]"
    rows = message_lines(text, "bad", 60)
    assert len(rows) == 2
    assert "".join(span.text for span in rows[-1]).endswith("[STORE-013]")
    assert len(message_lines(text, "dim", 60)) == 1
    assert len(message_lines(text * 9, "bad", 60)) == 3
    assert message_lines("", "bad", 60) == []
