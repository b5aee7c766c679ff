"""Texts of a form: labels with outputs, itext in several languages and forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fieldkit.forms.definition import Text, Texts

__all__ = ["LOCAL_NAMES", "local", "named", "read_itext", "read_label", "read_text", "text_reference"]

Element = Any
"""An lxml element."""

_TAGS_LIMIT = 5_000


class _LocalNames(dict[object, str]):
    """Local names by the tag that lxml gives; cutting them off again for each element would take a tenth of reading."""

    def __missing__(self, tag: object) -> str:
        """Cut a tag that was not met before; comments and processing instructions have no name."""
        name = tag.rpartition("}")[2] if isinstance(tag, str) else ""
        if len(self) < _TAGS_LIMIT:
            self[tag] = name
        return name


LOCAL_NAMES = _LocalNames()


def local(element: Element) -> str:
    """Return the local name of an element, an empty string of a comment or processing instruction."""
    return LOCAL_NAMES[element.tag]


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
    # A slice lists the children at once, here and where bodies are read; an iterator of lxml takes three times as long.
    if element.text:
        parts.append(("text", element.text))
    for child in element[:]:
        if LOCAL_NAMES[child.tag] == "output":
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
    for name, value in element.items():
        if name == "ref" and value:
            return text_reference(value)
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
            for value in entry[:]:
                form = (value.get("form") if value.keys() else None) or ""
                if form not in forms and isinstance(value.tag, str):
                    forms[form] = read_text(value)
            table[identifier] = forms
    languages = list(texts)
    if default and default in texts:
        languages.remove(default)
        languages.insert(0, default)
    return texts, tuple(languages)
