"""Sync: where is my record; plan, then write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, labelled, sentences, told
from fieldkit.keys import Stroke
from fieldkit.screens.base import FieldScreen
from fieldkit.screens.sync_lines import conflict_lines, export_lines, outbox_lines, preview_lines, tab_line
from fieldkit.screens.sync_purge import ask_purge
from fieldkit.screens.sync_ways import ask_fetch, ask_scan, ask_send, read_address, show_film
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, Page, clean, cut, line
from fieldkit.widgets.overlays import Choice, Prompt, Reader
from fieldkit.widgets.qrcode import half_blocks

if TYPE_CHECKING:
    from fieldkit.services.lines import ConflictView
    from fieldkit.services.sync_view import ExportResult, ImportPreview, ImportResult, OutboxLine, SyncView

__all__ = ["SyncScreen"]

_OUTBOX, _IMPORT, _CONFLICTS = range(3)


class SyncScreen(FieldScreen):
    """Outbox, import and conflicts."""

    NAME = "sync"
    USES = ("export", "add", "view", "empty", "standout", "copy", "why")

    def __init__(self, tab: int = 0) -> None:
        super().__init__()
        self.view: SyncView | None = None
        self.tab = tab
        self.at = 0
        self.top = 0
        self.waiting_only = False
        self.preview: ImportPreview | None = None
        self.sources: tuple[Path, ...] = ()
        self.server = ""
        """Address that the preview was fetched from; empty for a file."""
        self.exported: ExportResult | None = None
        self.conflicts: Sequence[ConflictView] = ()
        self.busy = ""
        self._code: tuple[str, ...] = ()
        self._page = 10

    def load(self) -> None:
        """Fetch outbox and conflicts."""
        self.view = self.shell.services.sync.view()
        self.conflicts = self.shell.services.conflicts.list() if self.view.conflicts else ()
        self.at = min(max(self.at, 0), max(self._count() - 1, 0))

    def rows(self) -> Sequence[OutboxLine]:
        """Return the records that are listed."""
        rows = sorted(self.view.rows if self.view else (), key=lambda row: (row.number, row.title))
        rows.sort(key=lambda row: row.changed, reverse=True)
        return [row for row in rows if row.status != "acknowledged"] if self.waiting_only else rows

    def _count(self) -> int:
        return len(self.conflicts) if self.tab == _CONFLICTS else len(self.rows())

    def heading(self) -> tuple[str, str]:
        """Return who, and what waits."""
        if self.view is None:
            return _("Sync"), ""
        return f"{_('Sync')} | {self.shell.who()}", _("outbox {count}").format(count=self.view.waiting)

    def content(self, size: int, height: int) -> Page:
        """Return the tab."""
        if self.view is None:
            return Page(())
        rows: list[Line] = [tab_line(self.view, self.tab), ()]
        if self.busy:
            rows.append(line((" " + self.busy, "warn")))
        room = height - len(rows)
        self._page = max(room - 7, 3)
        self.top = min(max(self.top, self.at - self._page + 1), self.at)
        if self.tab == _OUTBOX:
            rows += outbox_lines(self.view, self.rows(), self.at, self.top, size, room)
        elif self.tab == _CONFLICTS:
            rows += conflict_lines(self.conflicts, self.at, size, room)
        else:
            rows += self._import_lines(size)
        return Page(tuple(rows[:height]))

    def _import_lines(self, size: int) -> list[Line]:
        if self.preview is not None:
            return [line(" ", *row) for row in preview_lines(self.preview, size - 2)]
        texts = (
            _("a takes a bundle, or a folder of bundles (a stick)."),
            _("First you see what it would change; nothing is written before you say so."),
        )
        return [line((" " + cut(text, size - 2), "dim")) for text in texts]

    def hints(self) -> list[Hint]:
        """Return the hints of the tab."""
        fkeys = self.shell.fkeys
        out = [Hint(_("left/right"), _("tab"))]
        if self.tab == _CONFLICTS and self.conflicts:
            out.append(Hint("Enter", _("open")))
        out += [*hints_of(["export"], fkeys=fkeys), Hint("a", _("import"), "add")]
        out.append(Hint("F9 3" if fkeys else "v", _("QR, server, keys"), "view"))
        if self.tab == _OUTBOX:
            out += hints_of(["standout", "empty"], fkeys=fkeys)
        elif self.tab == _CONFLICTS and self.conflicts:
            out += hints_of(["empty"], fkeys=fkeys)
        return [*out, *hints_of(["actions", "help"], fkeys=fkeys)]

    def help_text(self) -> str:
        """Say how records travel."""
        return _(
            "x writes bundles to a folder or stick and shows eight digits; a imports after a preview.\n"
            "v offers the other ways: QR codes, a server; and where a record is, receipts, quarantine, keys.\n"
            "Importing twice or late does no harm. Conflicts are kept whole: Enter shows all versions."
        )

    # -- keys

    def take(self, press: Stroke) -> bool:
        """Change the tab, move, open."""
        steps = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -self._page, "pagedown": self._page,
                 "home": -1_000_000, "end": 1_000_000}  # fmt: skip
        if press.name in {"left", "right", "h", "l", "tab", "shift+tab"}:
            step = 1 if press.name in {"right", "l", "tab"} else -1
            self.tab = (self.tab + step) % 3
            self.at = self.top = 0
        elif press.name in steps:
            self.at = min(max(self.at + steps[press.name], 0), max(self._count() - 1, 0))
        elif press.name == "enter":
            self._enter()
        elif press.name == "escape" and self.preview is not None:
            self._leave_preview()
        else:
            return False
        return True

    def _enter(self) -> None:
        if self.tab == _IMPORT:
            if self.preview is not None:
                self._ask_write()
            else:
                self.do_add()
        elif self.tab == _CONFLICTS:
            if self.conflicts:
                self.shell.go("conflict", conflict=self.conflicts[self.at].id)
        elif self.rows():
            row = self.rows()[self.at]
            kind, _sign, name = row.record.partition("/")
            place = {"visit": "visit", "finding": "finding", "subject": "subjects", "note": "notes"}.get(kind)
            if place:
                self.shell.go(place, **{kind: name})

    def clicked(self, tag: str) -> None:
        """Change to the tab that was clicked."""
        kind, _sign, value = tag.partition(":")
        if kind == "tab":
            self.tab = int(value)
        elif kind == "row":
            self.at = int(value)

    # -- export

    def do_export(self) -> None:
        """Ask where to, write the bundles, show digest and digits."""
        view = self.view
        if view is None:
            return
        own = str(self.shell.services.desk.home / "outbox")
        folder = own if not view.folder or self.shell.services.sync.is_address(view.folder) else view.folder

        def keep(text: str) -> str | None:
            if self.shell.services.sync.is_address(read_address(text)):
                return _("This is a server: v offers to send to one.")
            target = Path(read_address(text)).expanduser()
            self.busy = _("Writing bundles ..")
            self.shell.job(lambda: self._export(target), self._exported)
            return None

        intro = _("{records} records, {operations} operations are not acknowledged by an office.").format(
            records=view.waiting + view.exported, operations=view.waiting_operations
        )
        self.show_overlay(Prompt(_("Folder or stick"), keep, initial=folder, proposed=True, intro=(intro,)))

    def _export(self, target: Path) -> object:
        try:
            return self.shell.services.sync.export(target)
        finally:
            self.busy = ""

    def _exported(self, result: object) -> None:
        done: ExportResult = result  # type: ignore[assignment]  # what the job returns
        self.exported = done
        self.load()
        first = done.bundles[0] if done.bundles else None
        self._code = tuple(half_blocks(first.qr)) if first and first.qr else ()

        def build(size: int) -> Sequence[Line]:
            # The rule, the digits beneath the code and the last row of the page; then the first row and the hints.
            room = self.size.height - 3 - (3 if self.size.height >= 28 else 2)
            code = self._code if len(self._code) <= room else ()
            return export_lines(done, code, size)

        reader = Reader(_("Exported"), build)
        reader.whole = True
        self.show_overlay(reader)

    # -- import

    def do_add(self) -> None:
        """Ask for a bundle or a folder, and show what it would change."""
        self.tab = _IMPORT

        def keep(text: str) -> str | None:
            if not text.strip():
                return _("Type or drop the path of a bundle or a folder.")
            if self.shell.services.sync.is_address(read_address(text)):
                return _("This is a server: v offers to fetch from one.")
            self.look_at(Path(read_address(text)).expanduser())
            return None

        folder = self.view.folder if self.view else ""
        initial = "" if self.shell.services.sync.is_address(folder) else folder
        self.show_overlay(Prompt(_("Bundle, or folder of bundles"), keep, initial=initial, proposed=True))

    def look_at(self, path: Path) -> None:
        """Show what the import of a bundle or a folder would change."""
        self.tab = _IMPORT
        self.sources, self.server = (path,), ""
        self.busy = _("Reading ..")
        self.shell.job(lambda: self._read(path), self._previewed)

    def _read(self, path: Path) -> object:
        try:
            return self.shell.services.sync.preview([path])
        finally:
            self.busy = ""

    def _previewed(self, result: object) -> None:
        self.preview = result  # type: ignore[assignment]  # what the job returns
        self._ask_write()

    def _fetched(self, address: str, preview: ImportPreview, refused: str) -> None:
        """Show what came from a server; where nothing new lies there, receipts are exchanged at once."""
        self.tab = _IMPORT
        self.sources, self.server = (), address
        if preview.bundles:
            self.preview = preview
            self._ask_write(*([refused] if refused else []))
        elif refused:
            self.say(refused)
        else:
            self.busy = _("Importing ..")
            self.shell.job(self._import, self._imported)

    def _leave_preview(self) -> None:
        self.preview = None
        if self.server:
            self.shell.services.sync.forget_fetched()
            self.server = ""

    def _ask_write(self, *said: str) -> None:
        preview = self.preview
        if preview is None:
            return
        can = any(bundle.status == "imported" for bundle in preview.bundles)

        def chosen(choice: Choice) -> None:
            if choice.value == "write":
                self.busy = _("Importing ..")
                self.shell.job(self._import, self._imported)
            elif choice.value == "compare":
                self._compare()
            elif choice.value == "leave":
                self._leave_preview()

        self.ask(
            _("Import"),
            [
                Choice(_("look at it first"), "look"),
                Choice(_("write it"), "write", can, _("nothing here can be taken")),
                Choice(_("compare with the QR code's text or the eight digits"), "compare"),
                Choice(_("leave it"), "leave"),
            ],
            chosen,
            *said,
        )

    def _compare(self) -> None:
        preview = self.preview
        if preview is None:
            return

        def keep(text: str) -> str | None:
            compare = self.shell.services.sync.compare
            try:
                same = any(compare(text.strip(), bundle) for bundle in preview.bundles)
            except FieldkitError as error:
                return told(error)
            verdict = _("The same: nothing was altered on the way.")
            self._ask_write(verdict if same else _("NOT the same: do not take this bundle."))
            return None

        self.show_overlay(Prompt(_("Paste the text of the QR code, or type the eight digits"), keep))

    def _import(self) -> object:
        try:
            if self.server:
                return self.shell.services.sync.receive(self.server, fetched=True)
            return self.shell.services.sync.import_(list(self.sources))
        finally:
            self.busy = ""

    def _imported(self, result: object) -> None:
        done: ImportResult = result  # type: ignore[assignment]  # what the job returns
        self.preview, self.server = None, ""
        self.load()
        counts = _("imported: {new} new, {changed} changed, {conflicts} conflicts").format(
            new=sum(row.new for row in done.rows),
            changed=sum(row.changed for row in done.rows),
            conflicts=sum(row.conflicts for row in done.rows),
        )
        self.say(counts, "good" if done.ok else "warn")
        refused = [row for row in done.rows if row.reason]
        if refused:
            self.show_overlay(
                Reader(
                    _("Not taken"),
                    lambda _size: [
                        line(
                            (row.bundle[:14] + "  ", "dim"),
                            clean(labelled(row.status, sentences(row.reason, row.hint))),
                        )
                        for row in refused
                    ],
                )
            )

    # -- other ways

    def do_view(self) -> None:
        """Offer the other ways of the exchange, and the pages about keys, receipts and single records."""

        def chosen(choice: Choice) -> None:
            if callable(choice.value):
                choice.value()

        self.ask(_("Other ways and pages"), self.own_actions(), chosen)

    def own_actions(self) -> list[Choice]:
        """Return the ways beside folder and stick."""
        writable = not self.shell.services.desk.store.read_only
        off = _("the workspace can only be read")
        waits = bool(self.view and (self.view.waiting or self.view.exported))
        why = off if waits else _("every record is acknowledged")
        record = self.rows()[self.at].record if self.tab == _OUTBOX and self.rows() else ""
        go = self.shell.go
        return [
            Choice(_("where is my record?"), lambda: go("where", record=record)),
            Choice(_("receipts, imports to take back, quarantine"), lambda: go("receipts")),
            Choice(_("keys: own card, office's card, devices"), lambda: go("keys")),
            Choice(_("show what waits as QR codes"), lambda: show_film(self), writable and waits, why),
            Choice(_("read QR codes of another screen"), lambda: ask_scan(self, self.look_at), writable, off),
            Choice(_("send to a server"), lambda: ask_send(self), writable, off),
            Choice(_("fetch from a server"), lambda: ask_fetch(self, self._fetched), writable, off),
            Choice(_("purge what an office has acknowledged"), lambda: ask_purge(self), writable, off),
        ]

    # -- other actions

    def do_empty(self) -> None:
        """Go to the next record that waits, or the next conflict."""
        if self.tab == _CONFLICTS:
            self.at = (self.at + 1) % max(len(self.conflicts), 1)
            return
        rows = self.rows()
        for step in range(1, len(rows) + 1):
            index = (self.at + step) % len(rows)
            if rows[index].status == "saved":
                self.at = index
                return
        self.say(_("Nothing waits to be exported."), "good")

    def do_standout(self) -> None:
        """Show only what is not acknowledged; again = all."""
        self.waiting_only = not self.waiting_only
        self.at = self.top = 0

    def do_copy(self) -> None:
        """Copy the last bundle's digest, or the number of the record."""
        if self.exported and self.exported.bundles:
            self.copy(self.exported.bundles[0].sha256)
        elif self.tab == _OUTBOX and self.rows():
            self.copy(self.rows()[self.at].number)

    def do_why(self) -> None:
        """Say what the three states mean."""
        self.say(_("saved: durable here; exported: in a bundle; acknowledged: an office's receipt has come."), "dim")
