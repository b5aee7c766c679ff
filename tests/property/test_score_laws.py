"""The points that the ``fk`` attributes give equal those that the checklist's own calculations give."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.errors import VisitError
from fieldkit.visit import answering
from fieldkit.visit.nodes import attribute, item_kind, takes_answer
from fieldkit.visit.scoring import target_of
from fieldkit.visit.view import ItemKind
from tests.builders.visits import Bench

SCORED = (
    "branch_std",
    "weak_lax",
    "village_econ",
    "unit_check",
    "community_gov",
    "talent_station",
    "project_frontline",
    "pairing",
)
NUMBERS = ("0", "1", "2", "3", "7", "12", "32", "")


def scatter(bench: Bench, form_id: str, picks: list[tuple[int, int]]) -> None:
    """Answer some items somehow; what is refused is left out."""
    live = bench.session.live[form_id]
    for place, choice in picks:
        items = [node for node in live.form.nodes() if takes_answer(node) and node.relevant]
        node = items[place % len(items)]
        kind = item_kind(node)
        if kind in (ItemKind.SELECT_ONE, ItemKind.SELECT_MULTIPLE):
            offered = [one.value for one in node.choices()]
            value = offered[choice % len(offered)]
        elif kind in (ItemKind.INTEGER, ItemKind.DECIMAL):
            value = NUMBERS[choice % len(NUMBERS)]
        else:
            continue
        try:
            answering.answer(bench.session, live.key(node), value)
        except VisitError:
            continue


@pytest.mark.parametrize("form_id", SCORED)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 7)), max_size=45), st.booleans())
def test_both_ways_give_the_same_points(form_id: str, picks: list[tuple[int, int]], with_period: bool) -> None:
    bench = Bench(form_id)
    live = bench.session.live[form_id]
    if with_period and live.has("/data/hd/p_start"):
        bench.period()
    scatter(bench, form_id, picks)
    got, possible = live.role_value("score-got"), live.role_value("score-max")
    if not got:
        # The calculations know no sum while a counted item is answered whose target is not known.
        counted = [node for node in live.form.nodes() if attribute(node, "score") == "count" and node.value]
        assert any(target_of(node) is None for node in counted)
    elif live.tally.all.possible or got != "0":
        assert float(got) == pytest.approx(float(live.tally.all.got), abs=0.011)
        assert float(possible) == pytest.approx(float(live.tally.all.possible), abs=0.011)
