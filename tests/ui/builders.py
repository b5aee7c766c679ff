"""View values and a runner in memory, so that screens are tested without store and engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from msgspec.structs import replace

from fieldkit.model.codes import load_codes
from fieldkit.resources import data_path
from fieldkit.services.home_view import HomeView
from fieldkit.services.lines import ActorLine, ActorView, HistoryLine, VisitLine
from fieldkit.visit.outcome import MoveReason, MoveResult, MoveView, SaveStatus, WhyLine, WhyView
from fieldkit.visit.view import (
    ChoiceView,
    ColumnView,
    FindingOffer,
    FormLine,
    ItemKind,
    ItemStatus,
    ItemView,
    LastView,
    PointsView,
    Progress,
    RowView,
    RunnerView,
    ScoreView,
    SectionScore,
    SectionView,
    TableView,
    ViolationView,
)

NOW = datetime(2026, 11, 22, 9, 41, 7, tzinfo=UTC)


def choices(item: str = "", *labels: str, na: bool = True) -> tuple[ChoiceView, ...]:
    """Return a list of choices; the last one is *not applicable*."""
    names = labels or ("fully met", "partly met", "not met", "not applicable")
    codes = ("full", "part", "none", "na") if not labels else tuple(f"c{index}" for index in range(len(labels)))
    return tuple(
        ChoiceView(code, label, number, selected=code == item, is_na=na and code == "na")
        for number, (code, label) in enumerate(zip(codes, names, strict=True), 1)
    )


def make_item(name: str = "c_life", kind: ItemKind = ItemKind.SELECT_ONE, **more: Any) -> ItemView:
    """Return an item of the kind; ``more`` overrides fields."""
    offered = choices(str(more.get("value", ""))) if kind is ItemKind.SELECT_ONE else ()
    base = ItemView(
        key=f"t1:/data/c/{name}",
        ref=f"/data/c/{name}",
        name=name,
        kind=kind,
        label="Annual organisational-life meeting and member review with follow-up",
        number="C6",
        hint="held, but without a list of problems = part",
        choices=offered,
        choices_count=len(offered),
        points=PointsView(None, 4.0) if kind is ItemKind.SELECT_ONE else None,
        severity_at_worst="S2",
        evidence_codes="DI",
        has_na=bool(offered),
        section="t1:/data/c",
    )
    item = replace(base, **more)
    if item.value and item.status is ItemStatus.EMPTY:
        shown = item.shown or next((choice.label for choice in item.choices if choice.value == item.value), item.value)
        item = replace(item, status=ItemStatus.ANSWERED, shown=shown)
    return item


class FakeRunner:
    """A runner over a list of items: keeps answers, steps, and remembers what was asked of it."""

    def __init__(self, items: list[ItemView], **more: Any) -> None:
        self.items = items
        self.at = 0
        self.calls: list[tuple[Any, ...]] = []
        self.more = more
        self.table: TableView | None = more.pop("table", None)
        self.cell_key = ""
        self.constraint: Callable[[str, str], str] = lambda _key, _value: ""
        self.offer: FindingOffer | None = None
        self.message: str | None = None
        self.history_rows: tuple[HistoryLine, ...] = ()

    def view(self) -> RunnerView:
        """Return the runner as it stands."""
        item = self.items[self.at]
        current: ItemView | TableView = item
        cell = None
        if item.kind is ItemKind.TABLE and self.table:
            current = self.table
            cell = next((cell for row in self.table.rows for cell in row.cells if cell.key == self.cell_key), None)
        done = sum(bool(entry.value) for entry in self.items)
        section = SectionView(
            "t1:/data/c", "Life", "C", done, len(self.items), 0, 0, active=True, first=self.items[0].key
        )
        other = SectionView("t1:/data/d", "Records", "D", 0, 18, 1, 3, active=False)
        base = RunnerView(
            visit="v1",
            number="V-d02-27",
            title="T1",
            subject="B-0107",
            forms=(FormLine("t1", "3", "0", "T1 branch", active=True),),
            form_id="t1",
            language="en",
            languages=("en", "zh_CN"),
            state="open",
            revision=0,
            sections=(section, other),
            items=tuple(self.items),
            position=cell.key if cell else item.key,
            current=current,
            score=ScoreView(32.3, 38.0, 85.1, sections=(SectionScore("t1:/data/c", "C", "Life", 18.8, 23.0),)),
            progress=Progress(done, 68, 5, 0, 5),
            next_label="C7 leading cadres attend as ordinary members",
            cell=cell,
            subject_name="Liulin branch",
            form_title="T1",
            section="t1:/data/c",
            index=self.at,
            operations=64,
            message=self.message,
            offer=self.offer,
        )
        return replace(base, **self.more)

    def _call(self, *what: Any) -> RunnerView:
        self.calls.append(what)
        return self.view()

    def open(self, visit: str, key: str = "") -> RunnerView:
        """Open."""
        return self._call("open", visit, key)

    def item(self, key: str) -> ItemView:
        """Return an item or a cell."""
        cells = [cell for row in (self.table.rows if self.table else ()) for cell in row.cells]
        return next(item for item in [*self.items, *cells] if item.key == key)

    def answer(self, key: str, value: str, reason: str = "", *, step: bool = False) -> RunnerView:
        """Keep an answer, and step on where that is wanted and the answer is not refused."""
        wrong = self.constraint(key, value)
        violation = ViolationView("constraint", wrong) if wrong else None
        for index, item in enumerate(self.items):
            if item.key == key:
                offered = tuple(replace(choice, selected=choice.value in value.split()) for choice in item.choices)
                status = ItemStatus.WRONG if wrong else ItemStatus.ANSWERED if value else ItemStatus.EMPTY
                shown = next((choice.label for choice in offered if choice.selected), value)
                self.items[index] = replace(
                    item, value=value, shown=shown, choices=offered, status=status, violation=violation
                )
        if self.table:
            self.table = replace(
                self.table,
                rows=tuple(
                    replace(
                        row,
                        cells=tuple(
                            replace(cell, value=value, shown=value) if cell.key == key else cell for cell in row.cells
                        ),
                    )
                    for row in self.table.rows
                ),
            )
        if step and not wrong:
            self.advance()
        return self._call("answer", key, value, reason)

    def broken(self, key: str) -> str:
        """Return why the value of an item breaks its constraint."""
        violation = self.item(key).violation
        return violation.message if violation is not None else ""

    def clear(self, key: str) -> RunnerView:
        """Clear an answer."""
        self.answer(key, "")
        return self._call("clear", key)

    def go(self, key: str, *, jump: bool = True) -> RunnerView:
        """Stand on an item or cell."""
        self.cell_key = ""
        for index, item in enumerate(self.items):
            if item.key == key:
                self.at = index
        if self.table and any(cell.key == key for row in self.table.rows for cell in row.cells):
            self.at = next(index for index, item in enumerate(self.items) if item.kind is ItemKind.TABLE)
            self.cell_key = key
        return self._call("go", key, jump)

    def step(self, delta: int) -> RunnerView:
        """Step."""
        self.at = min(max(self.at + delta, 0), len(self.items) - 1)
        return self._call("step", delta)

    def advance(self) -> RunnerView:
        """Step on."""
        return self.step(1)

    def add_row(self, series: str) -> RunnerView:
        """Add a row."""
        assert self.table is not None
        rows = [*self.table.rows, make_row(len(self.table.rows) + 1)]
        self.table = replace(self.table, rows=tuple(rows))
        self.cell_key = rows[-1].cells[0].key
        return self._call("add_row", series)

    def __getattr__(self, name: str) -> Callable[..., RunnerView]:
        def call(*what: Any, **more: Any) -> RunnerView:
            return self._call(name, *what, *more.values())

        return call

    def rest_not_applicable(self) -> int:
        """Count the rest."""
        return sum(not item.value for item in self.items)

    def why(self, key: str, what: str) -> WhyView:
        """Explain."""
        self.calls.append(("why", key, what))
        return WhyView(key, "relevant", "why", (WhyLine("selected(${a}, 'x')", "true", key=self.items[0].key),))

    def moves(self) -> tuple[MoveView, ...]:
        """Return two moves, one of them off."""
        reasons = tuple(
            MoveReason("required_filled", f"question {index} is empty", f"/data/q{index}", self.items[0].key)
            for index in range(3)
        )
        return (
            MoveView(1, "ready", "ready", enabled=False, reasons=reasons, role="inspector", required=()),
            MoveView(2, "void", "void", enabled=True, reasons=(), role="team lead", required=("reason",)),
        )

    def move(self, event: str, fields: dict[str, str]) -> MoveResult:
        """Make a move."""
        self.calls.append(("move", event, fields))
        return MoveResult(ok=True, state="void")

    def status(self) -> SaveStatus:
        """Return saved."""
        return SaveStatus("saved", NOW, 64)

    def history(self, key: str) -> tuple[HistoryLine, ...]:
        """Return the history."""
        self.calls.append(("history", key))
        return self.history_rows


def make_row(number: int) -> RowView:
    """Return a row with a choice and a number."""
    key = f"t1:/data/inc{{r{number}}}"
    kind = make_item("kind", key=f"{key}/kind", table="t1:/data/inc", row=key, label="Kind")
    amount = make_item(
        "amount", ItemKind.DECIMAL, key=f"{key}/amount", table="t1:/data/inc", row=key, label="This year (10k yuan)"
    )
    return RowView(key, number, (kind, amount), "empty")


def make_table(count: int = 2) -> TableView:
    """Return a table of rows."""
    columns = (ColumnView("kind", "Kind", ItemKind.SELECT_ONE), ColumnView("amount", "This year", ItemKind.DECIMAL))
    return TableView(
        "t1:/data/inc",
        "Income streams",
        columns,
        tuple(make_row(index + 1) for index in range(count)),
        can_add=True,
        can_remove=True,
    )


def make_visit_line(number: int = 27, **more: Any) -> VisitLine:
    """Return an open visit."""
    base = VisitLine(
        id=f"v{number}", number=f"V-d02-{number}", subject="B-0107", subject_name="Liulin branch", kind="branch",
        forms=("branch_std",), titles=("T1",), state="open", state_label="open", revision=0,
        started="2026-11-22T08:00:00+08:00", changed="2026-11-22T09:40:00+08:00", actor="insp-03", operations=64,
        answered=29, total=68, required_left=39, invalid=1,
    )  # fmt: skip
    return replace(base, **more)


def make_actor() -> ActorView:
    """Return who works."""
    roster = (
        ActorLine("insp-03", ("inspector",), "inspector", current=True),
        ActorLine("lead-01", ("team_lead",), "team lead", current=False),
    )
    return ActorView("insp-03", ("inspector",), "inspector", "d02", roster)


def make_home(**more: Any) -> HomeView:
    """Return a day."""
    base = HomeView(
        actor=make_actor(), today=NOW, is_demo=False, is_empty=False,
        resume=(make_visit_line(),), last_done=(), needs=(),
        burden=(), subjects=40, visits=27, findings=14, outbox=3, first_subject="Linhe county",
    )  # fmt: skip
    return replace(base, **more)


def make_services(runner: FakeRunner, **more: Any) -> Any:
    """Return services in memory around a runner."""
    notes: list[tuple[Any, ...]] = []
    settings = {"language": "en", "theme": "dark", "mode": "focus", "ambiguous_width": "1"}
    base = SimpleNamespace(
        runner=runner,
        home=SimpleNamespace(view=make_home, find=lambda _text, limit=20: (), dismiss_crash=lambda: None),
        writer=SimpleNamespace(
            on_status=lambda _call: lambda: None,
            status=runner.status,
            flush=lambda timeout=None: None,
            glance=lambda: None,
        ),
        workspace=SimpleNamespace(
            started=lambda: None, stopped=lambda: None, is_demo=False, remember=lambda _visit: None, crash=lambda: None
        ),
        settings=SimpleNamespace(get=settings.get, first_run=lambda: None, set=settings.__setitem__),
        actors=SimpleNamespace(view=make_actor, use=lambda _code: None, code=make_actor().code),
        sync=SimpleNamespace(release=lambda: None),
        upkeep=SimpleNamespace(touch=lambda: None, is_due=lambda: False, run=lambda: None),
        notes=SimpleNamespace(add=lambda *what, **named: notes.append((what, named)), written=notes),
        findings=SimpleNamespace(fields=lambda: ()),
        close=lambda: None,
        sessions=SimpleNamespace(remember=lambda _session: None),
        desk=SimpleNamespace(
            codes=load_codes(data_path("codes.tsv").read_text(encoding="utf-8")),
            store=SimpleNamespace(read_only=False),
            clock=SimpleNamespace(now=lambda: NOW),
            home="/tmp",
        ),
    )
    for name, value in more.items():
        setattr(base, name, value)
    return cast("Any", base)


def last_round(value: str = "full", trend: str = "worse") -> LastView:
    """Return an answer of the last round."""
    return LastView(value, "fully met", "2026-05-20", "V-d01-4", trend)
