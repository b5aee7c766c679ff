"""Replays one recorded XPath evaluation."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from fieldkit.errors import FormError
from fieldkit.forms.tree import XFORMS_NS, Node, parse_xml
from fieldkit.forms.xpath import (
    CORE,
    ODK,
    Context,
    Surroundings,
    Value,
    compile_expression,
    to_boolean,
    to_number,
    to_string,
)
from tests.conformance.outcome import Outcome, failed, passed, same_number, skipped

__all__ = ["path_of", "replay"]

_NOW = "2025-06-15T17:34:56.789Z"
_ZONE = "America/Phoenix"


class Case:
    """The environment of one case: its clock, and what its document holds as an XForm."""

    def __init__(self, case: dict[str, Any], document: Node) -> None:
        self.timezone: tzinfo = ZoneInfo(case.get("tz") or _ZONE)
        self.language: str | None = case.get("lang")
        self.moment = datetime.fromisoformat(case.get("now") or _NOW).astimezone(UTC)
        self.document = document

    def now(self) -> datetime:
        """Return the clock of the case."""
        return self.moment

    def random(self) -> float:
        """Return a fixed number: no case depends on it."""
        return 0.5

    def uuid(self) -> str:
        """Return a fixed UUID: no case depends on it."""
        return "00000000-0000-4000-8000-000000000000"

    def instance(self, name: str) -> Node | None:
        """Return the secondary instance of the document."""
        for node in self.document.descendants():
            if node.name == "instance" and node.ns == XFORMS_NS and node.attribute("id") == name:
                return node
        return None

    def itext(self, key: str) -> str:
        """Return the plain text of a translation in the active language."""
        translations = [n for n in self.document.descendants() if n.name == "translation" and n.ns == XFORMS_NS]
        chosen = [n for n in translations if n.attribute("lang") == self.language] or translations[:1]
        for node in [text for one in chosen for text in one.elements()]:
            if node.attribute("id") == key:
                return next((v.string_value() for v in node.elements() if v.attribute("form") is None), "")
        return ""

    def choice_label(self, node: Node, reference: str, value: str) -> str:
        """Return the value: no case has a choice."""
        return value


def path_of(node: Node) -> str:
    """Return the path of a node in the grammar of the recordings."""
    if node.kind == "document":
        return "/"
    parent = node.parent
    assert parent is not None
    if node.kind == "attribute":
        name = f"@{node.qname}"
    elif node.kind == "namespace":
        name = f"namespace::{node.name}"
    else:
        place = 1 + [child for child in parent.children if child.kind == node.kind].index(node)
        name = f"*[{place}]" if node.kind == "element" else f"{node.kind}()[{place}]"
    return f"{'' if parent.kind == 'document' else path_of(parent)}/{name}"


def _find(document: Node, path: str) -> Node:
    node = document
    for step in path.split("/")[1:] if path != "/" else []:
        if step.startswith("@"):
            node = next(one for one in node.attributes if one.qname == step[1:])
            continue
        if step.startswith("namespace::"):
            found = Context(node, Surroundings(), root=document)
            scope = compile_expression("namespace::*", CORE).nodes(found)
            node = next(one for one in scope if one.name == step.removeprefix("namespace::"))
            continue
        kind, _bracket, place = step.rstrip("]").partition("[")
        wanted = "element" if kind == "*" else kind.removesuffix("()")
        node = [child for child in node.children if child.kind == wanted][int(place) - 1]
    return node


def replay(case: dict[str, Any]) -> Outcome:
    """Replay a case and compare what tests asked for."""
    if case.get("cdata_split"):
        return skipped("paths count CDATA apart from text, which the XPath data model merges")
    document = parse_xml(case["xml"].encode("utf-8"))
    node = _find(document, case["context"])
    root = _find(document, case.get("root", "/"))
    context = Context(node, Case(case, document), root=root)
    names = dict(case["ns"])
    if case.get("default_ns"):
        names[""] = case["default_ns"]
    is_error = bool(case["expect"].get("error"))
    try:
        value = compile_expression(case["expr"], CORE if case["lib"] == "core" else ODK, namespaces=names)(context)
    except FormError as error:
        return passed() if is_error else failed(f"raised {error.code} {error.message}")
    if is_error:
        return failed(f"gave {value!r} instead of an error")
    return _compare(case, value, context.zone)


def _compare(case: dict[str, Any], value: Value, zone: tzinfo) -> Outcome:
    expect = case["expect"]
    reader = CORE.number if case["lib"] == "core" else ODK.number
    for asserted in case["asserted"]:
        match asserted:
            case "string":
                given: object = to_string(value)
                holds = given == expect["string"]
            case "number":
                number = to_number(value, zone, reader)
                given, holds = number, same_number(expect["number"], number)
            case "boolean":
                given = to_boolean(value)
                holds = given == expect["boolean"]
            case "any":
                given, holds = value, _same_type(expect, value, zone)
            case _:
                if isinstance(value, str | float | int):
                    return failed(f"{asserted}: {value!r} is no node-set")
                paths = [path_of(node) for node in value]
                given, holds = paths, _same_nodes(asserted, [node["path"] for node in expect["nodes"]], paths)
        if not holds:
            wanted = [n["path"] for n in expect["nodes"]] if "node" in asserted else expect.get(asserted)
            return failed(f"{asserted}: expected {wanted!r}, given {given!r}")
    return passed()


def _same_type(expect: dict[str, Any], value: Value, zone: tzinfo) -> bool:
    match expect["type"]:
        case "string":
            return value == str(expect["string"])
        case "boolean":
            return value is bool(expect["boolean"])
        case "number":
            return isinstance(value, float) and same_number(expect["number"], to_number(value, zone))
        case _:
            return not isinstance(value, str | float | int)


def _same_nodes(asserted: str, wanted: list[str], given: list[str]) -> bool:
    match asserted:
        case "nodes":
            return wanted == given
        case "nodes-unordered":
            return sorted(set(wanted)) == sorted(set(given))
        case "node-first":
            return given[:1] == wanted[:1]
        case _:
            return given[0] in wanted if given and wanted else not given and not wanted
