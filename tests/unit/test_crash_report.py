"""What is left of a crash: where it happened, and no value of any answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.app import crash_report


class _WorkerFailure(Exception):  # noqa: N818 - stands for a library's own class
    def __init__(self, error: BaseException) -> None:
        super().__init__("worker raised")
        self.error = error


def _raised(text: str) -> ValueError:
    with pytest.raises(ValueError, match=text) as caught:
        raise ValueError(text)
    return caught.value


def test_a_report_names_the_place_and_no_value(tmp_path: Path) -> None:
    """The class and the lines are there, the message is not: it may hold an answer."""
    text = crash_report(tmp_path, _raised("13 members")).read_text(encoding="utf-8")
    assert "builtins.ValueError" in text
    assert "in _raised" in text
    assert "members" not in text


def test_the_failure_of_a_worker_names_its_cause(tmp_path: Path) -> None:
    """What wraps a cause is not the cause."""
    text = crash_report(tmp_path, _WorkerFailure(_raised("x"))).read_text(encoding="utf-8")
    assert "builtins.ValueError" in text
    assert "in _raised" in text
