"""The exchange by keyboard: keys, receipts, codes, a server, one record's way, taking an import back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image

from fieldkit.bootstrap import open_services
from fieldkit.io.qr import make_code, write_picture
from fieldkit.services.house import Services
from tests.ui.conftest import NOW
from tests.ui.harness import Driven, driven


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Services]:
    """Open an office that has seen nothing yet."""
    opened = open_services(tmp_path / "office", now=NOW, lang="en", threaded=False)
    opened.settings.set("device", "hq")
    opened.keys.make(office=True)
    yield opened
    opened.close()


async def _go(drive: Driven, place: str, **params: Any) -> None:
    drive.app.go(place, **params)
    await drive.settle()


async def _type(drive: Driven, text: str) -> None:
    await drive.type(text)
    await drive.press("enter")
    await drive.settle()


def _read_codes(rows: list[str]) -> list[str]:
    """Return what a camera reads from rows of a terminal: light blocks on a dark ground."""
    zxingcpp = pytest.importorskip("zxingcpp", reason="needs zxing-cpp")
    wide = max(map(len, rows))
    picture = Image.new("L", (wide, len(rows) * 2), 0)
    for row, text in enumerate(rows):
        for column, sign in enumerate(text):
            picture.putpixel((column, row * 2), 255 if sign in "█▀" else 0)
            picture.putpixel((column, row * 2 + 1), 255 if sign in "█▄" else 0)
    large = picture.resize((picture.width * 6, picture.height * 6), Image.Resampling.NEAREST)
    return [code.text for code in zxingcpp.read_barcodes(large, formats=zxingcpp.BarcodeFormat.QRCode)]


async def test_the_office_card_is_trusted_only_after_its_digits_were_compared(
    services: Services, office: Services
) -> None:
    """The preset answer trusts nothing; sealing is tested; the card of this laptop is a code of its own."""
    card = office.keys.show()
    async with driven(services) as drive:
        await drive.press("g", "y", "v", "3")
        assert drive.screen.NAME == "keys"
        assert "Nobody yet" in drive.text()
        await drive.settle()
        await drive.press("m", "2")
        assert "no key to seal to" in drive.text()
        await drive.press("a")
        await _type(drive, card["card"])
        assert card["fingerprint"] in drive.text()
        await drive.press("enter")
        assert services.keys.list() == ()
        await drive.press("a")
        await _type(drive, card["card"])
        await drive.press("2")
        assert services.keys.list()[0]["confirmed"]
        assert "confirmed" in drive.text()
        await drive.press("m", "2")
        assert "only the office can" in drive.text()
        await drive.press("v")
        assert drive.screen.NAME == "qr"
        assert services.keys.card().text in _read_codes(drive.rows())


async def test_a_revocation_asks_first(services: Services, office: Services) -> None:
    """The preset leaves the device as it is; afterwards its row says so and the action is off."""
    services.introductions.trust(services.introductions.read(office.keys.card().text))
    async with driven(services) as drive:
        await _go(drive, "keys")
        await drive.press("m", "3", "enter")
        assert not services.keys.list()[0]["revoked"]
        await drive.press("m", "3", "2")
        assert services.keys.list()[0]["revoked"]
        await drive.press("m")
        assert "it is revoked" in drive.text()


async def test_a_workspace_becomes_an_office_and_proves_its_key(services: Services) -> None:
    """What is sealed to the new key is opened before anything real is sealed."""
    async with driven(services) as drive:
        await _go(drive, "keys")
        await drive.press("m", "4", "2")
        assert services.keys.is_office
        assert "opened again with the own key" in drive.text()


async def test_a_receipt_goes_back_as_one_code_and_the_record_says_where_it_is(
    services: Services, office: Services, tmp_path: Path
) -> None:
    """The office shows the receipt, the laptop takes its text; each state is shown on the page of the record."""
    visit = services.visits.list()[0]
    services.introductions.trust(services.introductions.read(office.keys.card().text))
    async with driven(services) as drive:
        await _go(drive, "where", record=f"visit/{visit.id}")
        assert "in no bundle yet" in drive.text()
        assert "on this device alone" in drive.text()
        services.sync.export(tmp_path / "stick")
        await _go(drive, "where", record=f"visit/{visit.id}")
        assert "exported 2026-11-22" in drive.text()
    office.sync.import_([tmp_path / "stick"])
    async with driven(office) as drive:
        await _go(drive, "receipts")
        await drive.press("v")
        (code,) = [text for text in _read_codes(drive.rows()) if text.startswith("FIELDKIT-RECEIPT")]
    async with driven(services) as drive:
        await _go(drive, "receipts")
        assert "No receipt yet" in drive.text()
        await drive.press("a")
        await _type(drive, "no receipt")
        assert "Cannot use" in drive.text()
        await drive.press("ctrl+u")
        await _type(drive, code)
        assert "operations are acknowledged" in drive.text()
        assert "from hq" in drive.text()
        await drive.press("v")
        assert "only a receipt that this office gave" in drive.text()
        await _go(drive, "where", record=f"visit/{visit.id}")
        assert "acknowledged 2026-11-22" in drive.text()
        assert "by hq" in drive.text()


async def test_where_is_found_by_name(services: Services) -> None:
    """The page opens with a search; Enter shows the record."""
    async with driven(services) as drive:
        await _go(drive, "where")
        await drive.type("llcdzb")
        await drive.press("enter")
        assert "Liulin Village Branch" in drive.text()
        assert "operations" in drive.text()


async def test_what_a_former_device_saved_is_told_apart(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restore the workspace has another device id: what the old one wrote is not called saved here."""
    visit = services.visits.list()[0]
    known = services.whereabouts.of(f"visit/{visit.id}")
    former = tuple(replace(one, own=False, device="d9") for one in known.stretches)
    monkeypatch.setattr(services.whereabouts, "of", lambda _record: replace(known, stretches=former))
    async with driven(services) as drive:
        await _go(drive, "where", record=f"visit/{visit.id}")
        assert "d9" in drive.text()
        assert "saved by a former device" in drive.text()
        assert "saved here" not in drive.text()


