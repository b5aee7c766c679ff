"""Keys of this workspace, and who is trusted: devices sign, offices acknowledge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.services.desk import Desk
from fieldkit.sync.card import Card, parse_card
from fieldkit.sync.trust import Peer, TrustList

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters
    from fieldkit.sync.manifest import Signer

__all__ = ["KeyRing"]

_CARD_LIMIT = 1 << 16


class KeyRing:
    """The signing key and the sealing key of this device, and the list of peers."""

    def __init__(self, desk: Desk, adapters: Adapters) -> None:
        self._desk = desk
        self._crypto = adapters.crypto
        self._own = desk.shelf("keys", "name")
        self._peers = desk.shelf("trust", "device")
        self._proven = desk.shelf("proven", "recipient")

    # -- own keys --------------------------------------------------------------------------------

    @property
    def is_office(self) -> bool:
        """Tell whether this workspace is an office: only an office issues receipts."""
        return bool((self._own.get("own") or {}).get("office"))

    @property
    def are_made(self) -> bool:
        """Tell whether the own keys are there, whole."""
        own = self._own.get("own") or {}
        return bool(own.get("signing") and own.get("identity") and own.get("recipient"))

    def signer(self) -> Signer:
        """Return the key that signs for this device; made when it is first needed."""
        own = self._own_keys()
        signer: Signer = self._crypto().SigningKey.from_text(own["signing"])
        return signer

    def make(self, *, office: bool) -> dict[str, Any]:
        """Make the keys of this workspace; those that are here stay.

        Raises:
            SyncError: SYNC-023, what is sealed to this workspace could not be opened by it: it becomes no office.
        """
        own = self._own_keys()
        if office and not own.get("office"):
            self._crypto().prove(str(own["identity"]))
            self._own.put("own", {**own, "office": True})
        return self.show()

    def _own_keys(self) -> dict[str, Any]:
        """Return the own keys; what is missing of them is made."""
        own = self._own.get("own")
        return own if own is not None and self.are_made else self._make(before=own)

    def _make(self, *, before: dict[str, Any] | None) -> dict[str, Any]:
        crypto = self._crypto()
        own: dict[str, Any] = dict(before or {"signing": crypto.SigningKey.new().to_text()})
        own.update(device=self._desk.store.device, office=bool(own.get("office")))
        own["identity"], own["recipient"] = crypto.new_identity()
        self._own.put("own", own)
        return own

    def identities(self) -> list[str]:
        """Return the secret keys that open what is sealed to this workspace."""
        own = self._own.get("own") or {}
        return [str(own["identity"])] if own.get("identity") else []

    @property
    def recipient(self) -> str:
        """Return the key that answers to this workspace are sealed to."""
        return str(self._own_keys()["recipient"])

    def recipients(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return whom an export is sealed to, and what is to be said about it.

        A laptop seals to its offices. An office seals to every laptop that it trusts, to other offices and to itself;
        where it does not know the sealing key of a trusted laptop, the export stays readable and says so, because
        that laptop could not open it.
        """
        trust, is_office = self.trust(), self.is_office
        found = trust.recipients(is_office=is_office)
        without = trust.without_recipient() if is_office else ()
        if without:
            names = _(", ").join(peer.name or peer.device for peer in without)
            return (), (
                _("The bundles are not encrypted: the sealing key of {names} is not known yet").format(names=names),
            )
        if not found:
            return (), (_("The bundles are not encrypted: no recipient was given"),)
        return (*found, self.recipient) if is_office else found, ()

    def prove(self, recipients: Sequence[str]) -> None:
        """Test each key that nothing was sealed to before; what was tested is remembered.

        Raises:
            SyncError: SYNC-022 it is no key to seal to, SYNC-023 what was sealed with it could not be opened.
        """
        known = self._proven.items() if recipients else {}
        for recipient in dict.fromkeys(text.strip().lower() for text in recipients):
            if recipient not in known:
                self._crypto().prove_recipient(recipient)
                self._proven.put(recipient, {"at": self._desk.now_text()})

    def card(self) -> Card:
        """Return the card that others compare before they trust this workspace."""
        signer = self.signer()
        own = self._own.get("own") or {}
        return Card(
            "office" if own.get("office") else "device",
            self._desk.store.device,
            signer.public,
            self._desk.device_name,
            (str(own["recipient"]),) if own.get("recipient") else (),
        )

    def show(self) -> dict[str, Any]:
        """Return the public side of the own keys as the command line prints it."""
        card = self.card()
        return {
            "id": card.device,
            "kind": card.kind,
            "device": card.device,
            "name": card.name,
            "office": card.kind == "office",
            "fingerprint": card.fingerprint,
            "recipients": list(card.recipients),
            "card": card.text,
        }

    # -- others ----------------------------------------------------------------------------------

    def trust(self) -> TrustList:
        """Return who is known here."""
        return TrustList.from_rows(self._peers.items().values())

    def accept(self, path: Path) -> dict[str, Any]:
        """Trust the card of a file whose fingerprint a person has compared.

        Raises:
            SyncError: SYNC-001 it cannot be read, SYNC-024 it is no card, SYNC-025 it was revoked, SYNC-022 or
                SYNC-023 its key cannot be sealed to.
        """
        try:
            text = _card_text(path)
        except (OSError, UnicodeDecodeError) as error:
            raise SyncError(
                "SYNC-001",
                _("{file} cannot be read").format(file=path),
                hint=_("Give the file that fieldkit key show --card wrote."),
                where={"file": str(path)},
            ) from error
        card = parse_card(text)
        return self.confirm(card)

    def confirm(self, card: Card) -> dict[str, Any]:
        """Trust a card whose fingerprint a person has compared, once its keys were tested.

        Raises:
            SyncError: SYNC-025 it was revoked, SYNC-022 or SYNC-023 its key cannot be sealed to.
        """
        peer = self.trust().trusted(card)
        self.prove(card.recipients)
        self.save(peer)
        return {**peer_json(peer), "fingerprint": card.fingerprint}

    def revoke(self, device: str) -> dict[str, Any]:
        """Believe a device no more; what it wrote until now stays.

        Raises:
            SyncError: SYNC-026, no single such device is known.
        """
        known = self.trust()
        found = known.find(device)
        peer = known.revoked(found.device, self._desk.store.vector().get(found.device, 0))
        self.save(peer)
        return peer_json(peer)

    def save(self, peer: Peer) -> None:
        """Keep a peer."""
        self._peers.put(peer.device, peer.to_json())

    def list(self) -> tuple[dict[str, Any], ...]:
        """Return all peers as the command line prints them."""
        return tuple(peer_json(peer) for peer in self.trust().peers)


def _card_text(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise OSError(str(path))
    with path.open(encoding="utf-8") as file:
        return file.read(_CARD_LIMIT)


def peer_json(peer: Peer) -> dict[str, Any]:
    """Return a peer as the command line prints it."""
    return {
        "id": peer.device,
        "kind": "office" if peer.office else "device",
        "device": peer.device,
        "name": peer.name,
        "office": peer.office,
        "fingerprint": peer.fingerprint,
        "confirmed": peer.confirmed,
        "revoked": peer.revoked_after is not None,
    }
