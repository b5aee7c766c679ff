"""Finds findings among many: terms with fields, bare words in text and pinyin.

``severity:S2 state:draft -type:early_sign due<=2026-12-01 "no list" llc``: terms are ANDed, ``field:value``
compares codes (several with commas), ``>=`` and ``<=`` compare dates and grades, quotes keep blanks
together, ``-`` negates, a bare word is looked for at the beginnings of the words of all texts and, in letters,
in the pinyin of Chinese signs that stand together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches

from msgspec import Struct

from fieldkit.errors import UsageError
from fieldkit.i18n import _
from fieldkit.review.findings import Finding
from fieldkit.visit.folding import fold, is_han

__all__ = ["FIELDS", "About", "FindingRow", "Query", "Speller", "Term", "begins_in", "is_spelling", "parse_query"]

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
        self._known: dict[str, str] = {}

    def sign(self, sign: str) -> str:
        """Return the pinyin of a sign, empty for what is no Chinese sign."""
        known = self._known.get(sign)
        if known is None:
            keys = self._spell(sign) if is_han(sign) else ()
            known = self._known[sign] = keys[0] if keys else ""
        return known

    def holds(self, text: str, letters: str) -> bool:
        """Tell whether Chinese signs that stand together are spelled so, whole or by their first letters."""
        spelled = [self.sign(sign) for sign in text]
        return any(
            spelled[start][:1] == letters[:1]
            and (_begins(spelled, start, letters) or _initials(spelled, start, letters))
            for start in range(len(spelled))
            if spelled[start]
        )


def _begins(spelled: Sequence[str], start: int, letters: str) -> bool:
    while letters and start < len(spelled) and spelled[start]:
        if spelled[start].startswith(letters):
            return True
        if not letters.startswith(spelled[start]):
            return False
        letters, start = letters[len(spelled[start]) :], start + 1
    return not letters


def _initials(spelled: Sequence[str], start: int, letters: str) -> bool:
    return "".join(syllable[:1] or " " for syllable in spelled[start : start + len(letters)]) == letters


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
        return self.compares(row.values(self.field))

    def _in_text(self, row: FindingRow, speller: Speller | None) -> bool:
        if begins_in(row.text, self.value):
            return True
        return speller is not None and is_spelling(self.value) and speller.holds(row.text, self.value)

    def compares(self, values: tuple[str, ...]) -> bool:
        """Tell whether values of its field fulfil the term, negation left aside."""
        if self.sign in _RANGE_ONLY:
            return any(self._in_range(value) for value in values)
        return any(self._equals(wanted, values) for wanted in self.value.split(","))

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


def begins_in(text: str, wanted: str) -> bool:
    """Tell whether a text holds another one where a word, or any Chinese sign, begins; both are in small letters."""
    is_word = wanted[:1].isalnum() and not is_han(wanted[0])
    place = text.find(wanted)
    while place >= 0:
        before = text[place - 1] if place else " "
        if not is_word or not before.isalnum() or is_han(before):
            return True
        place = text.find(wanted, place + 1)
    return False


def is_spelling(text: str) -> bool:
    """Tell whether a text can be pinyin: letters alone."""
    return text.isascii() and text.isalpha()