async def test_a_whole_import_is_taken_back_after_a_question(
    services: Services, office: Services, tmp_path: Path
) -> None:
    """The preset leaves it; 2 takes back, and the note that came is gone from the list."""
    note = office.notes.add("board is new", {})
    office.sync.export(tmp_path / "stick")
    services.sync.import_([tmp_path / "stick"])
    assert any(row.id == note for row in services.notes.list().rows)
    async with driven(services) as drive:
        await _go(drive, "receipts", tab=1)
        await drive.press("u", "enter")
        assert any(row.id == note for row in services.notes.list().rows)
        await drive.press("u", "2")
        assert "Taken back in 1 records" in drive.text()
    assert not any(row.id == note and row.text for row in services.notes.list().rows)


async def test_quarantine_has_reasons_and_lets_pass(services: Services, office: Services, tmp_path: Path) -> None:
    """The row says why it is held; after the question the records are there."""
    note = office.notes.add("board is new", {})
    office.sync.export(tmp_path / "stick")
    services.sync.import_([tmp_path / "stick"], require_trust=True)
    async with driven(services) as drive:
        await _go(drive, "receipts", tab=2)
        assert "was not confirmed" in drive.text()
        await drive.press("enter", "3")
        assert "Nothing is held back" in drive.text()
    assert any(row.id == note for row in services.notes.list().rows)


@pytest.mark.parametrize(("size", "most", "whole"), [((80, 24), 5, 6), ((100, 30), 8, 9), ((200, 60), 9, 9)])
async def test_the_film_fits_and_every_code_is_read(
    services: Services, size: tuple[int, int], most: int, whole: int
) -> None:
    """The version is the largest that fits and at most 9; the rows of the terminal read back to its frames."""
    async with driven(services, size=size) as drive:
        await drive.press("g", "y", "v", "4")
        screen = drive.screen
        assert screen.NAME == "qr"
        await drive.press("space")
        assert screen.chosen() == most
        assert screen.frames().text(screen.index) in _read_codes(drive.rows())
        await drive.press("right")
        assert screen.frames().text(screen.index) in _read_codes(drive.rows())
        await drive.press("v")
        assert screen.chosen() == whole
        assert screen.frames().text(screen.index) in _read_codes(drive.rows())


