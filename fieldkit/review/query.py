"""Finds findings among many: terms with fields, bare words in text and pinyin, facets and order.

``severity:S2 state:draft -type:early_sign due<=2026-12-01 "no list" llc``: terms are ANDed, ``field:value``
compares codes (several with commas), ``>=`` and ``<=`` compare dates and grades, quotes keep blanks
together, ``-`` negates, a bare word is looked for in all texts and, in letters, in their pinyin.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct

from fieldkit.errors import UsageError
from fieldkit.i18n import _
from fieldkit.review.findings import Finding
from fieldkit.visit.folding import fold, is_han

__all__ = ["FACETS", "FIELDS", "SORTS", "About", "FindingRow", "Query", "Speller", "facets", "parse_query", "sort_rows"]

FIELDS = (
    "state",
    "severity",
    "type",
    "category",
    "kind",
    "subject",
    "parent",
    "campaign",
    "ref",
    "disposition",
    "due",
    "created",
    "actor",
    "tag",
)
"""Fields that a term may name."""

FACETS = ("state", "severity", "type", "category", "kind", "parent", "disposition", "actor")
"""Fields that lists are narrowed by."""

SORTS = ("severity", "created", "subject", "state", "category", "due", "number")
"""What a list can be ordered by."""

_TERM = re.compile(
    r'(?P<minus>-?)(?:(?P<field>[A-Za-z_]+)(?P<sign>:|>=|<=|=)(?P<value>"[^"]*"|[^\s"]*)|(?P<word>"[^"]*"|[^\s"]+))'
)
_RANGE_ONLY = frozenset({">=", "<="})


class About(Struct, frozen=True):
    """What is known of a finding's surroundings."""

    subject_name: str = ""
    kind: str = ""
    """Kind of the subject."""
    parents: tuple[str, ...] = ()
    """Ids and names of the subject's ancestors, the nearest first."""
    campaign: str = ""
    actor: str = ""
    """Code of who wrote it."""
    tags: tuple[str, ...] = ()


class FindingRow(Struct, frozen=True):
    """A finding with what is known of its surroundings, as lists and queries see it."""

    finding: Finding
    subject_name: str = ""
    kind: str = ""
    """Kind of the subject."""
    parents: tuple[str, ...] = ()
    """Ids and names of the subject's ancestors, the nearest first."""
    campaign: str = ""
    actor: str = ""
    """Code of who wrote it."""
    tags: tuple[str, ...] = ()
    text: str = ""
    """All texts of the finding, folded and in small letters: what bare words are looked for in."""

    @classmethod
    def of(cls, finding: Finding, about: About | None = None) -> FindingRow:
        """Return a row with its text prepared for searching."""
        known = about or About()
        parts = [finding.number, finding.statement, finding.criterion, finding.fact]
        parts += [known.subject_name, finding.subject, *(piece.text for piece in finding.evidence)]
        text = unicodedata.normalize("NFKC", "\n".join(part for part in parts if part)).lower()
        return cls(
            finding,
            known.subject_name,
            known.kind,
            known.parents,
            known.campaign,
            known.actor,
            known.tags,
            text,
        )

    def values(self, field: str) -> tuple[str, ...]:
        """Return what a field of the query language compares with."""
        if field == "subject":
            return (self.finding.subject, self.subject_name)
        if field == "parent":
            return self.parents
        if field == "tag":
            return self.tags
        if field in ("kind", "campaign", "actor"):
            return (str(getattr(self, field)),)
        return (str(getattr(self.finding, field)),)


