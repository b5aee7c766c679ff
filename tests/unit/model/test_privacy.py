"""Numbers of persons in free text: found however they are typed, and nothing else taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.model.privacy import scan, warning

MOBILE, LONG, SHORT = "PRIV-001", "PRIV-002", "PRIV-003"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("打 13812345678 联系", MOBILE),
        ("手机13812345678谢谢", MOBILE),
        ("tel13812345678", MOBILE),
        ("１３８１２３４５６７８", MOBILE),
        ("138-1234-5678", MOBILE),
        ("138 1234 5678", MOBILE),
        ("138.123.45678", MOBILE),
        ("138—1234—5678", MOBILE),
        ("138\u30001234\u30005678", MOBILE),
        ("138\u200b1234\u200b5678", MOBILE),
        ("1 3 8 1 2 3 4 5 6 7 8", MOBILE),
        ("+86 138 1234 5678", MOBILE),
        ("8613812345678", MOBILE),
        ("008613812345678", MOBILE),
        ("一三八一二三四五六七八", MOBILE),
        ("11010119900307775X", LONG),
        ("11010119900307775x", LONG),
        ("１１０１０１１９９００３０７７７５Ｘ", LONG),
        ("110101 19900307 7758", LONG),
        ("110101-1990-0307-7758", LONG),
        ("110101199003077758。", LONG),
        ("110101900307775", SHORT),
        ("110101-900307-775", SHORT),
    ],
)
def test_it_is_found(text: str, code: str) -> None:
    (number,) = scan(text)
    assert number.code == code
    assert number.masked.count("*") >= 6
    assert not any(sign.isdigit() for sign in text[: number.start] + text[number.end :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0591-87654321",
        "2026-11-22 10:30:00",
        "20261122103000",
        "6222021234567890123",
        "12812345678",
        "138 2026-11-22",
        "收入 138.12345678 万元",
        "村民 1381 户,2345 人,678 亩",
        "V-d02-14, F-d02-3",
        "1234567890",
        "〇一二三四五六七八九",
    ],
)
def test_it_is_no_number_of_a_person(text: str) -> None:
    assert scan(text) == ()


def test_several_in_one_text() -> None:
    found = scan("书记 13812345678,主任 139-1234-5678,证号 11010119900307775X")
    assert [number.code for number in found] == [MOBILE, MOBILE, LONG]
    assert "138******78" in warning(found)
    assert warning(()) == ""


@settings(max_examples=200, deadline=None)
@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-", "."]),
    st.text("村镇a,。", max_size=5),
)
def test_every_mobile_number_in_any_text(number: str, gap: str, around: str) -> None:
    text = f"{around}{number[:3]}{gap}{number[3:7]}{gap}{number[7:]}{around}"
    assert [found.code for found in scan(text)] == [MOBILE]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_passes(text: str) -> None:
    for number in scan(text):
        assert 0 <= number.start < number.end <= len(text)


def test_a_line_of_a_megabyte() -> None:
    # Patterns that step back would need minutes here.
    assert scan("1-" * 250_000) == ()
    assert scan("1" * 500_000) == ()
    assert scan("13 " * 160_000) == ()
