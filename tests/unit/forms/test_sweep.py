"""The first evaluation of a whole instance: rows that appear in its midst are evaluated as if they had been there."""

from __future__ import annotations

from fieldkit.forms import Form
from tests.unit.forms.builder import environment, live, xform

_ROWS = "<group ref='/data/r'><repeat nodeset='/data/r' jr:count='{count}'><input ref='/data/r/k'/></repeat></group>"
_IN_ROWS = (
    "<bind nodeset='/data/r/k' required='true()'/>"
    "<bind nodeset='/data/r/v' calculate='{calculate}'/><bind nodeset='/data/r/w' readonly='../v = 3'/>"
)


def _rows(form: Form) -> list[tuple[bool, str, bool]]:
    rows = [f"/data/r[{n}]" for n in range(1, len(form.node("/data/r").rows) + 1)]
    return [
        (form.node(f"{row}/k").required, form.node(f"{row}/v").value, form.node(f"{row}/w").readonly) for row in rows
    ]


def test_rows_that_a_calculated_count_makes_are_evaluated_with_the_others() -> None:
    """A condition of the rows comes before their count, others after it."""
    form = live(
        xform(
            "<n/><twice/><r><k/><v/><w/></r>",
            "<bind nodeset='/data/n' calculate='1 + 2'/><bind nodeset='/data/twice' calculate='/data/n * 2'/>"
            + _IN_ROWS.format(calculate="/data/twice div 2"),
            _ROWS.format(count="/data/n"),
        )
    )
    assert _rows(form) == [(True, "3", True)] * 3
    again = Form.restore(form.definition, environment(), form.saved())
    assert _rows(again) == _rows(form)


def test_rows_that_a_circle_of_relevance_makes_are_evaluated_with_the_others() -> None:
    """How many rows there are decides whether the answer that counts them is shown."""
    form = live(
        xform(
            "<x>2</x><r><k/><v/><w/></r>",
            "<bind nodeset='/data/x' type='int' relevant='count(/data/r) &lt; 3'/>"
            + _IN_ROWS.format(calculate="/data/x + 1"),
            "<input ref='/data/x'/>" + _ROWS.format(count="/data/x"),
        )
    )
    assert _rows(form) == [(True, "3", True)] * 2
    again = Form.restore(form.definition, environment(), form.saved())
    assert _rows(again) == _rows(form)
