"""Filling a visit line by line: for pipes, dumb terminals and screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from fieldkit.cli.outcome import Outcome
from fieldkit.errors import FieldkitError, StoreError
from fieldkit.i18n import _, in_language
from fieldkit.visit.entry import parse_entry
from fieldkit.visit.view import ItemKind, ItemView, RunnerView, TableView

if TYPE_CHECKING:
    from fieldkit.services.house import Services

__all__ = ["Plain"]

_CHOSEN = frozenset({ItemKind.SELECT_ONE, ItemKind.SELECT_MULTIPLE, ItemKind.RANK})


class Plain:
    """Asks one question after the other; commands begin with a slash."""

    def __init__(self, services: Services, source: TextIO, target: TextIO) -> None:
        self._services = services
        self._runner = services.runner
        self._source = source
        self._target = target
        self._section = ""

    def run(self, visit: str) -> Outcome:
        """Ask until the input ends or ``/quit``; everything is saved as it is answered."""
        view = self._runner.open(visit)
        self._say(f"{view.number} {view.subject_name}: {in_language(view.form_title)}")
        self._say(_("Answer with a value, a number of a choice, or nothing to go on. /help lists the commands."))
        refused = 0
        while True:
            self._ask(view)
            line = self._source.readline()
            if not line or line.strip() in {"/quit", "/q"}:
                break
            try:
                view = self._act(view, line.rstrip("\r\n"))
            except StoreError:
                raise
            except FieldkitError as error:
                refused += 1
                self._say(f"! {error.code}: {error.message}")
                if error.hint:
                    self._say(f"  {error.hint}")
                view = self._runner.view()
        status = self._runner.status()
        self._runner.close()
        self._say(_("saved, {count} operations of this visit").format(count=status.count))
        return Outcome(None, (), 1 if refused else 0, printed=True)

    # -- asking ----------------------------------------------------------------------------------

    def _ask(self, view: RunnerView) -> None:
        if view.section != self._section:
            self._section = view.section
            section = next((entry for entry in view.sections if entry.active), None)
            if section is not None:
                self._say("")
                number = "" if section.label.startswith(section.number) else f"{section.number} "
                self._say(f"== {number}{section.label} ({section.done}/{section.total})")
        current = view.current
        if isinstance(current, TableView):
            self._ask_table(current, view.cell)
        elif current is not None:
            self._ask_item(current)
        self._target.write("> ")
        self._target.flush()

    def _ask_table(self, table: TableView, cell: ItemView | None) -> None:
        if cell is not None:
            self._ask_item(cell)
            return
        self._say(
            _("{number} {label}: table with {count} rows; /add adds one").format(
                number=table.number, label=table.label, count=len(table.rows)
            )
        )

    def _ask_item(self, item: ItemView) -> None:
        marks = " *" if item.required and not item.value else ""
        self._say(f"{item.number} {item.label}{marks}".strip())
        if item.hint:
            self._say(f"   {item.hint}")
        for choice in item.choices:
            sign = "x" if choice.selected else " "
            self._say(f"   [{sign}] {choice.number} {choice.label}")
        if item.value and item.kind not in _CHOSEN:
            self._say("   = " + item.shown)
        if item.last is not None:
            self._say("   " + _("last round {date}: {value}").format(date=item.last.date, value=item.last.shown))
        if item.violation is not None:
            self._say(f"   ! {item.violation.message}")

    # -- acting ----------------------------------------------------------------------------------

    def _act(self, view: RunnerView, line: str) -> RunnerView:
        text = line.strip()
        if text.startswith("/"):
            return self._command(view, text)
        item = view.cell or view.current
        if not text or not isinstance(item, ItemView) or not item.can_edit:
            return self._runner.step(1)
        view = self._runner.answer(item.key, self._value(item, text))
        if view.message:
            self._say(f"  ({view.message})")
        if view.offer is not None:
            self._say(
                "  " + _("proposes a finding {severity}: /finding TEXT raises it").format(severity=view.offer.severity)
            )
        return self._runner.advance()

    def _value(self, item: ItemView, text: str) -> str:
        if item.kind in _CHOSEN:
            by_number = {str(choice.number): choice.value for choice in item.choices}
            words = text.replace(",", " ").split() if item.kind is not ItemKind.SELECT_ONE else [text]
            if text == "." and item.has_na:
                return "na"
            return " ".join(by_number.get(word, word) for word in words)
        now = self._services.desk.clock.now()
        offset = now.isoformat()[-6:]
        return parse_entry(item.kind, text, now.date(), offset=offset)

    def _command(self, view: RunnerView, text: str) -> RunnerView:
        word, _blank, rest = text[1:].partition(" ")
        position = view.position
        runner = self._runner
        if word in {"back", "b"}:
            return runner.step(-1)
        if word == "clear":
            return runner.clear(position)
        if word == "same":
            return runner.same_as_last(position)
        if word == "undo":
            return runner.undo()
        if word == "redo":
            return runner.redo()
        if word == "empty":
            return runner.next_empty()
        if word == "wrong":
            return runner.next_wrong()
        return self._more(view, word, rest)

    def _more(self, view: RunnerView, word: str, rest: str) -> RunnerView:
        runner, position = self._runner, view.position
        if word == "go":
            return runner.go(rest)
        if word == "note":
            return runner.remark(position, rest)
        if word == "add" and isinstance(view.current, TableView):
            return runner.add_row(view.current.key)
        if word == "finding":
            runner.raise_finding(position, {"statement": rest})
            return runner.view()
        if word == "why":
            for line in runner.why(position).lines:
                self._say("   " * (line.depth + 1) + f"{line.text} {line.value}".rstrip())
            return view
        if word == "ready":
            result = runner.move("ready")
            for reason in result.reasons:
                self._say(f"  ! {reason.message}")
            self._say(result.state)
            return runner.view()
        self._say(
            "/back /clear /same /undo /redo /empty /wrong /go REF /note TEXT /add /finding TEXT /why /ready /quit"
        )
        return view

    def _say(self, text: str) -> None:
        clean = "".join(sign if sign.isprintable() else " " for sign in text)
        self._target.write(clean + "\n")