class Speller:
    """Spells texts in pinyin sign by sign, each sign asked for once: fast over many lines."""

    def __init__(self, spell: Callable[[str], Sequence[str]]) -> None:
        self._spell = spell
        self._whole: dict[int, str] = {ord(blank): "" for blank in " \t\n\r\u3000"}
        self._initials: dict[int, str] = dict(self._whole)
        self._known: set[str] = set()
        self._texts: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return whole pinyin and initials of a text in small letters, without blanks."""
        known = self._texts.get(text)
        if known is None:
            for sign in set(text) - self._known:
                self._learn(sign)
            known = self._texts[text] = f"{text.translate(self._whole)}\n{text.translate(self._initials)}"
        return known

    def _learn(self, sign: str) -> None:
        self._known.add(sign)
        keys = self._spell(sign) if is_han(sign) else ()
        if keys:
            self._whole[ord(sign)] = keys[0]
            self._initials[ord(sign)] = keys[0][:1]


class Term(Struct, frozen=True):
    """One condition of a query."""

    field: str
    """Field, or empty for a bare word."""
    sign: str
    """``:``, ``>=`` or ``<=``."""
    value: str
    negated: bool

    def holds(self, row: FindingRow, speller: Speller | None) -> bool:
        """Tell whether a row fulfils the term."""
        return self._plain(row, speller) is not self.negated

    def _plain(self, row: FindingRow, speller: Speller | None) -> bool:
        if not self.field:
            return self._in_text(row, speller)
        values = row.values(self.field)
        if self.sign in _RANGE_ONLY:
            return any(self._in_range(value) for value in values)
        return any(self._equals(wanted, values) for wanted in self.value.split(","))

    def _in_text(self, row: FindingRow, speller: Speller | None) -> bool:
        if self.value in row.text:
            return True
        return speller is not None and self.value.isascii() and self.value in speller(row.text)

    def _in_range(self, value: str) -> bool:
        if not value:
            return False
        if self.sign == ">=":
            return value[: len(self.value)].lower() >= self.value
        return value[: len(self.value)].lower() <= self.value

    def _equals(self, wanted: str, values: tuple[str, ...]) -> bool:
        if not wanted:
            return not any(values)
        lowered = [value.lower() for value in values]
        if self.field in ("subject", "parent", "ref"):
            return any(wanted in value for value in lowered)
        if self.field in ("due", "created"):
            return any(value.startswith(wanted) for value in lowered)
        return wanted in lowered


class Query(Struct, frozen=True):
    """Terms that must all hold."""

    terms: tuple[Term, ...]

    def matches(self, row: FindingRow, speller: Speller | None = None) -> bool:
        """Tell whether a row fulfils every term."""
        return all(term.holds(row, speller) for term in self.terms)

    def filter(self, rows: Iterable[FindingRow], speller: Speller | None = None) -> Iterator[FindingRow]:
        """Yield the rows that fulfil every term; cheap terms are asked first."""
        ordered = Query(tuple(sorted(self.terms, key=lambda term: (term.field == "", term.negated))))
        return (row for row in rows if ordered.matches(row, speller))


def parse_query(text: str) -> Query:
    """Read a query.

    Args:
        text: As typed; full-width signs are taken as their plain ones.

    Raises:
        UsageError: VISIT-040 for a field that no finding has.
    """
    terms = []
    for match in _TERM.finditer(fold(text)):
        field, sign = (match["field"] or "").lower(), match["sign"] or ":"
        value = (match["word"] or match["value"] or "").strip('"').strip().lower()
        if field and field not in FIELDS:
            raise _unknown_field(field)
        if value or field:
            terms.append(Term(field, ":" if sign == "=" else sign, value, bool(match["minus"])))
    return Query(tuple(terms))


def _unknown_field(field: str) -> UsageError:
    near = get_close_matches(field, FIELDS, n=1, cutoff=0.5)
    hint = _("Did you mean {field}?").format(field=near[0]) if near else ""
    return UsageError(
        "VISIT-040",
        _("There is no field {field} to search by").format(field=field),
        hint=hint or _("Fields: {fields}. Put quotes around text with a colon.").format(fields=", ".join(FIELDS)),
        where={"field": field},
    )


def facets(rows: Iterable[FindingRow], names: Sequence[str] = FACETS) -> Mapping[str, Mapping[str, int]]:
    """Return how many rows each value of each facet has, the most frequent first; empty values are left out.

    Of a subject's ancestors only the nearest one counts.
    """
    counters: dict[str, Counter[str]] = {name: Counter() for name in names}
    for row in rows:
        for name, counter in counters.items():
            value = next(iter(row.values(name)), "")
            if value:
                counter[value] += 1
    return {name: dict(counter.most_common()) for name, counter in counters.items()}


def sort_rows(rows: Iterable[FindingRow], by: str = "severity", *, descending: bool = False) -> list[FindingRow]:
    """Return rows in order; what a row lacks comes last, equal ones stay newest first.

    Args:
        rows: The rows.
        by: One of ``SORTS``.
        descending: The other way round.

    Raises:
        UsageError: VISIT-041 for an order that there is not.
    """
    if by not in SORTS:
        raise UsageError(
            "VISIT-041",
            _("There is no order by {name}").format(name=by),
            hint=_("Orders: {names}").format(names=", ".join(SORTS)),
        )
    newest = sorted(rows, key=lambda row: row.finding.created, reverse=True)
    present = [row for row in newest if _sort_key(row, by)]
    missing = [row for row in newest if not _sort_key(row, by)]
    # The list of the newest comes first by itself.
    backwards = descending if by != "created" else not descending
    return sorted(present, key=lambda row: _sort_key(row, by), reverse=backwards) + missing


def _sort_key(row: FindingRow, by: str) -> tuple[object, ...]:
    if by == "subject":
        return (row.subject_name or row.finding.subject,) if row.subject_name or row.finding.subject else ()
    if by == "number":
        return tuple((int(part), "") if part.isdigit() else (0, part) for part in row.finding.number.split("-"))
    value = str(getattr(row.finding, by))
    return (value,) if value else ()
