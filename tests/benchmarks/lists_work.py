"""A real workspace of any size: subjects, one checklist's visits, findings and notes, as services would have made them.

One visit and one finding are made by the services themselves; the others are their operations with other names and
values, written in large groups as an import does. ``python -m tests.benchmarks.lists_work HOME VISITS FINDINGS``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fieldkit.bootstrap import open_services
from fieldkit.model.operation import Operation
from fieldkit.review.findings import FindingEvidence
from fieldkit.services.demo_answers import Answers
from fieldkit.services.house import Services

__all__ = ["STATEMENTS", "Size", "build"]

_BATCH = 4000
_FORM = "branch_std"
_VISIT_STATES = ("accepted",) * 120 + ("final", "returned", "void")
_FINDING_STATES = ("submitted", "confirmed", "heard", "void", "draft")
_SEVERITIES = ("S1", "S2", "S2", "S3", "S3", "S3", "S4", "S4")
_TYPES = ("problem", "problem", "problem", "good_practice")
_CATEGORIES = ("setup", "other")
STATEMENTS = (
    ("台账未更新", "The ledger was not kept up"),
    ("会议记录不完整", "Minutes of meetings are incomplete"),
    ("活动室长期关闭", "The activity room stays closed"),
    ("公示栏内容过期", "The notice board shows old texts"),
    ("党费收缴登记缺页", "Pages of the fee register are missing"),
    ("制度上墙但未执行", "Rules hang on the wall and are not followed"),
    ("消防通道堆放杂物", "The fire escape is blocked"),
    ("档案柜未上锁", "The file cabinet is not locked"),
)
"""What the findings say, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything."""

    visits: int
    findings: int
    notes: int = 0
    subjects: int = 0

    @property
    def places(self) -> int:
        """Number of subjects beside the city and its counties."""
        return self.subjects or max(8, self.visits // 50)


def build(home: Path, size: Size) -> int:
    """Write a workspace and return the number of its operations."""
    services = open_services(home, lang="en", threaded=False)
    try:
        services.settings.complete_first_run("en", "A01", "d01")
        subjects = _subjects(services, size.places)
        visit, finding = _samples(services, subjects[0])
        work = _Work(services, subjects, size)
        work.write(work.visits(visit))
        work.write(work.findings(finding))
        work.write(work.notes())
        return services.desk.store.last_seq()
    finally:
        services.close()


def _subjects(services: Services, places: int) -> Sequence[str]:
    counties = max(1, places // 100)
    rows = [{"id": "C1", "kind": "city", "name_zh": "澄溪市", "name_en": "Chengxi City"}]
    for number in range(counties):
        names = {"name_zh": f"第{number + 1}县", "name_en": f"County {number + 1}"}
        rows.append({"id": f"K{number:03d}", "kind": "county", "parent": "C1", **names})
    found = []
    for number in range(places):
        names = {"name_zh": f"柳林{number + 1}支部", "name_en": f"Liulin branch {number + 1}"}
        found.append(f"B{number:05d}")
        rows.append({"id": found[-1], "kind": "branch", "parent": f"K{number % counties:03d}", **names})
    path = services.desk.home / "subjects.csv"
    columns = ("id", "kind", "name_zh", "name_en", "parent")
    lines = [",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    taken = services.subjects.import_file(path)
    if taken.refused:
        raise RuntimeError(str(taken.refused[0]))
    return found


def _samples(services: Services, subject: str) -> tuple[Sequence[Operation], Sequence[Operation]]:
    """Return the operations of one visit with its answers and of one finding, made as people make them."""
    store = services.desk.store
    visit = services.visits.start(subject, [_FORM])
    session = services.sessions.open(visit)
    answers = Answers("1", services.desk.clock.now().date(), 0.8, ("noted",), {})
    operations = services.writer.write_many(list(answers.fill(session, {}, 1.0)), services.desk.actor_text())
    session.written(operations, services.desk.document(session.record.name))
    services.sessions.remember(services.sessions.open(visit))
    item = next(node.path for live in session.live.values() for node in live.form.nodes() if node.kind == "question")
    pieces = [FindingEvidence("D", "record book read")]
    finding = services.findings.add(visit, {"statement": "sample", "category": "setup"}, item, pieces)
    return list(store.operations(f"visit/{visit}")), list(store.operations(f"finding/{finding}"))


class _Work:
    """Gives the operations of everything there is many of."""

    def __init__(self, services: Services, subjects: Sequence[str], size: Size) -> None:
        self._store = services.desk.store
        self._subjects = subjects
        self._size = size
        self._seq = self._store.last_seq()
        self._ms = services.desk.clock.ms() - (size.visits * 80 + size.findings * 12 + size.notes * 6 + 60_000)
        self._start = datetime.fromtimestamp(self._ms / 1000, UTC) - timedelta(days=400)
        self._step = timedelta(days=392) / max(size.findings, size.visits, 1)

    def write(self, operations: Iterator[Operation]) -> None:
        """Append operations in large groups."""
        batch: list[Operation] = []
        for operation in operations:
            batch.append(operation)
            if len(batch) >= _BATCH:
                self._store.append(batch)
                batch = []
        if batch:
            self._store.append(batch)

    def _operation(self, record: str, field: str, value: Any, cause: str = "") -> Operation:
        self._seq += 1
        self._ms += 1
        actor = "A01/inspector" if self._seq % 3 else "A02/inspector"
        return Operation(self._store.device, self._seq, f"{self._ms}.0", actor, record, field, value, cause=cause)

    def _group(self, record: str, values: Mapping[str, Any]) -> Iterator[Operation]:
        head = f"with {self._store.device}:{self._seq + 1}"
        for place, (field, value) in enumerate(values.items()):
            yield self._operation(record, field, value, head if place else "")

    def visits(self, sample: Sequence[Operation]) -> Iterator[Operation]:
        """Yield visits of 60 answers like the sample."""
        answers = {op.field: op.value for op in sample if op.field.startswith("answer:")}
        rows = {op.field: op.value for op in sample if op.field.startswith("row:")}
        meta = next(op.value for op in sample if op.field == "meta")
        chosen = dict(list(answers.items())[:60])
        for number in range(1, self._size.visits):
            at = (self._start + self._step * number).isoformat(timespec="seconds")
            state = "open" if number > self._size.visits - 6 else _VISIT_STATES[number % len(_VISIT_STATES)]
            about = {"number": f"V-m1-{number}", "subject": self._subjects[number % len(self._subjects)]}
            yield from self._group(
                f"visit/v{number:07d}",
                {
                    "meta": {**meta, **about, "started": at},
                    "state": {"state": state, "event": "start", "at": at, "revision": 0},
                    **rows,
                    **chosen,
                },
            )

    def findings(self, sample: Sequence[Operation]) -> Iterator[Operation]:
        """Yield findings like the sample."""
        whole = {op.field: op.value for op in sample}
        visits = self._size.visits
        for number in range(1, self._size.findings):
            moment = self._start + self._step * number
            at = moment.isoformat(timespec="seconds")
            visit = 1 + number * (visits - 1) // self._size.findings if visits > 1 else 0
            about = {"number": f"F-m1-{number}", "visit": f"v{visit:07d}", "created": at}
            about["subject"] = self._subjects[visit % len(self._subjects)]
            is_fresh = number > self._size.findings - 200
            state = "draft" if is_fresh else _FINDING_STATES[number % len(_FINDING_STATES)]
            chinese, english = STATEMENTS[number % len(STATEMENTS)]
            yield from self._group(
                f"finding/f{number:08d}",
                {
                    "meta": {**whole["meta"], **about},
                    "statement": f"{chinese}，{number} ({english})",
                    "severity": _SEVERITIES[number * 7 % len(_SEVERITIES)],
                    "type": _TYPES[number * 3 % len(_TYPES)],
                    "category": _CATEGORIES[number % len(_CATEGORIES)],
                    "evidence": whole["evidence"],
                    "state": {"state": state, "event": "start", "at": at},
                    **({"due": (moment + timedelta(days=30)).date().isoformat()} if state == "submitted" else {}),
                },
            )

    def notes(self) -> Iterator[Operation]:
        """Yield field notes."""
        for number in range(self._size.notes):
            at = (self._start + self._step * number).isoformat(timespec="seconds")
            subject = self._subjects[number % len(self._subjects)]
            meta = {"number": f"N-m1-{number}", "subject": subject, "visit": "", "created": at}
            values = {"meta": meta, "text": f"活动室供暖不足 {number}", "tags": [], "hearsay": False, "link": ""}
            yield from self._group(f"note/n{number:07d}", values)


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), Size(int(sys.argv[2]), int(sys.argv[3]), 2000)))
