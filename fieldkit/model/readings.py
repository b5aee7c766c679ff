"""Characters of names that people read in two ways."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["READINGS"]

READINGS: Mapping[str, tuple[str, ...]] = {
    "重": ("chong", "zhong"),
    "长": ("chang", "zhang"),
    "乐": ("le", "yue"),
    "行": ("xing", "hang"),
    "厦": ("xia", "sha"),
    "会": ("hui", "kuai"),
    "都": ("du", "dou"),
    "朝": ("chao", "zhao"),
    "六": ("liu", "lu"),
    "蚌": ("beng", "bang"),
    "单": ("dan", "shan"),
    "曾": ("zeng", "ceng"),
    "盛": ("sheng", "cheng"),
    "调": ("diao", "tiao"),
    "堡": ("bao", "pu"),
    "埔": ("pu", "bu"),
    "圩": ("xu", "wei"),
    "车": ("che", "ju"),
    "强": ("qiang", "jiang"),
    "校": ("xiao", "jiao"),
    "角": ("jiao", "jue"),
    "藏": ("cang", "zang"),
    "沈": ("shen", "chen"),
}
"""Readings by character, without tones.

The dictionary's own list of readings is far longer and would let a search find what nobody meant (园 as wan, 区 as ou).
"""
