"""Commands of keys, receipts and QR codes."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from fieldkit.cli.outcome import Outcome, say, table
from fieldkit.cli.parser import Command
from fieldkit.cli.reading import key_lines
from fieldkit.cli.session import Session
from fieldkit.errors import UsageError
from fieldkit.i18n import _
from fieldkit.sync.frames import DEFAULT_VERSION

__all__ = ["add_commands"]

_CALM = 3.0
"""Pictures a second that may flash without a question."""


def add_commands(root: Command) -> None:
    """Add ``key …``, ``receipt …`` and ``qr …``."""
    group = root.group("key", _("keys of this workspace, and who is trusted"))
    parser = group.add("new", new, _("make the keys of this workspace"), writes=True)
    parser.add_argument("--office", action="store_true", help=_("make this workspace an office"))
    parser = group.add("show", show, _("show the public side of the own keys"))
    parser.add_argument("--card", action="store_true", help=_("the card that others compare"))
    parser = group.add("trust", trust, _("trust a card whose digits were compared"), writes=True)
    parser.add_argument("file", metavar="FILE")
    group.add("list", list_peers, _("list who is known"))
    parser = group.add("revoke", revoke, _("believe a device no more"), writes=True)
    parser.add_argument("device", metavar="DEVICE")
    group.add("test", prove_sealing, _("test that what is sealed can be opened"), writes=True)
    group = root.group("receipt", _("what the office acknowledges"))
    parser = group.add("apply", apply_receipt, _("take a receipt of the office"), writes=True)
    parser.add_argument("file", metavar="FILE")
    group.add("list", list_receipts, _("receipts that came, and those that this office gave"))
    parser = group.add("show", show_receipt, _("the text of a receipt's QR code"))
    parser.add_argument("bundle", metavar="BUNDLE")
    group = root.group("qr", _("bundles over QR codes"))
    parser = group.add("show", show_frames, _("show a file as QR codes in the terminal"), opens=False)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--version", type=int, default=DEFAULT_VERSION, metavar="N")
    parser.add_argument("--rate", type=float, default=2.0, metavar="FPS", help=_("frames a second"))
    parser.add_argument("--yes", action="store_true", help=_("agree to more than 3 frames a second"))
    parser = group.add("frames", write_frames, _("write a file as pictures of QR codes"), opens=False)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--to", required=True, metavar="DIR")
    parser.add_argument("--version", type=int, default=DEFAULT_VERSION, metavar="N")
    parser = group.add("scan", scan, _("read QR codes from pictures, a film or a camera"), opens=False)
    parser.add_argument("source", metavar="DIR|VIDEO|camera")
    parser.add_argument("--to", required=True, metavar="FILE")


def new(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Make the keys of this workspace."""
    return _own(session.services.keys.make(office=arguments.office))


