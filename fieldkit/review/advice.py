"""What to look at again before a finding is confirmed: vague words, texts that repeat; warnings, never refusals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from fieldkit.i18n import _
from fieldkit.model.scheme import Scheme
from fieldkit.review.findings import Finding, sources_of
from fieldkit.visit.folding import fold
from fieldkit.visit.outcome import MoveReason

__all__ = ["advice", "similarity"]

_FIGURE = re.compile(r"[0-9]|[一二三四五六七八九十百千两][次个名项份人户月天年份条处元]")
_SIGNS = re.compile(r"[\W_]+")
_SIMILAR_PERCENT = 80
_GONE = frozenset({"void", "merged"})


def similarity(first: str, second: str) -> float:
    """Return how alike two texts are, from 0 to 100; signs, blanks and the size of letters do not count."""
    left, right = (_SIGNS.sub("", fold(text)).lower() for text in (first, second))
    if not left or not right:
        return 0.0
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    # The quick bound is never too low: most pairs need no more.
    if matcher.real_quick_ratio() * 100 < _SIMILAR_PERCENT / 2:
        return 100 * matcher.real_quick_ratio()
    return 100 * matcher.ratio()


def advice(finding: Finding, others: Iterable[Finding], scheme: Scheme) -> tuple[MoveReason, ...]:
    """Return what a person should know before confirming a finding.

    Args:
        finding: The finding.
        others: Other findings about the same subject.
        scheme: Sources recommended, and from how many per cent on texts count as alike.
    """
    return (*_sources(finding, scheme), *_vague(finding), *_repeated(finding, others, scheme))


def _sources(finding: Finding, scheme: Scheme) -> Iterable[MoveReason]:
    advised, given = scheme.recommended_sources(finding.severity), len(sources_of(finding, scheme))
    if finding.severity != "S1" and given < advised:
        message = _("Severity {severity}: {advised} different sources are recommended, there is {given}").format(
            severity=finding.severity, advised=advised, given=given
        )
        yield MoveReason("sources_recommended", message, "evidence")


def _vague(finding: Finding) -> Iterable[MoveReason]:
    if finding.type != "good_practice" and not _FIGURE.search(fold(f"{finding.statement} {finding.fact}")):
        message = _("No figure and no date stand in it: say where, when, how many")
        yield MoveReason("statement_vague", message, "statement")


def _repeated(finding: Finding, others: Iterable[Finding], scheme: Scheme) -> Iterable[MoveReason]:
    limit = scheme.number("finding.similar_text_warn_percent", _SIMILAR_PERCENT)
    seen = {finding.id}
    for other in others:
        if other.id in seen or other.state in _GONE:
            continue
        seen.add(other.id)
        percent = similarity(finding.statement, other.statement)
        if percent >= limit:
            message = _("{percent} % alike to finding {number} of {date}").format(
                percent=round(percent), number=other.number or other.id, date=other.created[:10]
            )
            yield MoveReason("statement_repeated", message, "statement")
