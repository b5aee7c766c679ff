"""The live score: what the form computes, by section what the answers earn so far."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import attribute
from fieldkit.visit.values import number_of
from fieldkit.visit.view import ScoreView, SectionScore

__all__ = ["score_view"]

_SMALL_SAMPLE = 10
_DOCUMENTS_PERCENT = 70


def score_view(live: LiveForm, numbers: Sequence[str] = ()) -> ScoreView | None:
    """Return the score of a form, or None where it scores nothing and proposes nothing.

    Points are the form's own (roles ``score-got``, ``score-max``, ``score-pct``), else the sum of its
    scored items. Composite and star wait for the ballot where the form has one; a veto decides at once.

    Args:
        live: The form.
        numbers: Short sign of each section.
    """
    tally = live.tally.all
    roles = live.roles
    if not tally.weight and not roles.keys() & {"score-got", "score-pct", "star", "proposal"}:
        return None
    got = _role_number(live, "score-got")
    possible = _role_number(live, "score-max")
    got = float(tally.got) if got is None else got
    possible = float(tally.possible) if possible is None else possible
    percent = _role_number(live, "score-pct") if "score-pct" in roles else None
    if percent is None and possible:
        percent = round(100 * got / possible, 1)
    percent = percent if possible else None
    veto = _vetoes(live)
    ballot_in = "ballot-valid" not in roles or _role_number(live, "ballot-valid") is not None
    star = _role_number(live, "star") if veto or (ballot_in and percent is not None) else None
    valid = _role_number(live, "ballot-valid")
    documents = float(100 * tally.documents / tally.possible) if tally.possible else None
    limit = live.scheme.number("answers.documents_only_warn_percent", _DOCUMENTS_PERCENT)
    return ScoreView(
        got=got,
        max=possible,
        percent=percent,
        composite=_composite(live, percent) if ballot_in else None,
        star=int(star) if star is not None else None,
        proposal=live.role_value("proposal"),
        sections=_sections(live, numbers),
        ballot_valid=int(valid) if valid is not None else None,
        ballot_rate=_role_number(live, "ballot-rate") if valid is not None else None,
        ballot_badrate=_role_number(live, "ballot-badrate") if valid is not None else None,
        ballot_small=valid is not None and valid < live.scheme.number("ballot.small_sample_below", _SMALL_SAMPLE),
        bonus=_role_number(live, "bonus"),
        veto=veto,
        capped=_is_capped(live, star),
        documents_percent=documents,
        documents_warning=documents is not None and documents > limit,
        weight=float(tally.weight),
    )


def _role_number(live: LiveForm, role: str) -> float | None:
    return number_of(live.role_value(role))


def _composite(live: LiveForm, percent: float | None) -> float | None:
    if percent is None:
        return None
    return _role_number(live, "composite") if "composite" in live.roles else percent


def _vetoes(live: LiveForm) -> tuple[str, ...]:
    return tuple(
        code
        for node in live.vetoes
        if attribute(node, "veto") == "yes" and node.relevant
        for code in node.value.split()
    )


def _is_capped(live: LiveForm, star: float | None) -> bool:
    composite = _role_number(live, "composite")
    if star is None or composite is None or star == 0:
        return False
    bands = live.scheme.get("rating.bands", [])
    band = next((entry["star"] for entry in bands if composite >= entry["min"]), None)
    return band is not None and star < band


def _sections(live: LiveForm, numbers: Sequence[str]) -> tuple[SectionScore, ...]:
    scored = []
    for place, section in enumerate(live.outline.sections):
        share = live.tally.section(section.key)
        if share.weight:
            scored.append(
                SectionScore(
                    key=f"{live.form_id}:{section.key}",
                    number=numbers[place] if numbers else str(place + 1),
                    label=section.label,
                    got=float(share.got),
                    max=float(share.possible),
                )
            )
    return tuple(scored)
