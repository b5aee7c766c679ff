"""The score examples of the checklists' description, each through real import and engine."""

from __future__ import annotations

import pytest

from tests.builders.checklists import Filled


def branch(*, members: int = 20, groups: int = 2, mobile: int = 3, pairs: int = 4) -> Filled:
    """Return a branch checklist with its basics filled in."""
    form = Filled("branch_std")
    form.period()
    form.answers(btype="village", m_full=members, m_prob=0, groups_n=groups)
    form.answers(b_vac_m=0, b_elect="2023-05-01", e_none=0, e_mob=mobile, e_pair=pairs, f_in=10, f_done=9, g_area=240)
    form.answer("honour", "none")
    return form


class TestBranch:
    def test_everything_full_gives_five_stars(self) -> None:
        form = branch()
        form.judge()
        form.ballot(40, 30, 6, 4)
        assert form.number("score_pct") == 100
        assert form.number("sat_rate") == 90.0
        assert form.number("composite") == 97.0
        assert form.role("star") == "5"

    def test_a_low_ballot_caps_the_star(self) -> None:
        form = branch()
        form.judge()
        form.ballot(40, 12, 10, 18)
        form.answer("honour", "county")
        assert form.number("sat_rate") == 55.0
        assert form.number("composite") == 87.5
        assert form.value("star0") == "4"
        assert form.role("star") == "2"

    def test_a_veto_means_not_rated_and_demands_its_basis(self) -> None:
        form = branch()
        form.judge()
        form.ballot(40, 30, 6, 4)
        assert not form.node("veto_ev").relevant
        form.answer("veto", "v4")
        assert form.role("star") == "0"
        assert form.node("veto_ev").relevant
        assert form.node("veto_ev").required

    def test_what_does_not_apply_leaves_both_sums(self) -> None:
        form = branch(members=5, groups=0, mobile=0, pairs=0)
        form.judge()
        form.ballot(40, 30, 6, 4)
        assert form.number("score_pct") == 100
        assert form.number("score_max") == 86

    def test_completeness_of_sampled_records(self) -> None:
        form = branch()
        form.rows("rec", 3)
        elements = ["when", "where", "chair", "rec", "due", "leave", "topic", "talk", "res", "sign"]
        for row, count in enumerate((10, 5, 5), 1):
            form.answer("r_elem", " ".join(elements[:count]), row=row)
        assert form.number("d_elem") == 66.7

    def test_everything_by_half(self) -> None:
        form = branch()
        form.judge("part", count_share=0.5)
        form.ballot(40, 20, 12, 8)
        assert form.number("score_pct") == 50
        assert form.number("sat_rate") == 80
        assert form.number("composite") == 59.0
        assert form.role("star") == "1"


class TestWeakAndLax:
    def screening(self, mode: str = "screen", **answers: str) -> Filled:
        form = Filled("weak_lax")
        form.period()
        form.answer("mode", mode)
        names = [f"a{number:02}" for number in range(1, 13)] + [f"b{number:02}" for number in range(1, 10)]
        for name in names:
            form.answer(name, answers.get(name, "no"))
        return form

    def test_one_direct_circumstance_lists(self) -> None:
        assert self.screening(a01="yes").role("proposal") == "list"

    def test_three_composite_ones_list_and_two_are_watched(self) -> None:
        assert self.screening(b02="yes", b05="yes", b07="yes").role("proposal") == "list"
        assert self.screening(b02="yes", b05="yes").role("proposal") == "watch"

    def test_a_suspicion_is_watched(self) -> None:
        assert self.screening(a06="susp").role("proposal") == "watch"

    def test_screening_then_acceptance(self) -> None:
        form = self.screening(a01="yes")
        assert form.role("proposal") == "list"
        form.answer("mode", "accept")
        form.judge()
        form.ballot(100, 60, 20, 20)
        assert form.role("proposal") == "pass"
        assert form.number("score_got") == 100

    def test_a_dissatisfied_majority_fails(self) -> None:
        form = Filled("weak_lax")
        form.answer("mode", "accept")
        form.judge()
        form.ballot(100, 28, 20, 52)
        assert form.role("proposal") == "fail"

    def test_exactly_on_both_limits_passes(self) -> None:
        form = Filled("weak_lax")
        form.answer("mode", "accept")
        form.judge()
        form.answers(k03="none", k05="none", k08="none", k12="part")
        form.ballot(100, 30, 20, 50)
        assert form.number("score_pct") == 70.0
        assert form.number("sat_badrate") == 50.0
        assert form.role("proposal") == "pass"