def show(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Show the public side of the own keys."""
    if not session.services.keys.are_made:
        session.reopen_for_writing()
    document = session.services.keys.show()
    if arguments.card:
        return Outcome(document, [document["card"]])
    return _own(document)


def _own(document: dict[str, Any]) -> Outcome:
    return Outcome(document, key_lines(document))


def trust(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Trust a card."""
    document = session.services.keys.accept(Path(arguments.file))
    session.services.sync.release()
    return _own(document)


def list_peers(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """List who is known."""
    peers = session.services.keys.list()
    rows = [(peer["fingerprint"], peer["kind"], peer["name"], peer["device"]) for peer in peers]
    return Outcome(list(peers), table(rows))


def revoke(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Believe a device no more."""
    return _own(session.services.keys.revoke(arguments.device))


def apply_receipt(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Take a receipt of the office."""
    document = session.services.sync.apply_receipt(Path(arguments.file))
    return Outcome(document, [_("{count} operations acknowledged").format(count=document["acknowledged"])])


def prove_sealing(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """Seal something small as an export would, and try to open it."""
    test = session.services.introductions.test_sealing()
    text = (
        _("Sealed and opened again with the own key.")
        if test.opened
        else _("Sealed for {count} keys. It cannot be opened here: only the office can.").format(count=test.recipients)
    )
    return Outcome(test.as_json(), [text])


def list_receipts(session: Session, _arguments: argparse.Namespace) -> Outcome:
    """List receipts."""
    found = session.services.receipts.list()
    document = [
        {
            "bundle": line.bundle,
            "at": line.at,
            "given": line.given,
            "office": line.office or None,
            "device": line.device or None,
            "operations": line.operations,
        }
        for line in found
    ]
    rows = [(line.at[:16], line.device or line.office, line.operations, line.bundle[:16]) for line in found]
    return Outcome(document, table(rows))


def show_receipt(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Print a receipt as the text of its code; ``qr show`` draws it."""
    code = session.services.receipts.code(arguments.bundle)
    return Outcome({"code": code}, [code])


def write_frames(_session: Session, arguments: argparse.Namespace) -> Outcome:
    """Write a file as pictures of QR codes, numbered in order."""
    from fieldkit.io.bundlefile import read_bundle
    from fieldkit.io.scan import write_frames as write

    frames = write(read_bundle(Path(arguments.file)), Path(arguments.to), version=arguments.version)
    document = {"frames": frames.advised, "symbols": frames.symbols, "bytes": frames.length}
    return Outcome(document, [_("{frames} pictures for {symbols} symbols, {bytes} bytes").format(**document)])


def show_frames(session: Session, arguments: argparse.Namespace) -> Outcome:
    """Show a file as QR codes in the terminal; with ``--json`` the pictures go to standard error."""
    from fieldkit.io.bundlefile import read_bundle
    from fieldkit.sync.frames import Frames, still_text

    data = read_bundle(Path(arguments.file))
    screen = sys.stderr if session.as_json else sys.stdout
    still = still_text(data)
    if still is not None:
        screen.write(_picture(still) + "\n")
        return _flashed(session, {"frames": 1, "symbols": 1, "bytes": len(data)})
    if arguments.rate > _CALM and screen.isatty() and not arguments.yes:
        _ask_to_flash(arguments.rate)
    frames = Frames(data, arguments.version)
    for index in range(frames.advised):
        picture = _picture(frames.text(index), arguments.version, mask=2)
        screen.write(f"\x1b[H\x1b[2J{picture}\n{index + 1}/{frames.advised}\n")
        screen.flush()
        time.sleep(1 / max(arguments.rate, 0.1))
    return _flashed(session, {"frames": frames.advised, "symbols": frames.symbols, "bytes": frames.length})


def _picture(text: str, version: int | None = None, mask: int | None = None) -> str:
    from fieldkit.io.qr import half_blocks, make_code

    lines = half_blocks(make_code(text, version=version, mask=mask))
    return "\n".join(f"\x1b[97;40m{line}\x1b[0m" for line in lines)


def _flashed(session: Session, document: dict[str, Any]) -> Outcome:
    return Outcome(document, (), printed=not session.as_json)


def _ask_to_flash(rate: float) -> None:
    """Ask before the screen flashes fast: that can harm people with photosensitive epilepsy.

    Raises:
        UsageError: CLI-011, nobody agreed.
    """
    text = _("{rate:g} pictures a second flash; that can harm people with photosensitive epilepsy.")
    question, agreed = text.format(rate=rate), False
    if sys.stdin.isatty():
        say(question)
        agreed = input(_("Go on? [y/N] ")).strip().casefold() in {"y", "yes"}
    if not agreed:
        raise UsageError("CLI-011", question, hint=_("Take at most 3 a second, or agree with --yes."))


def scan(_session: Session, arguments: argparse.Namespace) -> Outcome:
    """Read QR codes and write the file that they carry."""
    from fieldkit.io.bundlefile import read_bundle
    from fieldkit.io.scan import scan_source
    from fieldkit.sync.frames import still_text

    target = Path(arguments.to)
    progress = scan_source(arguments.source, target)
    document = {
        "file": arguments.to,
        "frames": progress.frames,
        "symbols": progress.needed,
        "bytes": target.stat().st_size,
    }
    line = _("{file}: {bytes} bytes from {frames} codes").format(**document)
    return Outcome(document, [line, *_found(still_text(read_bundle(target)) or "", arguments.to)])


def _found(still: str, file: str) -> list[str]:
    """Return what a still code was, and what takes it."""
    if still.startswith("FIELDKIT-RECEIPT"):
        return [_("This is a receipt: fieldkit receipt apply {file}").format(file=file)]
    if still.startswith(("FIELDKIT-OFFICE", "FIELDKIT-DEVICE")):
        return [_("This is a card: compare its digits, then fieldkit key trust {file}").format(file=file)]
    return [_("This is one still code: {text}").format(text=still[:80])] if still else []
