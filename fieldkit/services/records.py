"""Names of records: found by id, number or the start of an id, and said in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fieldkit.errors import FieldkitError, UsageError
from fieldkit.i18n import _, in_language, pick
from fieldkit.model.document import Document, deleted, fields, shown
from fieldkit.model.ids import id_of, kind_of, record_name
from fieldkit.services.desk import Desk
from fieldkit.services.indexes import INDEXES

__all__ = ["Records"]

_SHORTEST_PREFIX = 4


class Records:
    """Finds records and says them in words."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kinds = {
            "visit": lambda: _("visit"),
            "finding": lambda: _("finding"),
            "subject": lambda: _("subject"),
            "note": lambda: _("note"),
            "form": lambda: _("form"),
        }

    def kind_label(self, kind: str) -> str:
        """Return a kind of record in words."""
        return self._kinds.get(kind, lambda: kind)()

    def documents(self, kind: str) -> Iterator[Document]:
        """Yield the records of a kind that are not deleted."""
        return (document for document in self._desk.writer.documents(kind) if not deleted(document))

    def document(self, kind: str, identifier: str) -> Document:
        """Return a record.

        Raises:
            UsageError: REC-001, there is none.
        """
        document = self._desk.document(record_name(kind, identifier))
        if document is None or deleted(document):
            raise self._unknown(kind, identifier)
        return document

    def resolve(self, kind: str, text: str) -> str:
        """Return the id of a record that is named by its id, its number or the start of its id.

        Raises:
            UsageError: REC-001 for a name that nothing has, REC-002 for one that several have.
        """
        text = text.strip()
        if text and "/" not in text and self._desk.writer.count(record_name(kind, text)):
            return text
        found = self._named(kind, text) if text else []
        if not found:
            raise self._unknown(kind, text)
        if len(found) > 1:
            raise UsageError(
                "REC-002",
                _("{count} records of the kind {kind} are meant by {name}").format(
                    count=len(found), kind=self.kind_label(kind), name=text
                ),
                hint=_("Give more of the id: {ids}").format(ids=", ".join(sorted(found)[:5])),
                where={"kind": kind, "id": text, "ids": sorted(found)},
            )
        return found[0]

    def _named(self, kind: str, text: str) -> list[str]:
        """Return the ids of the records with a number, or with the beginning of an id."""
        if (kind, "number") in INDEXES:
            numbered = [id_of(item["id"]) for item in self.find(kind, "number", text)]
            if numbered:
                return numbered
        if len(text) < _SHORTEST_PREFIX:
            return []
        return [id_of(item["id"]) for item in self.documents(kind) if id_of(item["id"]).startswith(text)]

    def find(self, kind: str, index: str, value: str) -> Iterator[Document]:
        """Yield the records of a kind with a value in an index that are not deleted."""
        return (document for document in self._desk.writer.find(kind, index, value) if not deleted(document))

    def _unknown(self, kind: str, text: str) -> FieldkitError:
        return UsageError(
            "REC-001",
            _("There is no {kind} {name}").format(kind=self.kind_label(kind), name=text or "-"),
            hint=_("List them with: fieldkit {kind} list").format(kind=kind),
            where={"kind": kind, "id": text},
        )

    def subject_name(self, subject: str) -> str:
        """Return a subject in the language of the interface; its id where it is not known."""
        document = self._desk.document(record_name("subject", subject)) if subject else None
        if document is None:
            return subject
        return _name_of(fields(document)) or subject

    def number(self, record: str) -> str:
        """Return the number of a record, or its id."""
        document = self._desk.document(record)
        meta = shown(document, "meta") if document else None
        return str(meta.get("number") or id_of(record)) if isinstance(meta, dict) else id_of(record)

    def title(self, record: str, values: Mapping[str, Any] | None = None) -> str:
        """Return a record in words, such as ``V-d02-14 Liulin branch``.

        Args:
            record: Name of the record.
            values: Its fields, for a record that is not here yet.
        """
        kind, identifier = kind_of(record), id_of(record)
        document = self._desk.document(record)
        if document is None and values is None:
            return record

        def text(field: str) -> Any:
            return (values or {}).get(field) if document is None else shown(document, field)

        meta = text("meta") or {}
        if kind == "subject":
            return f"{identifier} {_name_of({name: text(name) for name in ('name_zh', 'name_en')}) or identifier}"
        if kind == "form":
            title = in_language(str(meta.get("title") or meta.get("form_id") or identifier[:12]))
            return f"{title} {meta.get('version', '')}".strip()
        if kind == "visit":
            return f"{meta.get('number', '')} {self.subject_name(str(meta.get('subject', '')))}".strip()
        if kind == "finding":
            return f"{meta.get('number', '')} {text('statement') or ''}".strip()
        if kind == "note":
            return str(text("text") or "")
        return record


def _name_of(values: Mapping[str, Any]) -> str:
    """Return the name of a subject in the language of the interface, from its fields."""
    return pick(str(values.get("name_zh") or ""), str(values.get("name_en") or ""))
