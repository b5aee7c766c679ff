"""The fountain code and its frames: any order, losses, all-zero files, and texts that are no frames."""

from __future__ import annotations

import random
import statistics
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.errors import SyncError
from fieldkit.io.qr import ALPHANUMERIC_LIMITS, make_code
from fieldkit.sync import base45
from fieldkit.sync.fountain import Decoder, Encoder, coefficients, split_mix, symbol_count
from fieldkit.sync.frames import SYMBOL_LIMIT, Collector, Frames, parse_frame, still_text, symbol_size


def shown_until_complete(count: int, chance: random.Random, loss: float = 0.3) -> int:
    """Return how many frames must be shown until a reader that loses some of them has the file."""
    encoder = Encoder(chance.randbytes(count * 8), 8)
    decoder = Decoder(encoder.session, encoder.length, 8)
    index = 0
    while not decoder.is_complete:
        if chance.random() >= loss:
            decoder.add(index, encoder.symbol(index))
        index += 1
    return index


def test_split_mix_gives_the_published_numbers() -> None:
    """The first numbers for seed 1234567 in the reference implementation."""
    numbers = split_mix(1234567)
    assert [next(numbers) for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@pytest.mark.parametrize("count", [1, 5, 64, 65, 200])
def test_coefficients_are_never_empty_and_about_half(count: int) -> None:
    rows = [coefficients(77, index, count) for index in range(count, count + 200)]
    assert all(0 < row < 1 << count for row in rows)
    if count > 1:
        assert 0.4 < statistics.mean(row.bit_count() for row in rows) / count < 0.75
    assert [coefficients(77, index, count) for index in range(count)] == [1 << index for index in range(count)]


@given(st.binary(min_size=1, max_size=900), st.integers(0, 2**32), st.sampled_from([8, 16, 88]))
@settings(max_examples=60, deadline=None)
def test_any_frames_in_any_order_with_repeats_rejoin(data: bytes, seed: int, size: int) -> None:
    chance = random.Random(seed)
    encoder = Encoder(data, size)
    decoder = Decoder(zlib.crc32(data), len(data), size)
    indexes = chance.sample(range(4 * encoder.count + 40), 2 * encoder.count + 20)
    for index in indexes + indexes[:3]:
        decoder.add(index, encoder.symbol(index))
    assert decoder.is_complete
    assert decoder.data() == data
    assert decoder.rank == encoder.count == symbol_count(len(data), size)


@pytest.mark.parametrize(("count", "mean", "most"), [(14, 1.6, 2.4), (24, 1.6, 2.4), (43, 1.5, 1.9), (94, 1.5, 1.9)])
def test_frames_shown_at_thirty_percent_loss(count: int, mean: float, most: float) -> None:
    chance = random.Random(count)
    shown = sorted(shown_until_complete(count, chance) / count for _run in range(200))
    assert statistics.mean(shown) <= mean
    assert shown[197] <= most


@pytest.mark.parametrize(("version", "size"), [(5, 88), (6, 112), (9, 208), (14, 432), (19, 752), (24, 1120)])
def test_symbols_fill_their_code(version: int, size: int) -> None:
    assert symbol_size(version) == size
    frames = Frames(b"x" * 3000, version)
    assert len(frames.text(10**6)) <= ALPHANUMERIC_LIMITS[version - 1]


@pytest.mark.parametrize("version", [2, 5, 6, 10, 20, 29, 40])
@pytest.mark.parametrize("byte", [b"\0", b"\xff"])
def test_monotonous_files_make_codes(version: int, byte: bytes) -> None:
    frames = Frames(byte * 4000, version)
    collector = Collector()
    for index in range(frames.symbols, frames.advised + frames.symbols):
        if index < frames.symbols + 3:
            make_code(frames.text(index), version=version, mask=2)
        collector.add(frames.text(index))
    assert collector.data == byte * 4000


def test_a_collector_passes_over_foreign_codes_and_goes_on_where_it_stopped() -> None:
    data = random.Random(1).randbytes(2000)
    frames, other = Frames(data, 5), Frames(b"another file" * 40, 5)
    first = Collector()
    first.add("https://example.invalid/")
    first.add(other.text(0))
    for index in range(0, 20, 2):
        assert first.add(frames.text(index))
        assert not first.add(frames.text(index))
    assert (first.progress.got, first.progress.needed, first.progress.foreign) == (10, frames.symbols, 1)
    second = Collector()
    for line in first.lines:
        second.add(line)
    index = 40
    while second.data is None:
        second.add(frames.text(index) + "\r\n")
        index += 1
    assert second.data == data
    assert second.progress.is_complete
    assert not second.add(frames.text(index))


def test_a_frame_read_wrong_spoils_one_round_only() -> None:
    frames = Frames(b"content " * 30, 5)
    header = base45.decode(frames.text(1))[:12]
    collector = Collector()
    collector.add(base45.encode(header + bytes(88)))
    for index in (0, 2):
        collector.add(frames.text(index))
    assert collector.data is None
    assert collector.progress.got == 0
    for index in range(3):
        collector.add(frames.text(index))
    assert collector.data == b"content " * 30


def test_pasting_may_eat_spaces_at_the_ends_of_a_line() -> None:
    texts = [Frames(random.Random(seed).randbytes(88), 5).text(0) for seed in range(3000)]
    spaced = [text for text in texts if text != text.strip()]
    assert spaced
    for text in spaced:
        assert parse_frame(text.strip()) == parse_frame(text)


def test_what_is_no_frame_is_refused() -> None:
    huge = b"F" + bytes(4) + b"\xff\xff\xff" + bytes(4) + bytes(8)
    assert SYMBOL_LIMIT * 8 < 0xFFFFFF
    for text in ("", "F", "FIELDKIT1/", base45.encode(huge), base45.encode(b"G" + bytes(19)), "ü"):
        with pytest.raises(SyncError) as caught:
            parse_frame(text)
        assert caught.value.code == "SYNC-041"
    refused = [(b"", 9, "SYNC-043"), (bytes(1 << 24), 9, "SYNC-043")]
    refused += [(b"x", version, "SYNC-040") for version in (0, 1, 41)]
    for data, version, code in refused:
        with pytest.raises(SyncError) as caught:
            Frames(data, version)
        assert caught.value.code == code
    with pytest.raises(ValueError, match="multiple"):
        Encoder(b"x", 12)


def test_cards_and_receipt_codes_are_shown_as_one_still_code() -> None:
    assert still_text(b"FIELDKIT-OFFICE:AB CD\r\n") == "FIELDKIT-OFFICE:AB CD"
    for data in (b"", b"{}", b"FIELDKIT " * 200, b"FIELDKIT\nmore", "FIELDKIT甲".encode()):
        assert still_text(data) is None
