"""Counters and points by section, kept current item by item: an answer costs the same in every form size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from msgspec import Struct

from fieldkit.visit.nodes import Node, attribute, takes_answer
from fieldkit.visit.scoring import judge, weight_of
from fieldkit.visit.view import Progress

__all__ = ["Share", "Tally", "share_of", "total_of"]


_NOTHING = Fraction(0)


class Share(Struct):
    """What one item, or the sum of several, adds to the counters."""

    total: int = 0
    done: int = 0
    wrong: int = 0
    left: int = 0
    hidden: int = 0
    hidden_answers: int = 0
    carried: int = 0
    got: Fraction = _NOTHING
    possible: Fraction = _NOTHING
    weight: Fraction = _NOTHING
    documents: Fraction = _NOTHING
    """Possible points that rest on documents alone."""

    def add(self, other: Share, sign: int = 1) -> None:
        """Add (or with -1 take away) what another share holds."""
        self.total += sign * other.total
        self.done += sign * other.done
        self.wrong += sign * other.wrong
        self.left += sign * other.left
        self.hidden += sign * other.hidden
        self.hidden_answers += sign * other.hidden_answers
        self.carried += sign * other.carried
        # Most questions have no points, and sums of fractions are slow.
        if other.got is not _NOTHING:
            self.got += sign * other.got
        if other.possible is not _NOTHING:
            self.possible += sign * other.possible
        if other.weight is not _NOTHING:
            self.weight += sign * other.weight
        if other.documents is not _NOTHING:
            self.documents += sign * other.documents

    def progress(self) -> Progress:
        """Return the counters as the screen shows them."""
        return Progress(
            answered=self.done,
            total=self.total,
            required_left=self.left,
            invalid=self.wrong,
            hidden=self.hidden,
            carried=self.carried,
            hidden_answers=self.hidden_answers,
        )


def share_of(node: Node, *, carried: bool = False, documents_only: bool = False) -> Share:
    """Return what one question adds to the counters of its section.

    Args:
        node: A question of the live form.
        carried: Its answer was taken over and is not confirmed.
        documents_only: Its evidence is documents alone.
    """
    share = Share()
    if not takes_answer(node):
        return share
    if not node.relevant:
        share.hidden = 1
        share.hidden_answers = 1 if node.stored else 0
        return share
    violation = node.violation
    if violation is not None:
        share.wrong = 1 if violation.condition != "required" else 0
        share.left = 1 if violation.condition == "required" else 0
    if not node.readonly:
        share.total = 1
        share.done = 1 if node.value else 0
        share.carried = 1 if carried else 0
    if attribute(node, "score"):
        judged = judge(node)
        share.got, share.possible, share.weight = judged.got, judged.possible, weight_of(node)
        share.documents = judged.possible if documents_only else _NOTHING
    return share


class Tally:
    """Sums by section, changed by one item at a time."""

    def __init__(self) -> None:
        self._shares: dict[str, tuple[str, Share]] = {}
        self.sections: dict[str, Share] = {}
        self.all = Share()

    def put(self, path: str, section: str, share: Share) -> None:
        """Set what an item adds; what it added before is taken away."""
        known = self._shares.get(path)
        if known is not None:
            if known[0] == section and known[1] == share:
                return
            self.drop(path)
        self._shares[path] = (section, share)
        self.sections.setdefault(section, Share()).add(share)
        self.all.add(share)

    def drop(self, path: str) -> None:
        """Take an item out, such as one of a row that was removed."""
        section, share = self._shares.pop(path, ("", None))
        if share is not None:
            self.sections[section].add(share, -1)
            self.all.add(share, -1)

    def share(self, path: str) -> Share | None:
        """Return what an item adds now, or None where it is not counted."""
        known = self._shares.get(path)
        return known[1] if known else None

    def section(self, key: str) -> Share:
        """Return the sum of a section; nothing counted yet is all zero."""
        return self.sections.get(key, Share())

    @property
    def shares(self) -> Mapping[str, Share]:
        """What each item adds."""
        return {path: share for path, (_section, share) in self._shares.items()}


def total_of(shares: Iterable[Share]) -> Share:
    """Return the sum of several shares."""
    total = Share()
    for share in shares:
        total.add(share)
    return total
