"""Forms from outside: whatever their bytes say, they open or are refused with a reason, and never hang."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.errors import FormError
from fieldkit.forms import Form, compile_xform, load_definition
from tests.property.test_forms_recalculation import FORM
from tests.unit.forms.builder import environment

PIECES = [piece for piece in re.split(rb"(?<=>)|(?=<)|(?=\")", FORM) if piece]
EXPRESSIONS = [
    b"1",
    b".",
    b"..",
    b"/data",
    b"//*",
    b"/data/people",
    b"position(..)",
    b"count(//*)",
    b"/data/n",
    b"",
    b"@x",
    b"current()/..",
    b"/data/people[1]/pets/pet",
    b"/data/*",
    b"ancestor::*",
    b"if(1)",
    b"nothing()",
    b"1 +",
    b"instance('l')/root/item",
    b"indexed-repeat(/data/people/name, /data/people, 9)",
    b"-/data/n",
    b"/data/people[position()=position(current()/..)+1]/age",
    b"following::*",
    b"9999999999",
]
ATTRIBUTE = re.compile(rb'(relevant|calculate|constraint|readonly|required|nodeset|ref|jr:count|value|type)="([^"]*)"')
PLACES = list(ATTRIBUTE.finditer(FORM))


def try_out(xml: bytes) -> None:
    """Open a form and answer a little; only refusals with a code may come of it."""
    try:
        definition = compile_xform(xml)
        form = Form.new(definition, environment())
        for node in list(form.nodes())[:60]:
            _read = (node.label, node.hint, node.violation, node.kind, node.ref, node.choices() if node.control else ())
        for node in list(form.nodes())[:60]:
            if node.control and node.element.scope.alive:
                for value in ("1", "7", "b", ""):
                    form.answer(node, value)
            elif node.kind == "series" and not node.counted and len(node.rows) < 3:
                form.add_row(node)
        form.xml()
        Form.restore(definition, environment(), form.saved())
    except FormError as error:
        refused = (error.code, error.message)
        assert all(refused)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(PLACES) - 1), st.sampled_from(EXPRESSIONS)), min_size=1, max_size=6))
def test_other_expressions_and_references(changes: list[tuple[int, bytes]]) -> None:
    """Expressions and references replaced by others."""
    xml = FORM
    for place, text in sorted(set(changes), reverse=True):
        match = PLACES[place]
        if match[0] in xml:
            xml = xml.replace(match[0], match[1] + b'="' + text.replace(b"<", b"&lt;") + b'"', 1)
    try_out(xml)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["drop", "double", "swap"]), st.integers(0, len(PIECES) - 2)), min_size=1, max_size=5
    )
)
def test_pieces_dropped_doubled_and_swapped(changes: list[tuple[str, int]]) -> None:
    """Pieces of the form's text in disorder."""
    pieces = list(PIECES)
    for kind, place in changes:
        if place >= len(pieces) - 1:
            continue
        if kind == "drop":
            del pieces[place]
        elif kind == "double":
            pieces.insert(place, pieces[place])
        else:
            pieces[place], pieces[place + 1] = pieces[place + 1], pieces[place]
    try_out(b"".join(pieces))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400))
def test_damaged_cache(noise: bytes, place: int) -> None:
    """Bytes of a cache with noise in them are refused or mean the same."""
    data = compile_xform(FORM).dump()
    try:
        definition = load_definition(data[:place] + noise + data[place + len(noise) :])
    except FormError as error:
        assert error.code == "FORM-130"  # noqa: PT017 - noise may also leave the bytes as they were
    else:
        assert definition.form_id == "t"
