"""Texts that are put together on one line are closed and joined as the language does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit import app, i18n
from fieldkit.errors import SubjectError
from fieldkit.screens.shell import FieldkitApp


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    before = i18n.language()
    yield
    i18n.set_language(before)


@pytest.mark.parametrize(
    ("language", "texts", "line"),
    [
        ("en", ("No column id", "Write a head."), "No column id. Write a head."),
        ("en", ("Is it there?", "Look."), "Is it there? Look."),
        ("en", ("No column id", ""), "No column id"),
        ("en", ("", ""), ""),
        ("zh_CN", ("没有列 id", "请写表头。"), "没有列 id。请写表头。"),
        ("zh_CN", ("是否在那里\uff1f", "请查看。"), "是否在那里\uff1f请查看。"),
        ("zh_CN", ("没有列 id", ""), "没有列 id"),
    ],
)
def test_sentences(language: str, texts: tuple[str, ...], line: str) -> None:
    """Each but the last gets its stop where it has no end of its own; empty ones leave nothing behind."""
    i18n.set_language(language)
    assert i18n.sentences(*texts) == line


def test_an_error_is_told_in_one_line() -> None:
    """Message, next step and code."""
    i18n.set_language("en")
    assert i18n.told(SubjectError("SUBJ-003", "No column id", hint="Write a head.")) == (
        "No column id. Write a head. [SUBJ-003]"
    )


def test_a_label_has_the_colon_of_the_language() -> None:
    """It is the one of full width beside Chinese."""
    i18n.set_language("en")
    assert i18n.labelled("V-1", "closed") == "V-1: closed"
    i18n.set_language("zh_CN")
    assert i18n.labelled("V-1", "已结束") == "V-1\uff1a已结束"


@pytest.mark.parametrize(("kept", "asked", "first"), [("zh_CN", "", "zh_CN"), ("", "", "en"), ("zh_CN", "en", "en")])
def test_the_first_page_speaks_the_workspaces_language(
    kept: str, asked: str, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is painted before the workspace is open; what the command asked for goes before."""
    (tmp_path / "settings.toml").write_text(f'language = "{kept}"\n' if kept else "", encoding="utf-8")
    spoken: list[str] = []

    def paint(_app: FieldkitApp) -> int:
        spoken.append(i18n.language())
        return 0

    monkeypatch.setattr(FieldkitApp, "run", paint)
    i18n.set_language("en")
    assert app.run(tmp_path, lang=asked or None) == 0
    assert spoken == [first]
