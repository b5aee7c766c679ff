"""The exchange with an office through the services that the screens use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from fieldkit.bootstrap import open_services
from fieldkit.errors import SyncError, UsageError
from fieldkit.io import age
from fieldkit.services.house import Services
from fieldkit.sync.card import Card

NOW = datetime.fromisoformat("2026-11-22T09:41:07+08:00")


@dataclass
class Pair:
    """A laptop and an office."""

    laptop: Services
    office: Services
    stick: Path


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Open two workspaces; the second one is an office."""
    laptop = open_services(tmp_path / "laptop", now=NOW, lang="en", threaded=False)
    office = open_services(tmp_path / "office", now=NOW, lang="en", threaded=False)
    office.keys.make(office=True)
    yield Pair(laptop, office, tmp_path / "stick")
    laptop.close()
    office.close()


def _note(services: Services, text: str = "road is being mended") -> str:
    return f"note/{services.notes.add(text, {})}"


def _introduce(pair: Pair) -> None:
    card = pair.laptop.introductions.read(pair.office.keys.card().text)
    pair.laptop.introductions.trust(card)
    pair.office.introductions.trust(pair.office.introductions.read(pair.laptop.keys.card().text))


def test_a_card_is_read_before_it_is_trusted(pair: Pair, tmp_path: Path) -> None:
    """Reading shows the digits of the other side and trusts nothing; a file and a broken line do as well."""
    text = pair.office.keys.card().text
    view = pair.laptop.introductions.read(f" {text[:60]}\n{text[60:]}\n")
    assert view.fingerprint == pair.office.keys.show()["fingerprint"]
    assert (view.office, view.known) == (True, "new")
    assert pair.laptop.keys.list() == ()
    file = tmp_path / "card.txt"
    file.write_text(text + "\n", encoding="utf-8")
    assert pair.laptop.introductions.read(str(file)) == view
    pair.laptop.introductions.trust(view)
    assert pair.laptop.introductions.read(text).known == "same"
    with pytest.raises(SyncError, match="cannot be read"):
        pair.laptop.introductions.read(str(tmp_path / "missing"))


def test_sealing_is_tested_before_anything_real(pair: Pair) -> None:
    """The office opens what it sealed; a laptop seals to the office and cannot open it."""
    assert pair.office.introductions.test_sealing().opened
    with pytest.raises(SyncError) as refused:
        pair.laptop.introductions.test_sealing()
    assert refused.value.code == "SYNC-028"
    _introduce(pair)
    test = pair.laptop.introductions.test_sealing()
    assert (test.recipients, test.opened, test.hidden) == (1, False, True)


def test_a_record_is_followed_until_the_receipt_comes_as_a_code(pair: Pair) -> None:
    """Saved, exported in a bundle, acknowledged by the text of one code; both ends list the receipt."""
    _introduce(pair)
    record = _note(pair.laptop)
    assert pair.laptop.whereabouts.of(record).status == "saved"
    bundle = pair.laptop.sync.export(pair.stick).bundles[0]
    (stretch,) = pair.laptop.whereabouts.of(record).stretches
    assert (stretch.status, stretch.bundle, stretch.to) == ("exported", bundle.sha256, str(pair.stick))
    pair.office.sync.import_([pair.stick])
    (given,) = pair.office.receipts.list()
    assert (given.given, given.bundle) == (True, bundle.sha256)
    code = pair.office.receipts.code(bundle.sha256[:8])
    assert len(code) < 224, "fits one code of version 7"
    done = pair.laptop.receipts.apply_text(code[:40] + "\n" + code[40:])
    assert done["bundle"] == bundle.sha256
    view = pair.laptop.whereabouts.named(pair.laptop.records.number(record))
    assert view.status == "acknowledged"
    assert view.stretches[0].office == pair.office.keys.card().name
    assert [line.given for line in pair.laptop.receipts.list()] == [False]
    arrived = pair.office.whereabouts.of(record).stretches[0]
    assert (arrived.own, arrived.status, arrived.bundle) == (False, "imported", bundle.sha256)


def test_a_receipt_file_that_is_pasted_counts_and_a_strange_one_does_not(pair: Pair, tmp_path: Path) -> None:
    """The text of the .fkr file is taken; one of an office that is not trusted acknowledges nothing."""
    record = _note(pair.laptop)
    bundle = pair.laptop.sync.export(pair.stick).bundles[0]
    pair.office.sync.import_([pair.stick])
    text = (pair.stick / f"{bundle.sha256}.fkr").read_text(encoding="utf-8")
    with pytest.raises(SyncError) as refused:
        pair.laptop.receipts.apply_text(text)
    assert refused.value.code == "SYNC-031"
    assert pair.laptop.whereabouts.of(record).status == "exported"
    _introduce(pair)
    pair.laptop.receipts.apply_text(text)
    assert pair.laptop.whereabouts.of(record).status == "acknowledged"
    with pytest.raises(SyncError) as none:
        pair.office.receipts.code("abcdef12")
    assert none.value.code == "SYNC-032"


def test_operations_that_went_different_ways_are_told_apart(pair: Pair) -> None:
    """What was written after the export is shown as saved, beside what is exported."""
    record = _note(pair.laptop)
    pair.laptop.sync.export(pair.stick)
    note = record.partition("/")[2]
    pair.laptop.notes.edit(note, {"text": "road is mended"})
    found = pair.laptop.whereabouts.of(record)
    assert [stretch.status for stretch in found.stretches] == ["exported", "saved"]
    assert found.status == "saved"
    with pytest.raises(UsageError):
        pair.laptop.whereabouts.named("N-none-1")


