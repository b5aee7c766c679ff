"""A laptop and an office in two terminals: card, film of codes, preview, receipt as a code, where is my record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.terminal import FIELDKIT, Terminal, fieldkit

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.slow]


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[tuple[Terminal, Terminal]]:
    """Give two terminals of 80 columns and 24 rows, the second one without colours."""
    with Terminal(tmp_path / "s1", (80, 24)) as laptop, Terminal(tmp_path / "s2", (80, 24)) as office:
        yield laptop, office


def _start(terminal: Terminal, home: Path, **environment: str) -> None:
    terminal.start([*FIELDKIT, "--home", str(home), "--lang", "en"], **environment)
    terminal.see("outbox 1")


def _codes(rows: list[str]) -> list[str]:
    """Return what a camera reads from a terminal with light letters on a dark ground."""
    zxingcpp = pytest.importorskip("zxingcpp", reason="needs zxing-cpp")
    picture = Image.new("L", (80, 48), 0)
    for row, text in enumerate(rows):
        for column, sign in enumerate(text[:80]):
            picture.putpixel((column, row * 2), 255 if sign in "█▀" else 0)
            picture.putpixel((column, row * 2 + 1), 255 if sign in "█▄" else 0)
    large = picture.resize((480, 288), Image.Resampling.NEAREST)
    found = zxingcpp.read_barcodes(large, formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in found]


def _prompt(terminal: Terminal, key: str, title: str, text: str) -> None:
    terminal.keys(key)
    terminal.see(title)
    terminal.keys("C-u")
    terminal.type(text)
    terminal.keys("Enter")


def _film(laptop: Terminal) -> list[str]:
    """Step through the film and return what was read; every fourth frame is lost on the way."""
    laptop.keys("v", "4")
    laptop.see("are enough")
    laptop.keys("Space")
    laptop.see("paused")
    needed = int(next(row for row in laptop.rows() if "are enough" in row).split("any ")[1].split()[0])
    lines: list[str] = []
    seen: list[str] = []
    while len(lines) < needed + 12:
        found = _codes(laptop.settled(0.1).split("\n"))
        if found and found[0] not in seen:
            seen.append(found[0])
            if len(seen) % 4:
                lines.append(found[0])
        laptop.keys("Right")
    laptop.keys("Escape")
    laptop.see("Outbox")
    return lines


def _introduce(laptop: Terminal, office: Terminal) -> None:
    """The office makes its key and shows its card; the laptop takes the text and compares the digits."""
    for terminal in (office, laptop):
        terminal.keys("g", "y")
        terminal.see("Outbox")
        terminal.keys("v", "3")
        terminal.see("THIS WORKSPACE")
    office.keys("m", "4", "2")
    office.see("opened again with the own key")
    digits = next(row.split()[-1] for row in office.rows() if "fingerprint" in row)
    office.keys("v")
    office.see("copy the text")
    (card,) = _codes(office.rows())
    _prompt(laptop, "a", "Card of an office", card)
    laptop.see(digits)
    laptop.keys("2")
    laptop.see("is trusted from now on")
    laptop.keys("Escape")
    laptop.see("Outbox")
    office.keys("Escape")
    office.see("THIS WORKSPACE")
    office.keys("Escape")
    office.see("Outbox")


def test_a_bundle_goes_by_codes_and_its_receipt_comes_back_as_one(
    tmp_path: Path, terminals: tuple[Terminal, Terminal]
) -> None:
    """Everything by keys; only the pictures between the two screens are carried by the test."""
    laptop, office = terminals
    fieldkit(tmp_path / "laptop", "note", "add", "--text", "road is being mended")
    fieldkit(tmp_path / "office", "note", "add", "--text", "board is new")
    for name, device in (("laptop", "d02"), ("office", "hq")):
        text = f'language = "en"\ndevice = "{device}"\n'
        (tmp_path / name / "settings.toml").write_text(text, encoding="utf-8")
    _start(laptop, tmp_path / "laptop")
    _start(office, tmp_path / "office", NO_COLOR="1")
    _introduce(laptop, office)
    lines = tmp_path / "lines.txt"
    lines.write_text("\n".join(_film(laptop)) + "\n", encoding="ascii")

    # The office reads them, looks at the preview, and imports.
    office.keys("v", "5")
    office.see("Read QR codes")
    _prompt(office, "1", "Folder of pictures", str(lines))
    office.see("NOTHING IS WRITTEN YET")
    office.keys("2")
    office.see("imported: 1 new")

    # Its receipt is one still code; the laptop takes the text and knows where the record is.
    office.keys("v", "2")
    office.see("given to")
    office.keys("v")
    office.see("copy the text")
    (receipt,) = _codes(office.rows())
    laptop.keys("v", "2")
    laptop.see("No receipt yet")
    _prompt(laptop, "a", "Receipt of the office", receipt)
    laptop.see("operations are acknowledged")
    laptop.keys("Escape")
    laptop.see("Outbox 0")
    laptop.keys("v", "1")
    laptop.see("An office holds all of it")
    laptop.see("by hq")
