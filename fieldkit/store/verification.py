"""Reads everything that a workspace holds and says what is wrong: lines, hashes, runs, attachments."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json
from fieldkit.store.agreement import fault_of_records
from fieldkit.store.conversion import open_attachment
from fieldkit.store.engine import Engine
from fieldkit.store.packing import Dictionary, check_packed
from fieldkit.store.purging import is_unfinished
from fieldkit.store.run import RunDamagedError
from fieldkit.store.segment import Segment, damage

__all__ = ["verify_engine", "verify_lines", "verify_segment"]

_BATCH = 4000
"""Operations that are decoded together."""

_READ = 1 << 20
"""Bytes of a segment that are taken apart together."""


def verify_segment(segment: Segment) -> tuple[int, int | None]:
    """Read a segment and return its lines and how many of them are operations (None: closed, not counted).

    A closed segment is verified by the hash in its footer, a growing one line by line.

    Raises:
        StoreError: STORE-006 or STORE-017, it is damaged.
    """
    if not segment.is_closed:
        return verify_lines(segment)
    footer = segment.footer()
    if segment.hash_before_footer() != footer["sha256"]:
        raise StoreError(
            "STORE-017",
            _("A closed segment is not what was written: {file}").format(file=segment.path.name),
            hint=_("Restore the file from a backup, or run: fieldkit verify --repair"),
            where={"file": segment.path.name},
        )
    return int(footer["lines"]), None


def verify_lines(segment: Segment) -> tuple[int, int]:
    """Read a segment line by line, decode every operation, and return its lines and its operations.

    Raises:
        StoreError: STORE-006, a line is damaged.
        KeyError: An operation names a device, actor or record that no line before it introduces.
        ValueError: An operation is not in the form of one.
    """
    names = Dictionary()
    lines = operations = 0
    payloads: list[bytes] = []
    for kind, payload in _payloads(segment):
        lines += 1
        if kind == b"o":
            operations += 1
            payloads.append(payload)
            if len(payloads) == _BATCH:
                check_packed(payloads, names)
                payloads.clear()
    check_packed(payloads, names)
    return lines, operations


def _payloads(segment: Segment) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and JSON text of each line; plain segments of the first generation are read by the megabyte."""
    if segment.cipher is not None or segment.generation > 0:
        yield from ((entry.kind, entry.payload) for entry in segment.entries(0))
        return
    data, size, offset, expected = segment.content(), segment.size, 0, segment.first
    crc32 = zlib.crc32
    while offset < size:
        end = data.rfind(b"\n", offset, min(size, offset + _READ)) + 1 or data.find(b"\n", offset, size) + 1
        if not end:
            raise damage(segment.path, offset, expected)
        for raw in data[offset : end - 1].split(b"\n"):
            body = raw[9:]
            number, _space, rest = body.partition(b" ")
            if raw[:9] != b"%08x " % crc32(body) or number != b"%d" % expected:
                raise damage(segment.path, offset, expected)
            kind, _space, payload = rest.partition(b" ")
            yield kind[:1], payload
            expected += 1
            offset += len(raw) + 1


def verify_engine(engine: Engine, home: Path, known: list[dict[str, Json]]) -> dict[str, Any]:
    """Return ``{ok, records, operations, segments, lines, runs, problems}`` of an opened workspace."""
    problems: list[Any] = list(known)
    held, lines, counted = engine.state.operations, 0, 0
    is_counted = True
    for segment in list(engine.journal.segments):
        try:
            found, of_operations = verify_segment(segment)
            lines += found
            counted += of_operations or 0
            is_counted = is_counted and of_operations is not None
        except (StoreError, KeyError, ValueError) as error:
            problems.append(error.as_json() if isinstance(error, StoreError) else _unreadable(segment))
            is_counted = False
    entries = 0
    for run in list(engine.state.runs):
        try:
            entries += run.check_entries()
        except RunDamagedError as error:
            problems.append(_derived(run.path.name, str(error)))
    problems.extend(_state_problems(engine, held, counted if is_counted else held))
    problems.extend(_attachment_problems(engine, home))
    problems.extend(_purge_problems(engine))
    errors = [problem for problem in problems if problem.get("severity") != "warning"]
    return {
        "ok": not errors,
        "records": sum(engine.state.count_records(kind) for kind in engine.state.kinds()),
        "operations": engine.state.operations,
        "segments": len(engine.journal.segments),
        "lines": lines,
        "runs": len(engine.state.runs),
        "run_entries": entries,
        "problems": problems,
    }


def _unreadable(segment: Segment) -> dict[str, Json]:
    message = _("An operation of {file} cannot be read").format(file=segment.path.name)
    return {"code": "STORE-006", "message": message, "file": segment.path.name}


def _derived(file: str, cause: str) -> dict[str, Json]:
    message = _("A file made from the journal is damaged and will be made anew: {file}").format(file=file)
    return {"code": "STORE-018", "severity": "warning", "message": message, "file": file, "cause": cause}


def _state_problems(engine: Engine, held: int, counted: int) -> Iterator[dict[str, Json]]:
    """Yield in what way the records do not fit the journal's operations."""
    fault = fault_of_records(engine.state)
    if not fault and counted != held and engine.state.operations == held:
        fault = f"{counted} operations in the journal, {held} held"
    if fault:
        yield _derived(engine.sidecar.folder.name, fault)


def _purge_problems(engine: Engine) -> Iterator[dict[str, Json]]:
    """Yield whether a purge was interrupted before old segments were written anew."""
    if is_unfinished(engine.journal, engine.state):
        message = _("Operations of purged records still lie in older segments; the next opening removes them")
        yield {"code": "STORE-045", "severity": "warning", "message": message}


def _attachment_problems(engine: Engine, home: Path) -> Iterator[dict[str, Json]]:
    """Yield attachments that are missing, altered, or named by nothing."""
    wanted: dict[str, str] = {}
    for _doc_id, document in engine.state.documents("visit"):
        for name, heads in document["heads"].items():
            if name.startswith("evidence:"):
                for head in heads:
                    if isinstance(head[3], dict) and head[3].get("sha256"):
                        wanted[str(head[3]["sha256"])] = str(document["id"])
    folder = home / "blobs"
    present = {path.name: path for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else {}
    for sha256, record in wanted.items():
        path = present.pop(sha256, None)
        if path is None:
            message = _("An attachment of {record} is not here").format(record=record)
            yield {"code": "STORE-041", "severity": "warning", "message": message, "sha256": sha256, "record": record}
        elif hashlib.sha256(open_attachment(engine.journal.cipher, path.name, path.read_bytes())).hexdigest() != sha256:
            message = _("An attachment of {record} was altered").format(record=record)
            yield {"code": "STORE-042", "message": message, "sha256": sha256, "record": record}
    for name in sorted(present):
        message = _("A file in blobs belongs to no visit: {file}").format(file=name)
        yield {"code": "STORE-043", "severity": "warning", "message": message, "file": name}
