"""A record as the result of its operations: the same on every copy, whatever the order of arrival.

A document is a JSON object and is never changed in place; ``apply`` shares all unchanged parts:

``id``       name of the record
``heads``    field -> versions that no other one names in ``prev``: ``[operation id, hlc, actor, value]``,
             the one that is shown first
``past``     field -> versions that were replaced (only their ids, but whole versions in visits)
``late``     field -> versions written to a visit after it was closed by someone who did not know it
``unseen``   field -> ids that were named in ``prev`` and have not arrived
``links``    operation id -> its ``prev`` where that is not empty (visits only)
``settled``  ids of operations that settle a conflict (visits only)
``ruled``    whether it was ever closed (visits only)
``vector``   device -> greatest sequence number in this record
``n``        number of operations; ``first``, ``last``: ``[hlc, actor]``
"""

from __future__ import annotations

import hashlib
import json
from bisect import insort
from collections.abc import Iterable, Mapping
from typing import Any

from fieldkit.model.clock import hlc_key
from fieldkit.model.ids import split_operation_id
from fieldkit.model.lateness import Rules, late_ids, rules_of
from fieldkit.model.operation import DELETED, RESOLVE, Json, Operation

__all__ = [
    "Document",
    "Version",
    "apply",
    "apply_all",
    "conflicts",
    "deleted",
    "digest",
    "fields",
    "prevs",
    "record_digest",
    "shown",
    "vector_of",
    "version",
]

Document = dict[str, Any]
"""The result of a record's operations; see the head of this module."""

Version = list[Any]
"""``[operation id, hlc, actor, value]``."""

_DETAILED = "visit/"


def apply(document: Document | None, operation: Operation) -> Document:
    """Return the record with one more operation; an operation that it holds already changes nothing.

    Args:
        document: The record so far, None for a new one; it is not changed.
        operation: An operation of this record.
    """
    if document is None:
        return _new_document(operation)
    name, identifier = operation.field, operation.id
    heads: list[Version] = document["heads"].get(name, [])
    past = document["past"].get(name, [])
    is_detailed = "links" in document
    if operation.seq <= document["vector"].get(operation.device, 0) and _holds(document, operation, heads, past):
        return document
    result = _counted(document, operation)
    if is_detailed:
        _note_links(result, operation)
        if name == "state" or document["ruled"]:
            return _applied_under_rules(result, operation)
    entry: Version = [identifier, operation.hlc, operation.actor, operation.value]
    unseen: list[str] = document["unseen"].get(name, [])
    replaced = identifier in unseen
    gone = [head for head in heads if head[0] in operation.prev] if operation.prev else []
    kept = [head for head in heads if head not in gone] if gone else list(heads)
    if not replaced:
        _insert(kept, entry)
    arrived = [*gone, entry] if replaced else gone
    if arrived:
        past = _past_with(past, arrived, is_detailed=is_detailed)
        result["past"] = _set(document["past"], name, past)
    if operation.prev or replaced:
        here = {head[0] for head in heads}
        if not here.issuperset(operation.prev):
            here.update(old[0] if is_detailed else old for old in past)
        _set_unseen(result, name, unseen, operation, here)
    result["heads"] = _with(document["heads"], name, kept)
    return result


def apply_all(document: Document | None, operations: Iterable[Operation]) -> Document | None:
    """Return the record with several more operations."""
    for operation in operations:
        document = apply(document, operation)
    return document


def version(document: Mapping[str, Any] | None, field: str) -> Version | None:
    """Return the version that is shown of a field, ``[operation id, hlc, actor, value]``, or None."""
    if document is None:
        return None
    heads = document["heads"].get(field)
    return heads[0] if heads else None


def shown(document: Mapping[str, Any] | None, field: str, default: Json = None) -> Json:
    """Return the value that is shown of a field, the default where nothing was ever written."""
    found = version(document, field)
    return default if found is None else found[3]


def fields(document: Mapping[str, Any]) -> dict[str, Json]:
    """Return the value that is shown of every field."""
    return {name: heads[0][3] for name, heads in document["heads"].items()}


