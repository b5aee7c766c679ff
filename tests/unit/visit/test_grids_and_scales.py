"""Grids and scales: the row of names above a grid takes no answer, a scale takes nothing beyond its ends."""

from __future__ import annotations

import pytest

from fieldkit.errors import VisitError
from fieldkit.visit.runner_view import build_item, runner_view, visit_progress
from fieldkit.visit.view import ItemKind
from tests.builders.visits import Bench, compiled

CHOICES = "".join(f"<item><label>{text}</label><value>{text}</value></item>" for text in ("bad", "good"))
GRID = f"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
<h:title>Grid</h:title><model><instance>
<data id="grid"><g><unnamed/><named/><water/></g><scale/><open/></data></instance>
<bind nodeset="/data/g/unnamed" type="string"/><bind nodeset="/data/g/named" type="string"/>
<bind nodeset="/data/g/water" type="string"/><bind nodeset="/data/scale" type="decimal"/>
<bind nodeset="/data/open" type="int"/></model></h:head><h:body>
<group ref="/data/g"><label>Services</label>
<select1 ref="/data/g/unnamed" appearance="label"><label> </label>{CHOICES}</select1>
<select1 ref="/data/g/named" appearance="label"><label>Rate each</label>{CHOICES}</select1>
<select1 ref="/data/g/water" appearance="list-nolabel"><label>Water</label>{CHOICES}</select1></group>
<range ref="/data/scale" start="2.5" end="-2.5" step="0.5"><label>Scale</label></range>
<range ref="/data/open" start="low" end="" step="1"><label>Open</label></range>
</h:body></h:html>"""


def test_the_names_of_a_grid_are_no_question() -> None:
    """A heading with a text is shown like a note; one without is left out; neither is counted nor answered."""
    bench = Bench(compiled(GRID))
    view = runner_view(bench.session)
    assert [item.name for item in view.items] == ["named", "water"]
    assert [(item.kind, item.number) for item in view.items] == [
        (ItemKind.NOTE, ""),
        (ItemKind.SELECT_ONE, "1-1"),
    ]
    assert visit_progress(bench.session).total == 3
    for name in ("named", "unnamed"):
        with pytest.raises(VisitError) as caught:
            bench.answer(name, "bad")
        assert caught.value.code == "VISIT-013"


@pytest.mark.parametrize("value", ["-2.5", "0", "2.5"])
def test_a_scale_takes_its_ends_whichever_is_first(value: str) -> None:
    """A scale that falls is as good as one that rises."""
    bench = Bench(compiled(GRID))
    bench.answer("scale", value)
    assert build_item(bench.session, bench.key("scale")).value == value


@pytest.mark.parametrize("value", ["-2.51", "3", "95"])
def test_a_scale_refuses_what_its_slider_cannot_reach(value: str) -> None:
    """The refusal names both ends, and nothing is written."""
    bench = Bench(compiled(GRID))
    with pytest.raises(VisitError) as caught:
        bench.answer("scale", value)
    assert caught.value.code == "VISIT-011"
    assert "2.5" in caught.value.hint
    assert not build_item(bench.session, bench.key("scale")).value


def test_a_scale_without_numbers_as_ends_takes_any_number() -> None:
    """A form whose ends are no numbers does not lock its question."""
    bench = Bench(compiled(GRID))
    bench.answer("open", "400")
    assert build_item(bench.session, bench.key("open")).value == "400"
