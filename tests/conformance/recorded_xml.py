"""Compares recorded instance XML by qualified names as written, with ``<UUID>`` for any UUID."""

from __future__ import annotations

import re

from lxml import etree

__all__ = ["same_text", "xml_difference"]

_UUID = "<UUID>"
_TOKEN = "uuid-token"
_PATTERN = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TAG = re.compile(r"<(?![!?])[^<>]*>")
_DECLARATION = re.compile(r"""\sxmlns(?::[\w.-]+)?=(?:"[^"]*"|'[^']*')""")
_ELEMENT = re.compile(r"^(</?)([\w.-]+):")
_ATTRIBUTE = re.compile(r"(\s[\w.-]+):([\w.-]+=)")


def same_text(expected: str | None, given: str | None) -> bool:
    """Compare texts in which ``<UUID>`` (or its token) stands for a random UUID."""
    if expected is None or given is None:
        return expected == given
    if expected == given:
        return True
    for token in (_UUID, _TOKEN):
        if token in expected:
            pattern = _PATTERN.join(re.escape(part) for part in expected.split(token))
            return re.fullmatch(pattern, given, re.DOTALL) is not None
    return False


def _plain(xml: str) -> etree._Element:
    text = xml.replace(_UUID, _TOKEN)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    return etree.fromstring(_TAG.sub(_without_namespaces, text).encode("utf-8"))


def _without_namespaces(tag: re.Match[str]) -> str:
    text = _DECLARATION.sub("", tag[0])
    text = _ELEMENT.sub(r"\1\2..", text)
    return _ATTRIBUTE.sub(r"\1..\2", text)


def xml_difference(expected: str, given: str) -> str:
    """Return where two texts differ as XML, an empty text when they do not."""
    return _difference(_plain(expected), _plain(given), "")


def _difference(expected: etree._Element, given: etree._Element, path: str) -> str:
    here = f"{path}/{expected.tag}"
    if expected.tag != given.tag:
        return f"{here}: given {given.tag}"
    wanted = {str(name): str(text) for name, text in expected.attrib.items()}
    got = {str(name): str(text) for name, text in given.attrib.items()}
    if wanted.keys() != got.keys() or any(not same_text(v, got[k]) for k, v in wanted.items()):
        return f"{here}: attributes {wanted}, given {got}"
    below, found = list(expected), list(given)
    if not below and not found:
        texts = (expected.text or "", given.text or "")
        return "" if same_text(*texts) else f"{here}: text {texts[0]!r}, given {texts[1]!r}"
    if [child.tag for child in below] != [child.tag for child in found]:
        return f"{here}: children {[c.tag for c in below]}, given {[c.tag for c in found]}"
    for one, two in zip(below, found, strict=True):
        difference = _difference(one, two, here)
        if difference:
            return difference
    return ""
