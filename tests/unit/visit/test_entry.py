"""What fingers type, with an input method left on or not, becomes XML text."""

from __future__ import annotations

from datetime import date

import pytest

from fieldkit.errors import VisitError
from fieldkit.model.texts import harmless
from fieldkit.visit.entry import parse_entry
from fieldkit.visit.folding import fold, fold_key, is_han
from fieldkit.visit.values import normal_value, number_of
from fieldkit.visit.view import ItemKind

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("１２３", "123"),
        ("．", "."),
        ("？", "?"),
        ("！", "!"),
        ("＝", "="),
        ("\u3000", " "),
        ("。", "."),
        ("、", "/"),
        ("【】", "[]"),
        ("《》", "<>"),
        ("“”", '""'),
        ("‘’", "''"),
        ("￥", "$"),
        ("］", "]"),
        ("＊", "*"),
        ("是", "是"),
    ],
)
def test_folding(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_a_key_tells_that_an_input_method_is_on() -> None:
    assert fold_key("1") == ("1", False)
    assert fold_key("１") == ("1", True)
    assert fold_key("是") == ("是", True)
    assert is_han("柳")
    assert not is_han("ア")


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (ItemKind.INTEGER, "２４", "24"),
        (ItemKind.INTEGER, "-3", "-3"),
        (ItemKind.INTEGER, "007", "7"),
        (ItemKind.INTEGER, "1,200", "1200"),
        (ItemKind.DECIMAL, "６。５", "6.5"),
        (ItemKind.DECIMAL, ".5", "0.5"),
        (ItemKind.DECIMAL, "20.", "20"),
        (ItemKind.DATE, "22", "2026-11-22"),
        (ItemKind.DATE, "1122", "2026-11-22"),
        (ItemKind.DATE, "310", "2026-03-10"),
        (ItemKind.DATE, "２０２６０３１８", "2026-03-18"),
        (ItemKind.DATE, "0", "2026-11-22"),
        (ItemKind.DATE, "+3", "2026-11-25"),
        (ItemKind.DATE, "-7", "2026-11-15"),
        (ItemKind.DATE, "2026年3月8日", "2026-03-08"),
        (ItemKind.DATE, "2026/3/8", "2026-03-08"),
        (ItemKind.TIME, "0930", "09:30:00.000+08:00"),
        (ItemKind.TIME, "930", "09:30:00.000+08:00"),
        (ItemKind.TIME, "9：30", "09:30:00.000+08:00"),
        (ItemKind.DATETIME, "1122 0930", "2026-11-22T09:30:00.000+08:00"),
        (ItemKind.SELECT_MULTIPLE, " a  b ", "a b"),
        (ItemKind.TEXT, "１号楼。", "１号楼。"),
        (ItemKind.INTEGER, "  ", ""),
    ],
)
def test_typed_values(kind: ItemKind, typed: str, value: str) -> None:
    assert parse_entry(kind, typed, TODAY, offset="+08:00") == value


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (ItemKind.INTEGER, "2.5"),
        (ItemKind.INTEGER, "many"),
        (ItemKind.DECIMAL, "1.2.3"),
        (ItemKind.DATE, "31"),
        (ItemKind.DATE, "20260230"),
        (ItemKind.DATE, "1399"),
        (ItemKind.DATE, "tomorrow"),
        (ItemKind.TIME, "2530"),
        (ItemKind.TIME, "noon"),
    ],
)
def test_what_is_no_value_names_the_shorthands(kind: ItemKind, typed: str) -> None:
    with pytest.raises(VisitError) as caught:
        parse_entry(kind, typed, TODAY)
    assert caught.value.code == "VISIT-011"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("bind_type", "text", "normal"),
    [
        ("int", " 12 ", "12"),
        ("int", "12.0", None),
        ("decimal", "1e3", "1e3"),
        ("decimal", "NaN", None),
        ("date", "2026-01-10T09:00:00", "2026-01-10"),
        ("date", "2026-13-01", None),
        ("time", "09:30", "09:30"),
        ("time", "24:00", None),
        ("dateTime", "2026-01-10 09:30", "2026-01-10T09:30"),
        ("dateTime", "2026-01-10T25:30", None),
        ("geopoint", "24.5  118.1", "24.5 118.1"),
        ("geopoint", "95 10", None),
        ("geotrace", "1 1; 2 2", "1 1; 2 2"),
        ("geotrace", "1 1", None),
        ("geoshape", "1 1;2 2;1 1", "1 1; 2 2; 1 1"),
        ("boolean", "maybe", None),
        ("string", " kept ", " kept "),
        ("int", "   ", ""),
    ],
)
def test_values_of_bind_types(bind_type: str, text: str, normal: str | None) -> None:
    assert normal_value(bind_type, text) == normal


def test_numbers() -> None:
    assert number_of(" 6.50 ") == 6.5
    for text in ("", "NaN", "abc", "Infinity"):
        assert number_of(text) is None


def test_foreign_text_is_made_harmless() -> None:
    assert harmless("a\x1b[31mb\u202ec\nd\x00") == "a[31mbc d"
    assert harmless("[red]x[/red]") == "[red]x[/red]"
    assert len(harmless("x" * 2_000_000, limit=500)) == 500
