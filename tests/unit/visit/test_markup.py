"""Labels are shown without the marks of Markdown and HTML."""

from __future__ import annotations

import pytest

from fieldkit.visit.markup import plain_text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain", "plain"),
        ("Which **place**?", "Which place?"),
        ("__all__ of *it* and _that_", "all of it and that"),
        ("# Heading\nText", "Heading\nText"),
        ("see [the guide](https://example.org/a_b_c)", "see the guide"),
        ('<span style="color:red">Red</span> and<br/>more', "Red and\nmore"),
        (r"a \*star\* stays", "a *star* stays"),
        ("a_b_c and 2 * 3 * 4 and # 5", "a_b_c and 2 * 3 * 4 and # 5"),
        ("2 < 3 and 4 > 1", "2 < 3 and 4 > 1"),
        ("**柳林村**的情况", "柳林村的情况"),
        ("说明 **柳林村** 的情况", "说明 柳林村 的情况"),
        ("**", "**"),
        ("*" * 5000 + "a", "*" * 5000 + "a"),
    ],
)
def test_plain_text(written: str, shown: str) -> None:
    assert plain_text(written) == shown
