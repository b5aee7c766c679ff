"""The other ways of the exchange than a stick: codes on the screen, codes that are read, a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, told
from fieldkit.screens.first_contact import ask_to_compare
from fieldkit.screens.working import Working, work
from fieldkit.widgets.overlays import Choice, Prompt

if TYPE_CHECKING:
    from fieldkit.screens.base import FieldScreen
    from fieldkit.services.filming import Scanned
    from fieldkit.services.sync_view import ExportResult, ImportPreview, ImportRow

__all__ = ["ask_fetch", "ask_scan", "ask_send", "read_address", "show_film"]


def show_film(screen: FieldScreen) -> None:
    """Export what waits into the workspace and show it as moving codes."""
    services = screen.shell.services

    def exported(result: object) -> None:
        done = cast("ExportResult", result)
        if not done.bundles:
            screen.say(_("Nothing waits to be exported."), "good")
            return
        first = done.bundles[0]
        film = services.filming.film(Path(first.file), first.digits, (first.owed, first.owed_bytes))
        screen.shell.go("qr", film=film)
        if len(done.bundles) > 1:
            screen.say(_("{count} bundles: a stick is faster.").format(count=len(done.bundles)))

    folder = services.desk.home / "outbox"
    work(screen, _("Writing bundles .."), lambda _bar: services.sync.export(folder), exported)


# -- reading codes


def ask_scan(screen: FieldScreen, taken: Callable[[Path], None]) -> None:
    """Ask where codes come from, gather them, and hand the file on.

    Args:
        screen: Where to ask.
        taken: Takes the bundle's file.
    """
    filming = screen.shell.services.filming
    kept = filming.waiting()

    def chosen(choice: Choice) -> None:
        if choice.value == "camera":
            _scan(screen, "camera", taken)
        elif choice.value == "paste":
            _paste(screen, taken)
        elif choice.value == "file":
            _ask_source(screen, taken)
        elif choice.value == "forget":
            filming.forget()
            screen.say(_("The next scan begins anew."), "good")

    intro = _("{count} codes of an unfinished scan are kept; it goes on.").format(count=kept) if kept else ""
    choices = [
        Choice(_("a folder of pictures, or a film"), "file"),
        Choice(_("lines that another program has read, pasted"), "paste"),
        Choice(_("the camera of this machine"), "camera"),
        Choice(_("begin anew"), "forget", kept > 0, _("no scan is unfinished")),
    ]
    screen.ask(_("Read QR codes"), choices, chosen, *([intro] if intro else []))


def _ask_source(screen: FieldScreen, taken: Callable[[Path], None]) -> None:
    def keep(text: str) -> str | None:
        path = text.strip().strip("'\"")
        if not path:
            return _("Type or drop the path of a folder, a picture or a film.")
        _scan(screen, str(Path(path).expanduser()), taken)
        return None

    screen.show_overlay(Prompt(_("Folder of pictures, or film"), keep))


def _paste(screen: FieldScreen, taken: Callable[[Path], None]) -> None:
    def keep(text: str) -> str | None:
        try:
            scanned = screen.shell.services.filming.paste(text)
        except FieldkitError as error:
            return told(error)
        _take(screen, scanned, taken)
        return None

    intro = _("One code in a line, in any order.")
    screen.show_overlay(Prompt(_("Pasted codes"), keep, intro=(intro,), several_lines=True))


def _scan(screen: FieldScreen, source: str, taken: Callable[[Path], None]) -> None:
    filming = screen.shell.services.filming

    def job(bar: Working) -> object:
        return filming.scan(source, lambda progress: bar.tell(source, progress.got, progress.needed))

    work(screen, _("Reading codes"), job, lambda result: _take(screen, cast("Scanned", result), taken))


def _take(screen: FieldScreen, scanned: Scanned, taken: Callable[[Path], None]) -> None:
    """Hand a bundle on; a card or a receipt is taken where it belongs."""
    if scanned.still.startswith("FIELDKIT-RECEIPT"):
        done = screen.shell.services.receipts.apply_text(scanned.still)
        screen.load()
        screen.say(_("{count} operations are acknowledged.").format(count=done["acknowledged"]), "good")
    elif scanned.still:
        ask_to_compare(screen, screen.shell.services.introductions.read(scanned.still))
    else:
        taken(scanned.path)


# -- a server


def ask_send(screen: FieldScreen) -> None:
    """Ask for a server, and send what waits to it."""

    def send(address: str) -> None:
        sync = screen.shell.services.sync

        def sent(result: object) -> None:
            done = cast("ExportResult", result)
            screen.load()
            text = _("{count} bundles, {bytes} bytes have arrived.").format(count=len(done.bundles), bytes=done.bytes)
            screen.say(text if done.bundles else _("Nothing waits to be exported."), "good")

        work(screen, _("Sending"), lambda bar: sync.send(address, progress=bar.tell), sent)

    _ask_address(screen, _("Send to a server"), send)


def ask_fetch(screen: FieldScreen, shown: Callable[[str, ImportPreview, str], None]) -> None:
    """Ask for a server, fetch what lies there, and hand over what its import would do.

    Args:
        screen: The screen that asks.
        shown: Takes the address, what the import would do, and why something could not be fetched.
    """

    def fetch(address: str) -> None:
        sync = screen.shell.services.sync

        def came(result: object) -> None:
            preview, refused = cast("tuple[ImportPreview, tuple[ImportRow, ...]]", result)
            shown(address, preview, next((row.reason for row in refused), ""))

        work(screen, _("Fetching"), lambda bar: sync.look_at_server(address, progress=bar.tell), came)

    _ask_address(screen, _("Fetch from a server"), fetch)


def _ask_address(screen: FieldScreen, title: str, use: Callable[[str], None]) -> None:
    services = screen.shell.services

    def keep(text: str) -> str | None:
        address = read_address(text)
        if not services.sync.is_address(address):
            return _("An address begins with sftp://, webdav://, smb://, s3:// or file://.")

        def chosen(choice: Choice) -> None:
            if choice.value == "use":
                use(address)
            elif choice.value == "test":
                _test(screen, address)

        choices = [
            Choice(_("test it first"), "test"),
            Choice(title, "use"),
            Choice(_("leave it"), ""),
        ]
        screen.ask(_("Server"), choices, chosen)
        return None

    last = screen.shell.services.sync.last_address()
    intro = (_("For example sftp://user@host/folder; bundles lie there whole or not at all."),)
    screen.show_overlay(Prompt(_("Address of the server"), keep, initial=last, proposed=True, intro=intro))


def _test(screen: FieldScreen, address: str) -> None:
    sync = screen.shell.services.sync

    def tested(result: object) -> None:
        shown, count = cast("tuple[str, int]", result)
        screen.say(_("It answers: {count} bundles lie there. {place}").format(place=shown, count=count), "good")

    work(screen, _("Testing"), lambda _bar: sync.test_address(address), tested)


def read_address(text: str) -> str:
    """Return an address as it was typed, without blanks and quotes around it."""
    return text.strip().strip("'\"")