class TestVillage:
    def test_income(self) -> None:
        form = Filled("village_econ")
        form.rows("inc", 4)
        streams = (("oper", 6, 5), ("cont", 3, 2), ("inv", 1, 1), ("sub", 20, 20))
        for row, (kind, this, last) in enumerate(streams, 1):
            form.answer("i_kind", kind, row=row)
            form.answer("i_this", this, row=row)
            form.answer("i_last", last, row=row)
        assert form.number("inc_own") == 10
        assert form.number("inc_own0") == 8
        assert form.number("inc_g") == 25.0
        assert form.number("inc_share") == 33.3
        assert form.value("inc_tier") == "T3"

    @pytest.mark.parametrize(("present", "agree", "holds"), [(26, 21, False), (27, 21, True)])
    def test_quorum_of_the_members_meeting(self, present: int, agree: int, holds: bool) -> None:
        form = Filled("village_econ")
        form.rows("siyi", 1)
        steps = [choice.value for choice in form.node("y_steps").choices()]
        form.answer("y_steps", " ".join(steps))
        form.answers(y_pdue=40, y_pact=present, y_pagree=agree, y_rdue=60, y_ract=60, y_ragree=60)
        assert (form.value("y_ok") == "1") is holds

    def test_the_split_of_the_surplus_must_sum_to_a_hundred(self) -> None:
        form = Filled("village_econ")
        form.answers(hh=300, coop="yes", co_d1=60, co_d2=30, co_d3=20)
        assert "co_d3" in form.violations()
        form.answer("co_d3", 10)
        assert form.violations() == set()


def test_project_investment_and_gap() -> None:
    form = Filled("project_frontline")
    form.answers(inv_plan=8000, inv_done=4800, t_pct=65)
    assert form.number("inv_pct") == 60.0
    assert form.number("gap") == -5.0


def test_pairing_funds() -> None:
    form = Filled("pairing")
    form.rows("pj", 2)
    for row, (promised, received) in enumerate(((100, 80), (50, 10)), 1):
        form.answer("pj_plan", promised, row=row)
        form.answer("pj_in", received, row=row)
    assert form.number("f_rate") == 60.0


@pytest.mark.parametrize(
    ("form_id", "scope"),
    [
        ("unit_check", ""),
        ("community_gov", "street"),
        ("community_gov", "comm"),
        ("community_gov", "estate"),
        ("talent_station", ""),
        ("project_frontline", ""),
        ("pairing", ""),
    ],
)
def test_everything_good_gives_a_hundred(form_id: str, scope: str) -> None:
    form = Filled(form_id)
    if form.nodes("p_start"):
        form.period()
    if scope:
        assert scope in {choice.value for choice in form.node("scope").choices()}
        form.answer("scope", scope)
    form.judge()
    assert form.number("score_pct") == 100
    assert form.number("score_got") == form.number("score_max") > 0


def test_nothing_scored_is_no_zero() -> None:
    form = Filled("talent_station")
    assert form.number("score_max") == 0


@pytest.mark.parametrize(
    "form_id", ["branch_std", "weak_lax", "village_econ", "unit_check", "community_gov", "talent_station"]
)
def test_a_ballot_that_does_not_add_up_is_refused(form_id: str) -> None:
    form = Filled(form_id)
    form.ballot(40, 30, 6, 5)
    assert "sat_bad" in form.violations()
    form.answer("sat_bad", 4)
    assert "sat_bad" not in form.violations()
