"""Files of format 1 as they were written once: every later version reads them and means the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.io.age import recipient_of, unsealer
from fieldkit.io.keys import SigningKey, verify
from fieldkit.model.operation import Operation
from fieldkit.sync.bundle import open_bundle
from fieldkit.sync.card import parse_card
from fieldkit.sync.receipt import parse_receipt

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "bundle-1"
A, B = "a" * 16, "b" * 16
KEY = SigningKey(b"golden key of the tests, 32 byte")
IDENTITY = (GOLDEN / "office.key").read_text(encoding="ascii").strip()
WHEN = "answer:branch_std:/data/rec{c1}/when"
META = {"number": "V-d01-1", "subject": "B-0107", "forms": []}
OPERATIONS = (
    Operation(A, 1, "1700000000000.0", "A01/inspector", "visit/6f1c", "meta", META),
    Operation(A, 2, "1700000000000.1", "A01/inspector", "visit/6f1c", WHEN, "2026-11-03"),
    Operation(
        B, 1, "1700000000500.0", "B02/team_lead", "visit/6f1c", WHEN, "2026-11-04", (A + ":2",), "with x",
        {"colour": {"kept": True}},
    ),
    Operation(A, 3, "1700000000900.0", "A01/inspector", "weather/1", "sky", "晴"),
)  # fmt: skip


@pytest.mark.parametrize("name", ["plain", "gzip", "signed", "sealed"])
def test_a_bundle_of_format_one_is_read_for_ever(name: str) -> None:
    bundle = open_bundle((GOLDEN / f"{name}.fkb").read_bytes(), verify=verify, unseal=unsealer([IDENTITY]))
    assert bundle.operations == OPERATIONS
    assert bundle.rejected == ()
    assert bundle.manifest.ranges == {A: [[1, 3]], B: [[1, 1]]}
    assert bundle.manifest.vector == {A: 3, B: 1}
    assert (bundle.manifest.campaigns, bundle.manifest.checklists) == (("C26",), ("5d" * 32,))
    assert bundle.manifest.evidence == (("ee" * 32, 12),)
    assert bundle.key == (KEY.public if name in {"signed", "sealed"} else None)


def test_a_receipt_of_format_one_is_read_for_ever() -> None:
    offices = {A: KEY.public}
    signed = parse_receipt((GOLDEN / "receipt.fkr").read_bytes(), verify=verify, offices=offices)
    assert signed.acknowledged({}) == ({A: [[1, 3]], B: [[1, 1]]}, {A: 3, B: 1})
    assert [(entry.device, entry.name, entry.revoked_after) for entry in signed.receipt.devices] == [(B, "d02", 1)]
    code = parse_receipt((GOLDEN / "receipt.txt").read_text(encoding="ascii"), verify=verify, offices=offices)
    assert code.receipt.vector == {A: 3, B: 1}
    assert code.belongs_to("ab" * 32)


def test_a_card_of_format_one_is_read_for_ever() -> None:
    card = parse_card((GOLDEN / "card.txt").read_text(encoding="utf-8"))
    assert (card.kind, card.device, card.key, card.name) == ("office", A, KEY.public, "县办")
    assert card.recipients == (recipient_of(IDENTITY),)
