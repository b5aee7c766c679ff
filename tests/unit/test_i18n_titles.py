"""Titles in two languages, and the argument parser's own texts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fieldkit import i18n
from fieldkit.cli.parser import Parser
from fieldkit.errors import UsageError


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    i18n.set_language("en")


@pytest.mark.parametrize(
    ("title", "zh", "en"),
    [
        ("整改复核表 / Rectification re-check form", "整改复核表", "Rectification re-check form"),
        ("单位检查表 / Unit / agency checklist", "单位检查表", "Unit / agency checklist"),
        ("Input / output", "Input / output", "Input / output"),
        ("整改复核表", "整改复核表", "整改复核表"),
    ],
)
def test_a_title_in_two_languages_shows_one(title: str, zh: str, en: str) -> None:
    """Only Chinese before and plain letters behind the slash are taken for two languages."""
    i18n.set_language("zh_CN")
    assert i18n.in_language(title) == zh
    i18n.set_language("en")
    assert i18n.in_language(title) == en


def test_wrong_arguments_are_refused_in_the_chosen_language() -> None:
    """The parser's own texts follow ``--lang``, not the environment."""
    i18n.set_language("zh_CN")
    parser = Parser(prog="x")
    parser.add_argument("file")
    with pytest.raises(UsageError, match="缺少参数：file"):
        parser.parse_args([])
    i18n.set_language("en")
    with pytest.raises(UsageError, match="the following arguments are required: file"):
        parser.parse_args([])