def test_held_operations_have_reasons_and_pass_when_a_person_says_so(pair: Pair) -> None:
    """What a device wrote that nobody confirmed waits where trust is asked for; a person lets it pass."""
    record = _note(pair.laptop)
    pair.laptop.sync.export(pair.stick)
    result = pair.office.sync.import_([pair.stick], require_trust=True)
    assert result.rows[0].status == "quarantined"
    held = pair.office.arrivals.held()
    assert {line.reason for line in held} == {"untrusted"}
    assert all("trust its card" in line.why for line in held)
    with pytest.raises(SyncError) as refused:
        pair.office.arrivals.let_pass(["x:1"])
    assert refused.value.code == "SYNC-033"
    pair.office.arrivals.let_pass([line.id for line in held])
    pair.office.sync.release()
    assert pair.office.arrivals.held() == ()
    assert pair.office.whereabouts.of(record).stretches


def test_a_film_is_read_back_from_pasted_lines_in_two_goes(pair: Pair) -> None:
    """Frames of a bundle, pasted in two portions with some lost, give the same file; cards are seen as cards."""
    _note(pair.laptop, "x" * 400)
    bundle = pair.laptop.sync.export(pair.stick).bundles[0]
    film = pair.laptop.filming.film(Path(bundle.file), bundle.digits)
    assert (film.sha256, film.digits, film.better_by_stick) == (bundle.sha256, bundle.digits, False)
    frames = film.frames(5)
    lines = [frames.text(index) for index in range(frames.advised) if index % 3]
    with pytest.raises(SyncError) as unfinished:
        pair.office.filming.paste("\n".join(lines[:3]))
    assert unfinished.value.code == "SYNC-044"
    assert pair.office.filming.waiting() == 3
    done = pair.office.filming.paste("\n".join(lines[3:]))
    assert done.sha256 == bundle.sha256
    assert done.path.read_bytes() == film.data
    assert pair.office.filming.waiting() == 0
    card = pair.office.keys.card().text
    assert pair.laptop.filming.paste(card + "\n").still == card


def test_pictures_are_written_and_scanned(pair: Pair) -> None:
    """The folder of pictures that one side writes is a source of the other; progress can stop it."""
    pytest.importorskip("zxingcpp", reason="needs zxing-cpp")
    _note(pair.laptop)
    bundle = pair.laptop.sync.export(pair.stick).bundles[0]
    film = pair.laptop.filming.film(Path(bundle.file))
    folder, count = pair.laptop.filming.pictures(film, 9)
    assert len(list(folder.glob("*.png"))) == count
    with pytest.raises(SyncError):
        pair.office.filming.scan(str(folder), lambda _progress: False)
    assert pair.office.filming.waiting() == 1
    assert pair.office.filming.scan(str(folder)).sha256 == bundle.sha256


def test_imports_are_listed_until_they_are_taken_back(pair: Pair) -> None:
    """The newest import stands first, with the device that it came from."""
    _note(pair.laptop)
    bundle = pair.laptop.sync.export(pair.stick).bundles[0]
    pair.office.sync.import_([pair.stick])
    (line,) = pair.office.arrivals.imports()
    assert (line.bundle, line.operations) == (bundle.sha256, bundle.operations)


def test_a_key_is_tested_before_it_is_trusted(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that spoils what is sealed with it is not trusted, and a workspace with one becomes no office."""
    card = pair.laptop.introductions.read(pair.office.keys.card().text)
    with monkeypatch.context() as patch:
        patch.setattr(age, "unseal", lambda _data, _identities: b"something else")
        with pytest.raises(SyncError) as caught:
            pair.laptop.introductions.trust(card)
        assert caught.value.code == "SYNC-023"
        assert pair.laptop.keys.list() == ()
        with pytest.raises(SyncError) as caught:
            pair.laptop.keys.make(office=True)
        assert caught.value.code == "SYNC-023"
        assert not pair.laptop.keys.is_office
    pair.laptop.introductions.trust(card)
    assert len(pair.laptop.keys.list()) == 1


def test_the_first_sealing_to_a_key_is_tested_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export to a key that nobody tested writes nothing where the test fails; a passed test is remembered."""
    _note(pair.laptop)
    escrow = age.new_identity()[1]
    with monkeypatch.context() as patch:
        patch.setattr(age, "seal", lambda data, _recipients: data)
        with pytest.raises(SyncError) as caught:
            pair.laptop.sync.export(pair.stick, recipients=[escrow])
        assert caught.value.code == "SYNC-023"
        assert not pair.stick.exists()
    pair.laptop.sync.export(pair.stick, recipients=[escrow])
    tested: list[str] = []
    monkeypatch.setattr(age, "prove_recipient", tested.append)
    pair.laptop.sync.export(pair.stick, recipients=[escrow])
    assert tested == []
    other = age.new_identity()[1]
    pair.laptop.sync.export(pair.stick, recipients=[escrow, other])
    assert tested == [other]


def test_every_key_of_a_card_is_tested(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The escrow key that an office's card carries is tested with its own."""
    card = pair.office.keys.card()
    escrow = age.new_identity()[1]
    both = Card(card.kind, card.device, card.key, card.name, (*card.recipients, escrow))
    tested: list[str] = []
    monkeypatch.setattr(age, "prove_recipient", tested.append)
    pair.laptop.keys.confirm(both)
    assert tested == [*card.recipients, escrow]
