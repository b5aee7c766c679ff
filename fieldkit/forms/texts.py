"""Texts of a form: labels with outputs, itext in several languages and forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fieldkit.forms.definition import Text, Texts

__all__ = ["local", "named", "read_itext", "read_label", "read_text", "text_reference"]

Element = Any
"""An lxml element."""

_LOCALS_LIMIT = 5_000


_locals: dict[str, str] = {}


def local(element: Element) -> str:
    """Return the local name of an element, an empty string of a comment or processing instruction."""
    tag = element.tag
    name = _locals.get(tag)
    if name is None:
        if not isinstance(tag, str):
            return ""
        name = tag.rpartition("}")[2]
        if len(_locals) < _LOCALS_LIMIT:
            _locals[tag] = name
    return name


def named(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of an element that have a local name, without a look at any other."""
    found: Iterator[Element] = element.iterchildren(f"{{*}}{name}")
    return found


def text_reference(expression: str) -> Text:
    """Return the text that an XPath expression stands for: an itext id where it is ``jr:itext('id')``."""
    source = expression.strip()
    if source.startswith("jr:itext(") and source.endswith(")"):
        inside = source[len("jr:itext(") : -1].strip()
        if len(inside) >= 2 and inside[0] == inside[-1] and inside[0] in "'\"" and inside[0] not in inside[1:-1]:
            return (("itext", inside[1:-1]),)
    return (("xpath", source),)


def read_text(element: Element, resolve: Callable[[str], str] | None = None) -> Text:
    """Return the text inside an element, with its outputs."""
    if len(element) == 0:
        return element.text or ""
    parts: list[tuple[str, str]] = []
    if element.text:
        parts.append(("text", element.text))
    for child in element:
        if local(child) == "output":
            source = child.get("value") or child.get("ref") or ""
            parts.append(("output", resolve(source) if resolve else source))
        elif isinstance(child.tag, str):
            inner = read_text(child, resolve)
            parts.extend((("text", inner),) if isinstance(inner, str) else inner)
        if child.tail:
            parts.append(("text", child.tail))
    if all(kind == "text" for kind, _ in parts):
        return "".join(value for _, value in parts)
    return tuple(parts)


def read_label(element: Element) -> Text:
    """Return the text of a ``label`` or ``hint``: by its ``ref`` or by what stands inside."""
    ref = element.get("ref")
    if ref:
        return text_reference(ref)
    return read_text(element)


def read_itext(itext: Element) -> tuple[Texts, tuple[str, ...]]:
    """Return the texts of all translations and the languages, the default one first."""
    texts: Texts = {}
    default = ""
    for translation in named(itext, "translation"):
        language = translation.get("lang") or ""
        table = texts.setdefault(language, {})
        if translation.get("default") is not None and not default:
            default = language
        for entry in named(translation, "text"):
            identifier = entry.get("id")
            if identifier is None:
                continue
            forms: dict[str, Text] = {}
            for value in entry:
                form = value.get("form") or ""
                if form not in forms and isinstance(value.tag, str):
                    forms[form] = read_text(value)
            table[identifier] = forms
    languages = list(texts)
    if default and default in texts:
        languages.remove(default)
        languages.insert(0, default)
    return texts, tuple(languages)
