"""A small document and environment in which expressions are tried."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from fieldkit.forms.tree import Node, parse_xml
from fieldkit.forms.xpath import CORE, ODK, Context, Library, Value, compile_expression

NAMESPACES = {"jr": "http://openrosa.org/javarosa", "x": "urn:x"}


class World:
    """An environment whose clock, chance and instances a test sets."""

    def __init__(self, zone: str = "America/Phoenix", now: str = "2025-06-15T17:34:56.789+00:00") -> None:
        self.timezone: tzinfo = ZoneInfo(zone)
        self.language: str | None = None
        self.moment = datetime.fromisoformat(now).astimezone(UTC)
        self.chance = 0.25
        self.instances: dict[str, Node] = {}

    def now(self) -> datetime:
        return self.moment

    def random(self) -> float:
        return self.chance

    def uuid(self) -> str:
        return "5f6e2c3a-0d4b-4c1e-9a7f-123456789abc"

    def instance(self, name: str) -> Node | None:
        return self.instances.get(name)

    def itext(self, key: str) -> str:
        return f"text of {key}"

    def choice_label(self, node: Node, reference: str, value: str) -> str:
        return f"{reference}:{value}"


def tree(xml: str) -> Node:
    """Return the document of a text."""
    return parse_xml(xml.encode("utf-8"))


def context(xml: str = "<root/>", path: str = "", world: World | None = None) -> Context:
    """Return a context at the first node that a path finds."""
    document = tree(xml)
    env = world or World()
    start = Context(document, env)
    if not path:
        return start
    return Context(compile_expression(path, CORE, namespaces=NAMESPACES).nodes(start)[0], env)


def evaluate(source: str, xml: str = "<root/>", path: str = "", library: Library = ODK) -> Value:
    """Return the value of an expression."""
    return compile_expression(source, library, namespaces=NAMESPACES)(context(xml, path))


def text(source: str, xml: str = "<root/>", path: str = "", *, world: World | None = None) -> str:
    """Return the value of an expression as text."""
    return compile_expression(source, namespaces=NAMESPACES).string(context(xml, path, world))


def number(source: str, xml: str = "<root/>", path: str = "") -> float:
    """Return the value of an expression as a number."""
    return compile_expression(source, namespaces=NAMESPACES).number(context(xml, path))


def truth(source: str, xml: str = "<root/>", path: str = "") -> bool:
    """Return the value of an expression as a truth value."""
    return compile_expression(source, namespaces=NAMESPACES).boolean(context(xml, path))
