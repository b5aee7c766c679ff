"""Who is believed: devices and offices by their keys, and what that means for a bundle."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.model.operation import Operation
from fieldkit.sync.bundle import Bundle
from fieldkit.sync.card import Card, fingerprint
from fieldkit.sync.receipt import DeviceEntry, Receipt

__all__ = ["Peer", "Trust", "TrustList", "Verdict"]

Trust = Literal["confirmed", "unconfirmed", "unsigned", "mismatch", "revoked"]


class Peer(Struct, frozen=True):
    """A device or an office that is known here.

    Attributes:
        device: Its id.
        key: Its public signing key, 32 bytes.
        name: Its short name.
        office: True for an office: its receipts count.
        confirmed: True after a person compared its fingerprint, or a trusted office listed it.
        revoked_after: Number of its last operation that is believed, None where it is not revoked.
        recipients: Whom to seal to what goes to it.
    """

    device: str
    key: bytes
    name: str = ""
    office: bool = False
    confirmed: bool = False
    revoked_after: int | None = None
    recipients: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Return the eight digits that its own card shows, ``1234-5678``."""
        return fingerprint(self.device, self.key, self.recipients)

    def to_json(self) -> dict[str, Any]:
        """Return the peer as a row of a local table."""
        return {
            "device": self.device,
            "key": base64.b64encode(self.key).decode("ascii"),
            "name": self.name,
            "office": self.office,
            "confirmed": self.confirmed,
            "revoked_after": self.revoked_after,
            "recipients": list(self.recipients),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Peer:
        """Return the peer of a row of a local table."""
        return cls(
            row["device"],
            base64.b64decode(row["key"]),
            row.get("name", ""),
            bool(row.get("office")),
            bool(row.get("confirmed")),
            row.get("revoked_after"),
            tuple(row.get("recipients", ())),
        )


class Verdict(Struct, frozen=True):
    """What the trust list says about a bundle.

    Attributes:
        trust: How far its signer is believed.
        operations: Operations that may be imported.
        held: Operations that are held back in quarantine.
        error: Why they are held back, None when nothing is.
        learned: A peer to remember: the first bundle of a device that was not known.
    """

    trust: Trust
    operations: tuple[Operation, ...]
    held: tuple[Operation, ...]
    error: SyncError | None
    learned: Peer | None = None


class TrustList:
    """The peers that are known here."""

    def __init__(self, peers: Iterable[Peer] = ()) -> None:
        self._peers = {peer.device: peer for peer in peers}

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> TrustList:
        """Return the list that is kept in the rows of a local table."""
        return cls(Peer.from_json(row) for row in rows)

    @property
    def peers(self) -> tuple[Peer, ...]:
        """Return all peers, by device."""
        return tuple(self._peers[device] for device in sorted(self._peers))

    def get(self, device: str) -> Peer | None:
        """Return the peer of a device, or None."""
        return self._peers.get(device)

    def offices(self) -> dict[str, bytes]:
        """Return the keys of the offices whose receipts count."""
        return {
            peer.device: peer.key
            for peer in self.peers
            if peer.office and peer.confirmed and peer.revoked_after is None
        }

    def recipients(self, *, is_office: bool = False) -> tuple[str, ...]:
        """Return whom an export is sealed to: every trusted office and its escrow key.

        Args:
            is_office: Tell what an office seals to: every confirmed laptop too.
        """
        offices = self.offices()
        found = [
            text
            for peer in self.peers
            if peer.device in offices or (is_office and peer.confirmed and peer.revoked_after is None)
            for text in peer.recipients
        ]
        return tuple(dict.fromkeys(found))

    def laptops(self) -> tuple[Peer, ...]:
        """Return the devices that are trusted and no offices."""
        return tuple(peer for peer in self.peers if peer.confirmed and peer.revoked_after is None and not peer.office)

    def without_recipient(self) -> tuple[Peer, ...]:
        """Return the trusted laptops that nothing can be sealed to, because their key for it is not known."""
        return tuple(peer for peer in self.laptops() if not peer.recipients)

    def trusted(self, card: Card) -> Peer:
        """Return the peer of a card whose fingerprint a person has compared.

        Raises:
            SyncError: SYNC-025, the device is revoked, or is confirmed with another key.
        """
        known = self.get(card.device)
        if known is not None and known.revoked_after is not None:
            raise self._refusal(known, _("it was revoked"))
        if known is not None and known.confirmed and known.key != card.key:
            raise self._refusal(known, _("it is confirmed with another key"))
        return Peer(card.device, card.key, card.name, card.kind == "office", True, None, card.recipients)

    def revoked(self, device: str, after: int) -> Peer:
        """Return a peer as revoked.

        Args:
            device: Its id, its name, or the unique beginning of the id.
            after: Number of its last operation that is believed.

        Raises:
            SyncError: SYNC-026, no single such device is known.
        """
        return replace(self.find(device), revoked_after=after)

    def find(self, text: str) -> Peer:
        """Return the one peer with this id, name or beginning of the id.

        Raises:
            SyncError: SYNC-026, no single such device is known.
        """
        exact = [peer for peer in self.peers if text in {peer.device, peer.name}]
        found = exact or [peer for peer in self.peers if text and peer.device.startswith(text)]
        if len(found) != 1:
            raise SyncError(
                "SYNC-026",
                _("No device {device} is known here").format(device=text),
                hint=_("fieldkit key list shows the devices that are known."),
                where={"device": text},
            )
        return found[0]

    def learned(self, receipt: Receipt) -> list[Peer]:
        """Return the peers that a trusted office's receipt adds or changes: its list and its revocations."""
        changed = []
        for entry in receipt.devices:
            known = self.get(entry.device)
            peer = Peer(
                entry.device,
                entry.key,
                entry.name,
                known.office if known else False,
                True,
                entry.revoked_after,
                known.recipients if known else (),
            )
            if peer != known and not (known is not None and known.office):
                changed.append(peer)
        return changed

    def entries(self) -> tuple[DeviceEntry, ...]:
        """Return the list that an office puts into its receipts: confirmed and revoked devices."""
        return tuple(
            DeviceEntry(peer.device, peer.key, peer.name, peer.revoked_after)
            for peer in self.peers
            if peer.confirmed or peer.revoked_after is not None
        )

    def judge(self, bundle: Bundle, *, require: bool = False) -> Verdict:
        """Return how far a bundle is believed, and which of its operations may be imported.

        Args:
            bundle: A bundle whose signature, if there is one, is right.
            require: Hold back what no confirmed key signed.
        """
        known = self.get(bundle.manifest.device)
        trust = self._trust(bundle, known)
        if trust == "mismatch" or (trust in {"unsigned", "unconfirmed"} and require):
            return Verdict(trust, (), bundle.operations, _held_reason(trust, bundle), None)
        believed: list[Operation] = []
        held: list[Operation] = []
        for operation in bundle.operations:
            is_believed = self._believed(operation, revoked_signer=trust == "revoked")
            (believed if is_believed else held).append(operation)
        error = _held_reason("revoked", bundle) if held else None
        return Verdict(trust, tuple(believed), tuple(held), error, _learned(trust, bundle, known))

    def _trust(self, bundle: Bundle, known: Peer | None) -> Trust:
        if known is None:
            return "unsigned" if bundle.key is None else "unconfirmed"
        if known.revoked_after is not None:
            return "revoked" if bundle.key == known.key else "mismatch"
        if bundle.key is None:
            return "mismatch" if known.confirmed else "unsigned"
        if bundle.key != known.key:
            return "mismatch"
        return "confirmed" if known.confirmed else "unconfirmed"

    def _believed(self, operation: Operation, *, revoked_signer: bool) -> bool:
        writer = self.get(operation.device)
        if writer is not None and writer.revoked_after is not None:
            return operation.seq <= writer.revoked_after
        return not revoked_signer

    def _refusal(self, known: Peer, reason: str) -> SyncError:
        return SyncError(
            "SYNC-025",
            _("The key of {device} cannot be trusted: {reason}").format(
                device=known.name or known.device, reason=reason
            ),
            hint=_("A device that was set up again has a new id; a revoked one needs a new workspace."),
            where={"device": known.device},
        )


def _learned(trust: Trust, bundle: Bundle, known: Peer | None) -> Peer | None:
    """Return what a signed bundle tells of its device: that it is there, and whom to seal answers to."""
    recipient = (bundle.manifest.recipient,) if bundle.manifest.recipient else ()
    if known is None:
        new = trust == "unconfirmed" and bundle.key is not None
        return Peer(bundle.manifest.device, bundle.key or b"", recipients=recipient) if new else None
    if trust not in {"confirmed", "unconfirmed"} or known.office or not recipient or recipient == known.recipients:
        return None
    return replace(known, recipients=recipient)


def _held_reason(trust: Trust, bundle: Bundle) -> SyncError:
    device = bundle.manifest.device
    reasons = {
        "mismatch": ("SYNC-027", _("{device} is known here with another key, or always signed before")),
        "revoked": ("SYNC-017", _("{device} was revoked; what it wrote since its last receipt is held back")),
        "unsigned": ("SYNC-016", _("The bundle of {device} is not signed")),
        "unconfirmed": ("SYNC-016", _("The key of {device} has not been confirmed by a person")),
    }
    code, message = reasons[trust]
    return SyncError(
        code,
        message.format(device=device),
        hint=_(
            "Nothing is lost: it waits in quarantine. Compare the eight digits with the sender, then trust the key."
        ),
        where={"device": device},
    )
