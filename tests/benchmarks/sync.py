"""Figures of sync: merge, loss, sizes, crypto, QR, hostile bundles, throughput beside stock TinyDB."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest import mock

from tinydb import TinyDB

from fieldkit.io.age import new_identity, sealer, unsealer
from fieldkit.io.keys import SigningKey, verify
from fieldkit.io.qr import make_code
from fieldkit.model.document import conflicts, digest
from fieldkit.model.operation import Operation, from_json, to_json
from fieldkit.store import Store, open_store
from fieldkit.store.disk import Disk
from fieldkit.sync.bundle import Context, build, open_bundle
from fieldkit.sync.card import Card
from fieldkit.sync.conflicts import resolve
from fieldkit.sync.fountain import coefficients
from fieldkit.sync.frames import Collector, Frames
from fieldkit.sync.intake import Intake
from fieldkit.sync.receipt import Counts, Receipt
from fieldkit.sync.schedule import reduced, repair_indexes
from fieldkit.sync.strictjson import compact
from fieldkit.sync.trust import Peer, TrustList
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.visits import device_of, visits
from tests.histories import Laptop, documents_of, history
from tests.hostile import GOOD, REVOKED, Makers, good_bundle, hostile_bundles

__all__ = ["run"]

KEY = SigningKey(b"k" * 32)
NOW_MS = 1_800_000_000_000
LOSS = 0.3


def run(*, quick: bool = False) -> list[Row]:
    """Return all rows; ``quick`` bounds histories, bundles and runs for continuous integration."""
    rows = [*merge_rows(400 if quick else 10_000), *skew_rows(2_000 if quick else 20_000)]
    rows += [*again_rows(5 if quick else 20), *size_rows(), crypto_row(5 if quick else 20)]
    rows += [*qr_rows(), *still_rows(), hostile_row(240 if quick else 1_000)]
    return rows + throughput_rows(300 if quick else 1_000)


def merge_rows(count: int) -> list[Row]:
    """Return what random histories give in random order, with repeats and splits."""
    diverged = lost = left = unknown = 0
    for seed in range(count):
        chance = random.Random(seed)
        operations = history(chance)
        expected = documents_of(operations)
        delivery = [*operations, *chance.choices(operations, k=len(operations) // 3)] if operations else []
        chance.shuffle(delivery)
        found = documents_of(_travelled(delivery, chance) if seed % 10 == 0 else delivery)
        diverged += found != expected or digest(found.values()) != digest(expected.values())
        lost += len(operations) - sum(document["n"] for document in found.values())
        left += _left_after_review(operations)
        unknown += _unknown_lost(operations)
    zero = Goal("==", 0, "ours")
    return [
        Row(f"merge: divergences in {count} histories, 5 devices", "histories", diverged, goal=zero),
        Row("merge: operations lost", "operations", lost, goal=zero),
        Row("merge: conflicts left after review", "conflicts", left, goal=zero),
        Row("merge: unknown members lost", "members", unknown, goal=zero),
    ]


def _travelled(delivery: Sequence[Operation], chance: random.Random) -> list[Operation]:
    """Send operations through bundles of random sizes."""
    got: list[Operation] = []
    start = 0
    while start < len(delivery):
        end = start + chance.randrange(1, 9)
        part = list({one.id: one for one in delivery[start:end]}.values())
        for built in build(part, Context("a" * 16, {}, codec="gzip")):
            got += open_bundle(built.data).operations
        start = end
    return got


def _left_after_review(operations: Sequence[Operation]) -> int:
    reviewer = Laptop("z" * 16, 0)
    reviewer.read(operations)
    for record, document in list(reviewer.documents.items()):
        for field, versions in conflicts(document):
            draft = resolve(document, field, take=versions[-1][0])
            reviewer.seq += 1
            stamp = reviewer.clock.tick(0)
            reviewer.read(
                [
                    Operation(
                        reviewer.device, reviewer.seq, stamp, "R1/reviewer", record, field, draft.value, draft.prev,
                        draft.cause,
                    )
                ]
            )  # fmt: skip
    return sum(len(conflicts(document)) for document in reviewer.documents.values())


def _unknown_lost(operations: Sequence[Operation]) -> int:
    lost = 0
    for operation in operations[:3]:
        source = to_json(operation) | {"colour": {"new": [1]}}
        lost += to_json(from_json(source)) != source
    return lost


def skew_rows(edits: int) -> list[Row]:
    """Return which share of later edits vanishes in silence when clocks are an hour apart."""
    chance = random.Random(7)
    by_clock = silent = 0
    for number in range(edits):
        one = Laptop("a" * 16, round(chance.gauss(0, 3_600_000)))
        two = Laptop("b" * 16, round(chance.gauss(0, 3_600_000)))
        base = 100 * 3_600_000 + number
        first = one.write("visit/v", "answer", "first", base)
        later_at = base + chance.randrange(60_000, 120 * 60_000)
        knows = number % 2 == 0
        if knows:
            two.read([first])
        second = two.write("visit/v", "answer", "later", later_at)
        by_clock += base + one.skew > later_at + two.skew
        document = documents_of([second, first])["visit/v"]
        is_shown = document["heads"]["answer"][0][3] == "later"
        silent += not is_shown and not conflicts(document)
    name = f"later edits lost in silence, clocks 1 h apart, {edits} pairs"
    return [
        Row(name, "share", silent / edits, by_clock / edits, "last writer wins by wall clock", Goal("==", 0, "ours"))
    ]


@contextmanager
def _office(name: str = "office") -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / name) as store:
        yield store


def _cpu(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _take(store: Store, bundles: Sequence[bytes], identity: str, group: int = 1000) -> int:
    """Import bundles in groups, each group as one write, and return the number of changes."""
    trust = TrustList([Peer(device_of(number), KEY.public, confirmed=True) for number in range(1, 6)])
    changes = 0
    for start in range(0, len(bundles), group):
        taking = Intake(store, trust, now_ms=NOW_MS, verify=verify, unseal=unsealer([identity]))
        for data in bundles[start : start + group]:
            outcome = taking.take("x.fkb", lambda data=data: data)  # type: ignore[misc]  # bound at once
            assert outcome.plan is not None, outcome.reason
            changes += outcome.plan.new + outcome.plan.changed
        store.append(taking.operations)
    return changes


def _sealed(operations: Sequence[Operation], recipients: Sequence[str], device: int = 1) -> list[bytes]:
    context = Context(device_of(device), {}, signer=KEY, seal=sealer(recipients) if recipients else None)
    return [built.data for built in build(operations, context)]


def again_rows(count: int) -> list[Row]:
    """Return what importing the same bundles again changes and costs."""
    identity, recipient = new_identity()
    bundles = [data for number in range(1, 6) for data in _sealed(visits(count, device=number), [recipient], number)]
    with _office() as store:
        first = _cpu(lambda: _take(store, bundles, identity))
        changes = 0

        def again() -> None:
            nonlocal changes
            changes = _take(store, bundles, identity)

        second = _cpu(again)
    return [
        Row("import again: changes", "records", changes, goal=Goal("==", 0, "ours")),
        Row("import again: time", "s", second, first, "first import", Goal("<=", 0.25)),
    ]


def size_rows() -> list[Row]:
    """Return the size of bundles, signed and sealed to two recipients, beside compact JSON."""
    recipients = [new_identity()[1], new_identity()[1]]
    rows = []
    for count, most in ((1, 0.45), (20, 0.25)):
        operations = visits(count)
        plain = sum(len(compact(to_json(one)).encode()) + 1 for one in operations)
        size = sum(map(len, _sealed(operations, recipients)))
        name = f"size: {count} visit{'s' * (count > 1)}, signed, sealed to 2"
        rows.append(Row(name, "bytes", size, plain, "compact JSON of the same operations", Goal("<=", most)))
    return rows


def crypto_row(count: int) -> Row:
    """Return the share of crypto in an import."""
    identity, recipient = new_identity()
    operations = {number: visits(count, device=number) for number in range(1, 6)}
    sealed = [data for number, held in operations.items() for data in _sealed(held, [recipient], number)]
    with _office() as store:
        whole = _cpu(lambda: _take(store, sealed, identity))
    opening = unsealer([identity])

    def crypto() -> None:
        for data in sealed:
            plain = opening(data)
            verify(KEY.public, plain[:3000], KEY.sign(plain[:3000]))

    crypto()
    return Row("crypto: opening and checking", "s", _cpu(crypto), whole, "whole import", Goal("<=", 0.10))


@cache
def _order(session: int, count: int) -> list[int]:
    return [*range(count), *repair_indexes(session, count, 2 * count + 40)]


def _shown(count: int, chance: random.Random) -> int:
    """Return how many frames are shown until a reader that loses 30 % has the file (coefficients only)."""
    session, rows, place = chance.randrange(40), dict[int, int](), 0
    order = _order(session, count)
    while len(rows) < count:
        if chance.random() >= LOSS:
            fresh = reduced(rows, coefficients(session, order[place], count))
            rows.update({fresh & -fresh: fresh} if fresh else {})
        place += 1
    return place


def qr_rows() -> list[Row]:
    """Return frames shown for each symbol, and the time that one and twenty visits take."""
    rows = []
    recipients = [new_identity()[1], new_identity()[1]]
    for visits_count, version, rate, most in ((1, 6, 5, 12), (20, 9, 10, 36)):
        data = _sealed(visits(visits_count), recipients)[0]
        count = Frames(data, version).symbols
        chance = random.Random(visits_count)
        shown = sorted(_shown(count, chance) for _run in range(200))
        mean, high = (1.6, 2.4) if count < 40 else (1.5, 1.9)
        name = f"QR: {visits_count} visit{'s' * (visits_count > 1)}, version {version}, k = {count}"
        rows += [
            Row(f"{name}: shown / k, mean", "", statistics.mean(shown) / count, goal=Goal("<=", mean, "ours")),
            Row(f"{name}: shown / k, 99 %", "", shown[197] / count, goal=Goal("<=", high, "ours")),
            Row(f"{name}: median at {rate}/s", "s", statistics.median(shown) / rate, goal=Goal("<=", most, "ours")),
        ]
    for count in (2, 5, 10, 24, 43):
        chance = random.Random(count)
        shown = sorted(_shown(count, chance) for _run in range(2_000))
        note = f"99 %: {shown[1979] / count:.2f} of 2,000 runs"
        goal = Goal("<=", 1.6 if count < 40 else 1.5, "ours")
        rows.append(Row(f"QR: k = {count}: shown / k, mean", "", statistics.mean(shown) / count, goal=goal, note=note))
    return rows


def still_rows() -> list[Row]:
    """Return the versions of the still codes, and whether monotonous files pass."""
    receipt = Receipt("ab" * 32, NOW_MS, "o" * 16, {"a" * 16: 120_000}, {}, Counts(9_999))
    card = Card("office", "o" * 16, KEY.public, "县办", (new_identity()[1], new_identity()[1]))
    passed = 0
    for byte in (b"\0", b"\xff"):
        for version in (5, 6, 9, 20):
            frames, collector = Frames(byte * 3000, version), Collector()
            for index in range(frames.symbols, 3 * frames.symbols + 20):
                text = frames.text(index)
                make_code(text, version=version, mask=2)
                collector.add(text)
            passed += collector.data == byte * 3000
    code = make_code(receipt.to_code(KEY, ("a" * 16,)))
    six = Goal("<=", 6, "ours")
    return [
        Row("QR: receipt as one still code", "version", code.version, goal=six),
        Row("QR: office card as one still code", "version", make_code(card.text).version, goal=six),
        Row("QR: all-zero and all-one files", "of 8", passed, goal=Goal("==", 8, "ours")),
    ]


def hostile_row(count: int) -> Row:
    """Return how many hostile bundles were not refused or held back as they should be, good ones between."""
    identity, recipient = new_identity()
    makers = Makers(KEY, SigningKey(b"r" * 32), SigningKey(b"s" * 32), recipient, new_identity()[1], NOW_MS)
    trust = TrustList([Peer(GOOD, KEY.public, confirmed=True), Peer(REVOKED, makers.revoked.public, revoked_after=5)])
    wrong = good = 0
    with _office() as store:
        taking = Intake(store, trust, now_ms=NOW_MS, verify=verify, unseal=unsealer([identity]))
        for number, bad in enumerate(hostile_bundles(count, makers)):
            outcome = taking.take(bad.name, lambda data=bad.data: data)  # type: ignore[misc]  # bound at once
            named = outcome.error is not None and outcome.error.code in bad.codes
            wrong += not (named and outcome.status == bad.status)
            if number % 10 == 0:
                data = good_bundle(number // 10, makers)
                good += taking.take("good", lambda data=data: data).status == "imported"  # type: ignore[misc]
        store.append(taking.operations)
        wrong += sum(one.device != GOOD for one in store.operations()) + (count + 9) // 10 - good
    note = f"{good} good ones of the same run imported"
    return Row(f"hostile bundles: mistakes in {count}", "bundles", wrong, goal=Goal("==", 0, "ours"), note=note)


def throughput_rows(count: int) -> list[Row]:
    """Return fsyncs, CPU for each operation, and the time beside stock TinyDB."""
    held = [visits(5, device=number % 5 + 1, answers=40, findings=2, seed=number) for number in range(count)]
    held = [_renumbered(operations, number) for number, operations in enumerate(held)]
    bundles = [_sealed(operations, [], number % 5 + 1)[0] for number, operations in enumerate(held)]
    identity = new_identity()[0]
    total = sum(map(len, held))
    syncs = 0
    real = Disk.fsync

    def counted(disk: Disk, handle: int) -> None:
        nonlocal syncs
        syncs += 1
        real(disk, handle)

    with _office() as store, mock.patch.object(Disk, "fsync", counted):
        started = time.perf_counter()
        imported = _cpu(lambda: _take(store, bundles, identity))
        ours = time.perf_counter() - started
        assert sum(one["n"] for kind in ("visit", "finding") for one in store.documents(kind)) == total
    sample = [one for operations in held[:20] for one in operations]
    with _office() as store:
        local = _cpu(lambda: _written(store, sample))
    peer, peer_count = _stock_tinydb(held[: 40 if count < 1_000 else 100])
    scaled = peer * (count / peer_count) ** 2
    note = f"{peer:.1f} s for {peer_count}, grown by the square; ours {total / ours:.0f} operations/s"
    return [
        Row(f"throughput: fsyncs for {count} bundles", "calls", syncs, goal=Goal("<=", count // 100, "ours")),
        Row(
            "throughput: CPU for each operation",
            "us",
            1e6 * imported / total,
            1e6 * local / len(sample),
            "written locally",
            Goal("<=", 3),
        ),
        Row(
            f"throughput: {count} bundles of 5 visits",
            "s",
            ours,
            scaled,
            "stock TinyDB, insert_multiple for each bundle",
            Goal("<=", 0.05) if count >= 1_000 else None,
            note=note,
        ),
    ]


def _written(store: Store, operations: Sequence[Operation]) -> None:
    for operation in operations:
        store.append([operation])


def _renumbered(operations: Sequence[Operation], number: int) -> list[Operation]:
    """Give the operations of a bundle numbers and records of their own."""
    shift = number * 10_000

    def moved(name: str) -> str:
        device, _colon, seq = name.rpartition(":")
        return f"{device}:{int(seq) + shift}"

    return [
        Operation(one.device, one.seq + shift, one.hlc, one.actor, f"{one.record}x{number}", one.field, one.value,
                  tuple(map(moved, one.prev)))
        for one in operations
    ]  # fmt: skip


def _stock_tinydb(held: Sequence[Sequence[Operation]]) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder, TinyDB(Path(folder) / "db.json") as database:
        started = time.perf_counter()
        done = 0
        for operations in held:
            database.table("operations").insert_multiple([to_json(one) for one in operations])
            done += 1
            if time.perf_counter() - started > 60:
                break
        return time.perf_counter() - started, done
