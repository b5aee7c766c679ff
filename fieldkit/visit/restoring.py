"""From the fields of a visit's record to a live form: rows in their order and stored values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fieldkit.forms import Form
from fieldkit.forms.limits import ROWS
from fieldkit.visit.engine import FormMaker
from fieldkit.visit.orderkeys import key_of_ordinal
from fieldkit.visit.record import VisitRecord

__all__ = ["form_made", "order_of", "restored", "rows_in", "values_in"]

_STEP = re.compile(r"\{c([0-9]{1,9})\}")
_HIGHEST_ORDINAL = 62**4 - 1


def form_made(row_id: str) -> int:
    """Return the ordinal of a row that the form made (``c3`` is the third), 0 for rows of people."""
    digits = row_id[1:]
    return int(digits) if row_id.startswith("c") and digits.isascii() and digits.isdigit() else 0


def order_of(row_id: str, value: object) -> str:
    """Return the key that a row is sorted by."""
    if isinstance(value, Mapping) and isinstance(value.get("order"), str):
        return str(value["order"])
    return key_of_ordinal(min(form_made(row_id), _HIGHEST_ORDINAL))


def _split(path: str) -> tuple[str, str]:
    series, _sign, rest = path[:-1].rpartition("{")
    return series, rest


def rows_in(record: VisitRecord, form_id: str) -> dict[str, list[str]]:
    """Return the ids of the rows by the path of their repeat, in order.

    Rows that have answers and no field of their own (a form makes them by a count) are there too.
    """
    found: dict[str, dict[str, Any]] = {}
    for path, value in record.of_form("row", form_id):
        series, row_id = _split(path)
        if not series.startswith("/") or not row_id:
            continue
        entries = found.setdefault(series, {})
        if isinstance(value, Mapping) and not value.get("removed"):
            entries[row_id] = value
    own = set(found)
    for path, value in record.of_form("answer", form_id):
        if isinstance(value, str):
            for series, ordinal in _form_made_steps(path):
                # A repeat whose rows have fields of their own has no others; what a form counts has none.
                if series not in own:
                    entries = found.setdefault(series, {})
                    entries.update({f"c{number}": None for number in range(len(entries) + 1, ordinal + 1)})
    return {series: _sorted(entries) for series, entries in found.items()}


def _form_made_steps(path: str) -> Iterator[tuple[str, int]]:
    """Yield each repeat on a path whose row the form made, with the row's ordinal."""
    for match in _STEP.finditer(path):
        yield path[: match.start()], min(int(match[1]), ROWS)


def _sorted(entries: Mapping[str, Any]) -> list[str]:
    return sorted(entries, key=lambda row_id: (order_of(row_id, entries[row_id]), row_id))


def values_in(record: VisitRecord, form_id: str) -> dict[str, str]:
    """Return the stored values of a form by path; emptied fields are left out."""
    return {path: value for path, value in record.of_form("answer", form_id) if isinstance(value, str) and value}


def restored(maker: FormMaker, record: VisitRecord, form_id: str) -> Form:
    """Return the live form as the record has it; nothing fires."""
    return maker.restore(form_id, rows_in(record, form_id), values_in(record, form_id))
