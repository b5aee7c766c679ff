"""Receipts given and received, imports that can be taken back, and what is held in quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, labelled, told
from fieldkit.keys import Stroke
from fieldkit.screens.listing import ListScreen
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, Span, clean, cut, fit, line, wrap
from fieldkit.widgets.overlays import Choice, Prompt

if TYPE_CHECKING:
    from fieldkit.services.arrivals import HeldLine, ImportLine
    from fieldkit.services.receipts import ReceiptLine

__all__ = ["ReceiptsScreen"]

_RECEIPTS, _IMPORTS, _HELD = range(3)


class ReceiptsScreen(ListScreen):
    """Three lists: receipts, imports, quarantine."""

    NAME = "receipts"
    USES = ("add", "view", "undo", "copy", "why")

    def __init__(self, tab: int = _RECEIPTS) -> None:
        super().__init__()
        self.tab = tab
        self.receipts: Sequence[ReceiptLine] = ()
        self.imports: Sequence[ImportLine] = ()
        self.held: Sequence[HeldLine] = ()

    def load(self) -> None:
        """Fetch the lists."""
        services = self.shell.services
        self.receipts = services.receipts.list()
        self.imports = services.arrivals.imports()
        self.held = services.arrivals.held()

    def heading(self) -> tuple[str, str]:
        """Return what is listed."""
        return f"{_('Receipts and imports')} | {self.shell.who()}", ""

    def above(self, size: int) -> Sequence[Line]:
        """Return the tabs, and why a list is empty."""
        names = [
            f"{_('Receipts')} {len(self.receipts)}",
            f"{_('Imports')} {len(self.imports)}",
            f"{_('Quarantine')} {len(self.held)}",
        ]
        spans = [
            Span(f" [{name}]" if index == self.tab else f"  {name} ", "label" if index == self.tab else "dim",
                 f"tab:{index}")
            for index, name in enumerate(names)
        ]  # fmt: skip
        empty = (
            _("No receipt yet: a takes one, pasted or as a file. Nothing can be purged before that."),
            _("Nothing was imported yet."),
            _("Nothing is held back."),
        )[self.tab]
        rows: list[Line] = [tuple(spans), ()]
        if not (self.receipts, self.imports, self.held)[self.tab]:
            rows.extend(line((" " + part, "dim")) for part in wrap(empty, size - 2))
        return rows

    def texts(self, size: int) -> Sequence[tuple[str, str]]:
        """Return the rows of the list that is shown."""
        if self.tab == _RECEIPTS:
            return [(_receipt(row), "good" if not row.given else "") for row in self.receipts]
        if self.tab == _IMPORTS:
            return [(_import(row), "") for row in self.imports]
        wide = max(size - 34, 20)
        return [(f"{fit(clean(row.title), 30)}  {cut(clean(row.why), wide)}", "warn") for row in self.held]

    def below(self, size: int) -> Sequence[Line]:
        """Return all that is known of the row under the cursor."""
        rows: Sequence[ReceiptLine | ImportLine | HeldLine]
        rows = (self.receipts, self.imports, self.held)[self.tab]
        if not rows:
            return ()
        row = rows[min(self.at, len(rows) - 1)]
        words = _("bundle {bundle}").format(bundle=row.bundle)
        if self.tab == _HELD:
            held = self.held[min(self.at, len(self.held) - 1)]
            words = _("{id} of {device}, field {field}, in bundle {bundle}").format(
                id=held.id, device=held.device, field=held.field, bundle=held.bundle[:16]
            )
        return [line((" " + cut(clean(words), size - 2), "dim"))]

    def hints(self) -> list[Hint]:
        """Return the keys of the list."""
        fkeys = self.shell.fkeys
        out = [Hint(_("left/right"), _("list")), Hint("a", _("take a receipt"), "add")]
        if self.tab == _RECEIPTS:
            out.append(Hint("v", _("show as QR"), "view", off=bool(self.reason_off("view"))))
        if self.tab == _IMPORTS:
            out.append(Hint("F8" if fkeys else "u", _("take back"), "undo"))
        if self.tab == _HELD:
            out.append(Hint("Enter", _("let pass")))
        return [*out, *hints_of(["copy", "why", "actions", "help"], fkeys=fkeys)]

    def help_text(self) -> str:
        """Say what the lists are for."""
        return _(
            "a takes a receipt of the office, pasted or as a file: what it names is acknowledged. An office shows a "
            "receipt as one still code with v.\nu takes a whole import back by operations that restore the earlier "
            "values; nothing is removed. Enter lets a held operation pass."
        )

    def take(self, press: Stroke) -> bool:
        """Change the list."""
        if press.name in {"left", "right", "h", "l", "tab", "shift+tab"}:
            self.tab = (self.tab + (1 if press.name in {"right", "l", "tab"} else -1)) % 3
            self.at = self.top = 0
            return True
        return super().take(press)

    def clicked(self, tag: str) -> None:
        """Change to the list that was clicked."""
        if tag.startswith("tab:"):
            self.tab = int(tag.partition(":")[2])
        else:
            super().clicked(tag)

    def opened(self) -> None:
        """Show a receipt, or ask about what is under the cursor."""
        if self.tab == _RECEIPTS:
            reason = self.reason_off("view")
            if reason:
                self.say(reason, "dim")
            else:
                self.do_view()
        elif self.tab == _IMPORTS:
            self.do_undo()
        elif self.held:
            self._ask_pass()

    def reason_off(self, name: str) -> str:
        """Return why an action is off here."""
        if name == "view":
            row = self.receipts[self.at] if self.tab == _RECEIPTS and self.at < len(self.receipts) else None
            return "" if row and row.given else _("only a receipt that this office gave has a code to show")
        if name == "undo" and not (self.tab == _IMPORTS and self.imports):
            return _("undo takes back an import: go to the list of imports")
        return ""

    # -- actions

    def do_add(self) -> None:
        """Ask for a receipt: the text of its code, or its file."""

        def keep(text: str) -> str | None:
            receipts = self.shell.services.receipts
            pasted = text.strip()
            try:
                if pasted.startswith("{") or pasted.upper().startswith("FIELDKIT-"):
                    done = receipts.apply_text(pasted)
                else:
                    done = receipts.apply(Path(pasted.strip("'\"")).expanduser())
            except FieldkitError as error:
                return told(error)
            self.tab, self.at = _RECEIPTS, 0
            self.load()
            self.say(_("{count} operations are acknowledged.").format(count=done["acknowledged"]), "good")
            return None

        intro = _("The text of the receipt's QR code, or the path of its .fkr file.")
        self.show_overlay(Prompt(_("Receipt of the office"), keep, intro=(intro,)))

    def do_view(self) -> None:
        """Show a receipt as one still code."""
        row = self.receipts[self.at]
        code = self.shell.services.receipts.code(row.bundle)
        title = _("receipt for {device}, bundle {bundle}").format(device=clean(row.device), bundle=row.bundle[:8])
        self.shell.go("qr", text=code, title=title)

    def do_undo(self) -> None:
        """Take a whole import back, after a question."""
        row = self.imports[self.at]

        def answer(choice: Choice) -> None:
            if choice.value:
                result: dict[str, Any] = self.shell.services.sync.undo_import(row.bundle)
                self.load()
                text = _("Taken back in {count} records; {kept} fields stay, somebody changed them since.")
                self.say(text.format(count=len(result["undone"]), kept=len(result["kept"])), "good")

        text = _("{count} operations of {device}, imported {at}: the earlier values are shown again.")
        self.ask(
            _("Take this import back?"),
            [Choice(_("leave it"), False), Choice(_("take it back"), True)],
            answer,
            text.format(count=row.operations, device=clean(row.device), at=_when(row.at)),
            _("Nothing is removed: the history keeps both."),
        )

    def _ask_pass(self) -> None:
        row = self.held[self.at]

        def answer(choice: Choice) -> None:
            ids = {"one": [row.id], "all": [one.id for one in self.held]}.get(str(choice.value))
            if ids:
                self.shell.services.arrivals.let_pass(ids)
                self.shell.services.sync.release()
                self.load()
                self.say(_("Released."), "good")

        choices = [
            Choice(_("leave it"), ""),
            Choice(_("let this one pass"), "one"),
            Choice(_("let all {count} pass").format(count=len(self.held)), "all"),
        ]
        self.ask(_("Held back"), choices, answer, clean(labelled(row.title, row.why)))

    def do_copy(self) -> None:
        """Copy the hash of the bundle."""
        rows: Sequence[ReceiptLine | ImportLine | HeldLine] = (self.receipts, self.imports, self.held)[self.tab]
        if rows:
            self.copy(rows[self.at].bundle)

    def do_why(self) -> None:
        """Say what a receipt proves, or why a row is held."""
        if self.tab == _HELD and self.held:
            self.say(clean(self.held[self.at].why), "dim")
        else:
            self.say(
                _("An office has signed that it holds these operations; only then may they be purged here."), "dim"
            )


def _when(text: str) -> str:
    return text[:16].replace("T", " ")


def _receipt(row: ReceiptLine) -> str:
    who = (
        _("given to {device}").format(device=row.device) if row.given else _("from {office}").format(office=row.office)
    )
    return f"{_when(row.at)}  {fit(clean(who), 24)} {_count(row.operations)}  {row.bundle[:8]}"


def _import(row: ImportLine) -> str:
    return f"{_when(row.at)}  {fit(clean(row.device), 16)} {_count(row.operations)}  {row.bundle[:8]}"


def _count(operations: int) -> str:
    return _("{count} operations").format(count=operations)
