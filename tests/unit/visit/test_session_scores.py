"""The score examples of the checklists through a whole visit: answers written, live score, findings offered."""

from __future__ import annotations

import pytest

from fieldkit.visit.attaching import Piece, add_evidence, take_back_evidence
from fieldkit.visit.raising import lower
from tests.builders.visits import Bench


def branch(*, members: int = 20, groups: int = 2, mobile: int = 3, pairs: int = 4) -> Bench:
    """Return a visit of a branch with the basics filled in."""
    bench = Bench("branch_std")
    bench.period()
    bench.answers(btype="village", m_full=members, m_prob=0, groups_n=groups)
    bench.answers(b_vac_m=0, b_elect="2023-05-01", e_none=0, e_mob=mobile, e_pair=pairs, f_in=10, f_done=9)
    bench.answers(g_area=240, honour="none")
    return bench


def test_everything_full_gives_a_hundred_and_five_stars() -> None:
    bench = branch()
    bench.judge()
    assert bench.score().percent == 100
    assert bench.score().composite is None, "the ballot is not in yet"
    bench.ballot(40, 30, 6, 4)
    score = bench.score()
    assert (score.percent, score.ballot_rate, score.composite, score.star) == (100, 90.0, 97.0, 5)
    assert score.got == score.max == sum(section.max for section in score.sections)


def test_a_low_ballot_caps_the_star() -> None:
    bench = branch()
    bench.judge()
    bench.answer("honour", "county")
    bench.ballot(40, 12, 10, 18)
    score = bench.score()
    assert (score.composite, score.star, score.bonus, score.capped) == (87.5, 2, 1, True)


def test_a_veto_means_not_rated() -> None:
    bench = branch()
    bench.judge()
    effects = bench.answer("veto", "v4")
    assert effects.offer is not None
    assert (effects.offer.severity, effects.offer.veto) == ("S1", True)
    assert bench.score().star == 0
    assert bench.score().veto == ("v4",)
    assert any(item.endswith("/veto_ev") for item in effects.opened)


def test_what_does_not_apply_leaves_both_sums() -> None:
    bench = branch(members=5, groups=0, mobile=0, pairs=0)
    bench.judge()
    bench.ballot(40, 30, 6, 4)
    assert (bench.score().percent, bench.score().max, bench.score().weight) == (100, 86, 86)


def test_everything_by_half() -> None:
    bench = branch()
    bench.judge("part", count_share=0.5)
    bench.ballot(40, 20, 12, 8)
    score = bench.score()
    assert (score.percent, score.composite, score.star) == (50, 59.0, 1)


def test_not_applicable_leaves_both_sums() -> None:
    bench = branch()
    bench.judge()
    before = bench.score().max
    bench.answer("c_life", "na")
    assert (bench.score().max, bench.score().percent) == (before - 4, 100)


def test_points_that_rest_on_documents_alone_warn() -> None:
    bench = Bench("branch_std")
    bench.answers(m_full=20, c_life="full")
    assert bench.score().documents_percent == 0, "documents and interviews are suggested there"
    bench.answer("d_full", "full")
    assert not bench.score().documents_warning
    piece = Piece("e1", "D", name="minutes.pdf", sha256="0" * 64)
    bench.write(add_evidence(bench.session, bench.key("c_life"), piece).writes)
    assert (bench.score().documents_percent, bench.score().documents_warning) == (100, True)
    bench.write(take_back_evidence(bench.session, "e1").writes)
    assert bench.score().documents_percent == 60


def test_screening_then_acceptance() -> None:
    bench = Bench("weak_lax")
    bench.period()
    bench.answer("mode", "screen")
    for number in range(1, 13):
        bench.answer(f"a{number:02}", "no")
    for number in range(1, 10):
        bench.answer(f"b{number:02}", "no")
    offer = bench.answer("a01", "yes").offer
    assert offer is not None
    assert offer.severity == "S1"
    assert bench.score().proposal == "list"
    assert bench.score().percent is None, "a screening has no score"
    bench.answer("mode", "accept")
    bench.judge()
    bench.ballot(100, 60, 20, 20)
    assert (bench.score().proposal, bench.score().got) == ("pass", 100)


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
        ("village_econ", ""),
    ],
)
def test_everything_good_gives_a_hundred_and_the_sections_agree(form_id: str, scope: str) -> None:
    bench = Bench(form_id)
    names = {node.name for node in bench.session.live[form_id].form.nodes()}
    if "p_start" in names:
        bench.period()
    if scope:
        bench.answer("scope", scope)
    bench.judge()
    score = bench.score()
    assert score.percent == 100
    assert score.got == score.max > 0
    assert sum(section.got for section in score.sections) == pytest.approx(score.got)


def test_forms_without_points_have_no_score() -> None:
    for form_id in ("spot_research", "recheck"):
        bench = Bench(form_id)
        live = bench.session.live[form_id]
        assert not live.tally.all.weight


class TestProposals:
    """The findings proposed by the checklist of branches, grade by grade."""

    @pytest.mark.parametrize(
        ("name", "value", "severity"),
        [
            ("c_life", "none", "S2"),
            ("c_life", "part", "S3"),
            ("c_life", "full", ""),
            ("c_life", "na", ""),
            ("d_full", "part", "S4"),
            ("b_vac_m", "4", "S1"),
            ("b_vac_m", "3", ""),
            ("c_cong", "1", "S2"),
            ("c_cong", "3", "S3"),
            ("c_cong", "4", ""),
            ("r_dup", "yes", "S1"),
            ("r_dup", "no", ""),
            ("r_dup", "na", ""),
            ("r_cross", "no", "S3"),
        ],
    )
    def test_grade(self, name: str, value: str, severity: str) -> None:
        bench = Bench("branch_std")
        bench.period()
        bench.answers(m_full=20, btype="village")
        offer = bench.answer(name, value).offer
        assert (offer.severity if offer else "") == severity
        if offer is not None:
            node = bench.node(name)
            assert (offer.criterion, offer.category) == (node.label, node.attributes["{urn:fieldkit:xf}category"])

    def test_a_count_without_a_target_proposes_nothing(self) -> None:
        bench = Bench("branch_std")
        assert bench.answer("c_cong", "0").offer is None

    def test_a_computed_severity_follows_what_it_names(self) -> None:
        bench = Bench("branch_std")
        bench.answer("btype", "agency")
        bench.answer("e_none", "3")
        live = bench.session.live["branch_std"]
        assert live.proposals([bench.node("e_none")]) == {}
        bench.answer("btype", "village")
        assert list(live.proposals([bench.node("e_none")]).values()) == ["S2"]

    def test_one_grade_lower(self) -> None:
        assert [lower(grade) for grade in ("S1", "S2", "S3", "S4")] == ["S2", "S3", "S4", ""]