async def test_more_than_three_a_second_asks(services: Services) -> None:
    """Two at first, three without a question, five only after an answer that is not the preset."""
    async with driven(services) as drive:
        await drive.press("g", "y", "v", "4", "space")
        assert drive.screen.rate == 2
        await drive.press("plus", "plus")
        assert drive.screen.rate == 3
        assert "epilepsy" in drive.text()
        await drive.press("enter")
        assert drive.screen.rate == 3
        await drive.press("plus", "2")
        assert drive.screen.rate == 5
        await drive.press("minus", "minus", "minus")
        assert drive.screen.rate == 1


async def test_size_changes_and_says_where_it_ends(services: Services) -> None:
    """Down makes the codes smaller; up says that no larger one fits."""
    async with driven(services, size=(80, 24)) as drive:
        await drive.press("g", "y", "v", "4", "space", "down")
        assert drive.screen.chosen() == 4
        await drive.press("up", "up")
        assert drive.screen.chosen() == 5
        assert "largest that fits" in drive.text()


async def test_evidence_is_owed_beside_the_film(services: Services, tmp_path: Path) -> None:
    """A film says how many files of evidence it does not carry."""
    visit = next(row.id for row in services.visits.list() if row.state == "open")
    paper = tmp_path / "minutes.txt"
    paper.write_text("minutes", encoding="utf-8")
    services.runner.open(visit)
    services.runner.attach(services.runner.view().position, str(paper), "D")
    async with driven(services) as drive:
        await drive.press("g", "y", "v", "4", "space")
        assert re.search(r"1 files of evidence", " ".join(drive.text().split()))


async def test_pictures_are_written_scanned_and_previewed(services: Services, office: Services, tmp_path: Path) -> None:
    """x writes pictures; the office reads their folder, and the preview comes before anything is written."""
    pytest.importorskip("zxingcpp", reason="needs zxing-cpp")
    services.notes.add("road is being mended", {})
    async with driven(services, size=(200, 60)) as drive:
        small = services.sync.export(tmp_path / "stick").bundles[0]
        film = services.filming.film(Path(small.file), small.digits)
        await _go(drive, "qr", film=film)
        await drive.press("space")
        drive.screen.version = 20
        await drive.press("x")
        folder = next((services.desk.home / "outbox").glob("qr-*"))
    for picture in sorted(folder.glob("*.png"))[1::3]:
        picture.unlink()
    async with driven(office) as drive:
        await drive.press("g", "y", "v", "5", "1")
        await _type(drive, str(folder))
        assert "NOTHING IS WRITTEN YET" in drive.text()
        await drive.press("2")
        assert "imported" in drive.text()
    assert len(office.visits.list()) == len(services.visits.list())


async def test_pasted_codes_and_an_unfinished_scan(services: Services, office: Services, tmp_path: Path) -> None:
    """What was pasted is kept, the menu says so, and it can be forgotten."""
    bundle = services.sync.export(tmp_path / "stick").bundles[0]
    frames = services.filming.film(Path(bundle.file)).frames(9)
    async with driven(office) as drive:
        await drive.press("g", "y", "v", "5")
        assert "no scan is unfinished" in drive.text()
        await drive.press("2")
        await drive.type(frames.text(0))
        await drive.press("tab")
        assert "not complete" in drive.text()
        await drive.press("escape", "v", "5")
        assert "1 codes of an unfinished scan" in drive.text()
        await drive.press("4")
    assert office.filming.waiting() == 0