def conflicts(document: Mapping[str, Any]) -> list[tuple[str, list[Version]]]:
    """Return the fields whose versions differ, each with its versions, the one that is shown first.

    Late versions of a closed visit count; versions with equal values are no conflict. A record that was
    deleted while somebody else edited it is a conflict of the field ``_deleted``.
    """
    found = []
    late = _late_heads(document)
    for name in sorted({*document["heads"], *late}):
        versions = [*document["heads"].get(name, []), *late.get(name, [])]
        differ = any(entry[3] != versions[0][3] for entry in versions[1:])
        if differ or name not in document["heads"]:
            found.append((name, versions))
    edits = _edits_beside_deletion(document)
    if edits:
        found.append((DELETED, [*document["heads"][DELETED], *edits]))
    return found


def deleted(document: Mapping[str, Any]) -> bool:
    """Tell whether a record is deleted; a deletion that competes with an edit does not hide the record."""
    return bool(shown(document, DELETED)) and not _edits_beside_deletion(document)


def prevs(document: Mapping[str, Any] | None, field: str, device: str) -> tuple[str, ...]:
    """Return the ``prev`` of a new operation: what its writer sees as the field's value.

    The first operation of a device after a visit was reopened names the reopening too.
    """
    if document is None:
        return ()
    seen = [head[0] for head in document["heads"].get(field, [])]
    rules = rules_of(document)
    if rules is not None:
        seen += [name for name in rules.unacknowledged(device) if name not in seen]
    return tuple(seen)


def vector_of(document: Mapping[str, Any]) -> dict[str, int]:
    """Return the greatest sequence number of each device in this record: what a closing operation states."""
    return dict(document["vector"])


