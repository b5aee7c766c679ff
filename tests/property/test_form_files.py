"""Form files of any content: no crash and no hang, whatever stands in the cells, the archive or the XML.

``python -m tests.fuzz`` looks for longer.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.errors import FormError, SubjectError
from fieldkit.forms import Form, compile_xform
from fieldkit.io.lint import lint
from fieldkit.io.subjects import parse_subjects
from fieldkit.io.xlsform import convert_bytes
from fieldkit.resources import data_path
from tests.builders.checklists import environment
from tests.builders.form_parts import XML_PARTS, plausible, tables
from tests.builders.workbooks import markdown, xlsx

fuzz = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)


def digest(data: bytes) -> None:
    """Take a form file as far as it goes; anything but a coded refusal fails the test."""
    began = time.monotonic()
    conversion = convert_bytes(data)
    assert conversion.xform is not None or any(problem.severity == "error" for problem in conversion.problems)
    for problem in conversion.problems:
        assert problem.message
        assert problem.as_json()["code"]
    if conversion.xform is not None:
        open_xform(conversion.xform)
    assert time.monotonic() - began < 20


def open_xform(xform: bytes) -> None:
    refused: list[str] = []
    try:
        definition = compile_xform(xform)
        form = Form.new(definition, environment())
        form.validate()
        form.xml()
    except FormError as error:
        refused.append(error.message)
    assert all(refused)


@fuzz
@given(tables())
def test_any_table(text: str) -> None:
    digest(markdown(text))


@fuzz
@given(plausible())
def test_any_almost_right_table(text: str) -> None:
    digest(markdown(text))


def test_many_of_the_almost_right_ones_open() -> None:
    opened = []

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(plausible())
    def run(text: str) -> None:
        opened.append(convert_bytes(markdown(text)).xform is not None)

    run()
    # Otherwise the laws above would speak of refusals only.
    assert sum(opened) >= 10


@cache
def shipped() -> dict[str, bytes]:
    """Return real files to be altered: workbooks old and new, text, and XForms."""
    found = {"pairing.xlsx": data_path("checklists", "pairing.xlsx").read_bytes()}
    found["small.xlsx"] = xlsx(
        "| survey | | | |\n| | type | name | label |\n| | text | a | A |\n| | integer | b | ${a} |"
    )
    found["recheck.xml"] = data_path("checklists", "xform", "recheck.xml").read_bytes()
    found["talent.xml"] = data_path("checklists", "xform", "talent_station.xml").read_bytes()
    old = Path(__file__).parents[3] / "shared" / "forms" / "osm-fieldwork__test-6d7b6e.xls"
    if old.is_file():
        found["old.xls"] = old.read_bytes()
    return found


@st.composite
def altered(draw: st.DrawFn) -> bytes:
    """Return a real file with some bytes changed, moved, doubled or cut off."""
    data = bytearray(shipped()[draw(st.sampled_from(sorted(shipped())))])
    for __ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        what = draw(st.sampled_from(("set", "cut", "insert", "double", "end")))
        length = draw(st.integers(1, 60))
        if what == "set":
            data[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif what == "cut":
            del data[at : at + length]
        elif what == "insert":
            data[at:at] = draw(
                st.sampled_from((b"\x00", b"<", b"&#x0;", b"]]>", b"${a}", b"\xff\xff\xff\xff", b'"', b"<!--"))
            )
        elif what == "double":
            data[at:at] = data[at : at + length * 20]
        else:
            del data[at:]
    return bytes(data)


@fuzz
@given(altered())
def test_any_altered_file(data: bytes) -> None:
    digest(data)


@fuzz
@given(
    st.binary(max_size=400),
    st.sampled_from((b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<", b"|", b"survey\n,", b"\xff\xfe")),
)
def test_any_bytes(data: bytes, start: bytes) -> None:
    digest(start + data)


@fuzz
@given(*(st.lists(st.sampled_from(XML_PARTS), max_size=6).map("".join) for __ in range(3)))
def test_any_xform(model: str, data: str, body: str) -> None:
    open_xform(
        "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
        "xmlns:jr='http://openrosa.org/javarosa'><h:head><model><instance>"
        f"<data id='f'><a/><r><b/></r>{data}</data></instance>{model}</model></h:head>"
        f"<h:body>{body}</h:body></h:html>".encode()
    )


@fuzz
@given(st.binary(max_size=300), st.booleans())
def test_any_subject_list(data: bytes, header: bool) -> None:
    with suppress(SubjectError, FormError):
        found = parse_subjects(b"id,kind,name_zh\n" + data if header else data)
        assert all(entry.row > 1 for entry in found.entries)


@fuzz
@given(plausible())
def test_lints_pass_over_any_table(text: str) -> None:
    conversion = convert_bytes(markdown(text))
    if conversion.xform is None:
        return
    try:
        definition = compile_xform(conversion.xform)
    except FormError:
        return
    assert all(problem.severity == "warning" for problem in lint(definition, conversion))