async def test_a_server_is_tested_and_used(services: Services, office: Services, tmp_path: Path) -> None:
    """A drop answers, takes the bundles, and gives them to the office; a wrong address is refused in words."""
    pytest.importorskip("fsspec", reason="needs the extra drop")
    address = f"file://{tmp_path / 'drop'}"
    (tmp_path / "drop").mkdir()
    async with driven(services) as drive:
        await drive.press("g", "y", "v", "6")
        await _type(drive, "somewhere")
        assert "An address begins with" in drive.text()
        assert drive.screen.field.value == "somewhere"
        await drive.press("ctrl+u")
        await _type(drive, address)
        await drive.press("1")
        assert "0 bundles lie there" in drive.text()
        await drive.press("v", "6")
        await _type(drive, address)
        await drive.press("2")
        assert "have arrived" in drive.text()
    async with driven(office) as drive:
        await drive.press("g", "y", "v", "7")
        await _type(drive, address)
        await drive.press("2")
        assert "write it" in drive.text()
        fetched = office.desk.home / "drop" / "in"
        assert list(fetched.iterdir())
        assert len(office.visits.list()) == 0
        await drive.press("4")
        assert not list(fetched.iterdir())
        await drive.press("v", "7")
        await _type(drive, address)
        await drive.press("2")
        await drive.press("2")
        assert "imported" in drive.text()
        assert len(office.visits.list()) == len(services.visits.list())
        await drive.press("v", "7")
        await _type(drive, address)
        await drive.press("2")
        assert "imported: 0 new" in drive.text()
    assert not list(fetched.iterdir())


async def test_the_purge_asks_and_says_what_stays(services: Services) -> None:
    """Nothing is acknowledged, so nothing may go; the list says why."""
    async with driven(services) as drive:
        await drive.press("g", "y", "v", "8")
        assert "0 visits may go" in drive.text()
        assert "no visit is acknowledged" in drive.text()
        await drive.press("2")
        assert "STAY" in drive.text()


async def test_the_palette_finds_the_ways_of_the_exchange(services: Services) -> None:
    """Each way is found by its words; one that is off says why."""
    async with driven(services) as drive:
        await drive.press("g", "y", "ctrl+p")
        await drive.type("keys: own")
        await drive.press("enter")
        assert drive.screen.NAME == "keys"
        await drive.press("ctrl+p")
        await drive.type("revoke ")
        await drive.press("enter")
        assert "nobody is known here" in drive.text()


async def test_a_job_that_ends_leaves_what_was_said_meanwhile(services: Services) -> None:
    """A result said before a job in the background ends stays; the words of waiting go with the job."""
    async with driven(services) as drive:
        drive.screen.say("one thing is done", "good")
        drive.app.job(lambda: None, lambda _nothing: None)
        await drive.settle()
        assert "one thing is done" in drive.text()
        drive.screen.say("Reading ..", "dim")
        drive.app.job(lambda: None, lambda _nothing: None)
        await drive.settle()
        assert "Reading .." not in drive.text()


async def test_a_card_that_was_scanned_is_compared_at_once(
    services: Services, office: Services, tmp_path: Path
) -> None:
    """The scan of a card asks for its digits, and trusts nothing before the answer."""
    pytest.importorskip("zxingcpp", reason="needs zxing-cpp")
    card = office.keys.show()
    write_picture(make_code(card["card"]), tmp_path / "card.png", scale=4)
    async with driven(services) as drive:
        await drive.press("g", "y", "v", "5", "1")
        await _type(drive, str(tmp_path / "card.png"))
        assert card["fingerprint"] in drive.text()
        assert services.keys.list() == ()
        await drive.press("2")
        assert services.keys.list()[0]["confirmed"]
        assert "is trusted from now on" in drive.text()
    assert list((services.desk.home / "scans").iterdir()) == []


@pytest.mark.parametrize("theme", ["dark", "light", "ansi-dark", "ansi-light"])
async def test_a_code_is_dark_on_light_in_every_theme_without_colours(
    theme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With NO_COLOR the modules of a code differ from its ground, whatever theme is chosen."""
    monkeypatch.setenv("NO_COLOR", "1")
    services = open_services(tmp_path / "home", now=NOW, lang="en", threaded=False)
    services.settings.complete_first_run("en", "A01", "d01")
    services.settings.set("theme", theme)
    try:
        async with driven(services) as drive:
            drive.app.go("qr", text="FIELDKIT-RECEIPT:" + "A1B2C3" * 20, title="hq")
            await drive.settle()
            styles = {
                segment.style
                for strip in drive.app.screen._compositor.render_strips()
                for segment in strip
                if set(segment.text) & set("\u2580\u2584\u2588")
            }
            assert styles
            for style in styles:
                assert style is not None
                assert style.color is not None
                assert style.bgcolor is not None
                assert style.color.get_truecolor() != style.bgcolor.get_truecolor()
    finally:
        services.close()
