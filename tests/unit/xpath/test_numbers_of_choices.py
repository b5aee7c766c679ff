"""The short way from ``coalesce()`` and ``if()`` to a number gives what the value itself would give."""

from __future__ import annotations

import itertools
import math

import pytest

from fieldkit.forms.tree import parse_xml
from fieldkit.forms.xpath import Context, Surroundings, compile_expression

ROOT = parse_xml(b"<r><n>4</n><e/><t>abc</t><d>1970-01-03</d></r>")
PARTS = ("/r/n", "/r/e", "/r/t", "/r/d", "/r/none", "''", "'7'", "'x'", "0", "2.5", "number('x')", "true()", "false()",
         "string(/r/n)", "/r/n * 2", "if(/r/n = 4, /r/e, 3)")  # fmt: skip


def number(source: str) -> float:
    return compile_expression(source).number(Context(ROOT, Surroundings()))


@pytest.mark.parametrize("parts", list(itertools.product(PARTS, PARTS)), ids=",".join)
def test_coalesce_and_if_as_numbers(parts: tuple[str, str]) -> None:
    one, two = parts
    for source in (f"coalesce({one}, {two})", f"if(/r/n = 4, {one}, {two})", f"if(/r/n = 5, {one}, {two})"):
        compiled = compile_expression(source)
        value = compiled(Context(ROOT, Surroundings()))
        plain = compile_expression(f"number(concat({source}, ''))")
        wanted = number(f"number({source})") if isinstance(value, bool) else plain.number(Context(ROOT, Surroundings()))
        found = number(f"{source} + 0")
        assert found == wanted or (math.isnan(found) and math.isnan(wanted)), source
