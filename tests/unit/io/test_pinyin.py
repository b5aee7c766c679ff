"""Chinese names are found by what people type."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fieldkit.io.pinyin import pinyin_index, pinyin_keys


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("柳林村党支部", {"liulincundangzhibu", "llcdzb"}),
        ("重庆路社区", {"chongqinglushequ", "cqlsq"}),
        ("长乐区", {"changlequ", "clq"}),
        ("绿地小区", {"lvdixiaoqu", "ludixiaoqu", "ldxq"}),
        ("A3 栋", {"a3dong", "a3d"}),
        ("厦门", {"xiamen", "xm"}),
    ],
)
def test_whole_and_initials(name: str, keys: set[str]) -> None:
    assert keys <= set(pinyin_keys(name))
    assert set(pinyin_index(name).split()) == set(pinyin_keys(name))


@pytest.mark.parametrize("text", ["", "Mailang Village", "123 !?"])
def test_no_chinese_no_keys(text: str) -> None:
    assert pinyin_keys(text) == ()


def test_a_long_text_stays_bounded() -> None:
    assert len(pinyin_keys("重长乐行" * 500)) <= 16


def test_signs_are_dropped() -> None:
    assert set(pinyin_keys("麦(浪)村 · 部")) == {"mailangcunbu", "mlcb"}


def test_english_never_loads_the_dictionary() -> None:
    code = (
        "import sys; from fieldkit.io.pinyin import pinyin_keys; pinyin_keys('abc'); "
        "sys.exit('pypinyin' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