def record_digest(document: Mapping[str, Any]) -> str:
    """Return the digest of one record: SHA-256 of the canonical JSON of its versions."""
    state = {
        "id": document["id"],
        "n": document["n"],
        "heads": document["heads"],
        "late": document.get("late", {}),
    }
    text = json.dumps(state, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def digest(documents: Iterable[Mapping[str, Any]], purged: Mapping[str, str] | None = None) -> str:
    """Return the digest of a whole state, equal on every copy that holds the same operations.

    Args:
        documents: All records, in any order.
        purged: Record -> its digest at the time when its operations were removed.
    """
    lines = {document["id"]: record_digest(document) for document in documents}
    lines.update(purged or {})
    text = "".join(f"{name} {lines[name]}\n" for name in sorted(lines))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _new_document(operation: Operation) -> Document:
    stamp = [operation.hlc, operation.actor]
    document: Document = {
        "id": operation.record,
        "heads": {},
        "unseen": {},
        "past": {},
        "n": 0,
        "first": stamp,
        "last": stamp,
        "vector": {},
    }
    if operation.record.startswith(_DETAILED):
        document.update(late={}, links={}, settled=[], ruled=False)
    return apply(document, operation)


def _holds(document: Document, operation: Operation, heads: list[Version], past: list[Any]) -> bool:
    name, identifier = operation.field, operation.id
    if any(head[0] == identifier for head in heads):
        return True
    if "links" not in document:
        return identifier in past
    late = document["late"].get(name, ())
    return any(entry[0] == identifier for entry in past) or any(entry[0] == identifier for entry in late)


def _counted(document: Document, operation: Operation) -> Document:
    result = dict(document)
    result["n"] = document["n"] + 1
    stamp = [operation.hlc, operation.actor]
    if _stamp_key(stamp) < _stamp_key(document["first"]):
        result["first"] = stamp
    if _stamp_key(stamp) > _stamp_key(document["last"]):
        result["last"] = stamp
    if operation.seq > document["vector"].get(operation.device, 0):
        result["vector"] = _set(document["vector"], operation.device, operation.seq)
    return result


def _stamp_key(stamp: list[str]) -> tuple[tuple[int, int], str]:
    return hlc_key(stamp[0]), stamp[1]


def _version_key(entry: Version) -> tuple[tuple[int, int], str, int]:
    device, seq = split_operation_id(entry[0])
    return hlc_key(entry[1]), device, seq


def _descending(entry: Version) -> tuple[int, int, tuple[int, ...], int]:
    (ms, counter), device, seq = _version_key(entry)
    return -ms, -counter, tuple(-ord(letter) for letter in device), -seq


def _insert(versions: list[Version], entry: Version) -> None:
    if versions:
        insort(versions, entry, key=_descending)
    else:
        versions.append(entry)


def _past_with(past: list[Any], arrived: list[Version], *, is_detailed: bool) -> list[Any]:
    """Return the replaced versions of a field with more of them, each at its place: a long past is not sorted anew."""
    result = list(past)
    for entry in arrived:
        if is_detailed:
            insort(result, entry, key=_descending)
        else:
            insort(result, entry[0], key=split_operation_id)
    return result


def _set(mapping: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return a copy with one more member; ``copy`` clones the table, which a display does not."""
    result = mapping.copy()
    result[name] = value
    return result


def _with(mapping: dict[str, Any], name: str, value: list[Any]) -> dict[str, Any]:
    if value:
        return _set(mapping, name, value)
    if name not in mapping:
        return mapping
    return {key: other for key, other in mapping.items() if key != name}


def _set_unseen(result: Document, name: str, unseen: list[str], operation: Operation, here: set[str]) -> None:
    named = [identifier for identifier in operation.prev if identifier not in here]
    if named or operation.id in unseen:
        left = sorted({*unseen, *named} - {operation.id})
        result["unseen"] = _with(result["unseen"], name, left)


def _note_links(result: Document, operation: Operation) -> None:
    if operation.prev:
        result["links"] = _set(result["links"], operation.id, list(operation.prev))
    if operation.cause.startswith(RESOLVE):
        result["settled"] = sorted([*result["settled"], operation.id])


def _applied_under_rules(result: Document, operation: Operation) -> Document:
    """Apply to a visit that was closed, or opens or closes: that can bring older versions back."""
    name, identifier = operation.field, operation.id
    entry: Version = [identifier, operation.hlc, operation.actor, operation.value]
    others = _all_versions(result, name)
    _set_unseen(result, name, result["unseen"].get(name, []), operation, {other[0] for other in others})
    rules = rules_of(result)
    if name != "state" and (rules is None or not rules.concerns(operation.prev)):
        _place(result, name, [*others, entry], rules)
        return result
    # The state's own versions say which closings and reopenings there are: they come first.
    _place(result, "state", [*others, entry] if name == "state" else _all_versions(result, "state"), None)
    rules = rules_of(result)
    result["ruled"] = rules is not None
    for field in sorted(_all_fields(result) - {"state"}):
        versions = _all_versions(result, field)
        _place(result, field, [*versions, entry] if field == name else versions, rules)
    if name != "state" and name not in _all_fields(result):
        _place(result, name, [entry], rules)
    return result


def _all_fields(document: Document) -> set[str]:
    return {*document["heads"], *document["past"], *document["late"]}


def _all_versions(document: Document, field: str) -> list[Version]:
    return [
        *document["heads"].get(field, []),
        *document["past"].get(field, []),
        *document["late"].get(field, []),
    ]


def _place(document: Document, name: str, versions: list[Version], rules: Rules | None) -> None:
    """Sort the versions of one field into shown, replaced and late ones."""
    late = late_ids(rules, document, name, versions) if rules else frozenset()
    links: dict[str, list[str]] = document["links"]
    named = {previous for entry in versions if entry[0] not in late for previous in links.get(entry[0], ())}
    ordered = sorted(versions, key=_version_key, reverse=True)
    heads = [entry for entry in ordered if entry[0] not in late and entry[0] not in named]
    past = [entry for entry in ordered if entry[0] not in late and entry[0] in named]
    document["heads"] = _with(document["heads"], name, heads)
    document["past"] = _with(document["past"], name, past)
    document["late"] = _with(document["late"], name, [entry for entry in ordered if entry[0] in late])


def _late_heads(document: Mapping[str, Any]) -> dict[str, list[Version]]:
    late: dict[str, list[Version]] = document.get("late", {})
    if not late:
        return {}
    named = {previous for names in document["links"].values() for previous in names}
    found = {name: [entry for entry in entries if entry[0] not in named] for name, entries in late.items()}
    return {name: entries for name, entries in found.items() if entries}


def _edits_beside_deletion(document: Mapping[str, Any]) -> list[Version]:
    """Return the versions of other fields that the shown deletion had not seen."""
    deletion = shown(document, DELETED)
    if not isinstance(deletion, Mapping) or not isinstance(deletion.get("vector"), Mapping):
        return []
    vector = deletion["vector"]
    edits = []
    for name, heads in document["heads"].items():
        for entry in heads:
            device, seq = split_operation_id(entry[0])
            if name != DELETED and seq > vector.get(device, 0):
                edits.append(entry)
    return sorted(edits, key=_version_key, reverse=True)
