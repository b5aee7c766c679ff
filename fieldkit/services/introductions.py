"""First contact: a card is read and shown with its digits, and trusted only after people have compared them."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.services.keyring import KeyRing
from fieldkit.sync.card import parse_card

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters

__all__ = ["CardView", "Introductions", "SealTest"]

_CARD_LIMIT = 1 << 16


class CardView(Struct, frozen=True):
    """A card that was read and is not trusted yet."""

    text: str
    device: str
    name: str
    office: bool
    fingerprint: str
    """Eight digits; the other side reads them from its own screen."""
    known: str
    """``new``, ``same`` or ``changed``: against what is trusted here."""


class SealTest(Struct, frozen=True):
    """What a test of sealing found."""

    recipients: int
    """How many keys something small was sealed to."""
    opened: bool
    """True where this workspace holds a key and opened it again."""
    hidden: bool
    """True where it could not be read without a key."""

    def as_json(self) -> dict[str, Any]:
        """Return the test as the command line prints it."""
        return {"recipients": self.recipients, "opened": self.opened, "hidden": self.hidden}


class Introductions:
    """Reads cards, trusts them, and tests what is sealed to them."""

    def __init__(self, keys: KeyRing, adapters: Adapters) -> None:
        self._keys = keys
        self._adapters = adapters

    def read(self, source: str) -> CardView:
        """Return the card of a pasted text or of a file; nothing is trusted by that.

        Raises:
            SyncError: SYNC-001 the file cannot be read, SYNC-024 it is no card, SYNC-041 its text is damaged.
        """
        text = source.strip().strip("'\"")
        if not text.upper().startswith("FIELDKIT-"):
            text = _read(Path(text).expanduser())
        card = parse_card("".join(text.strip().splitlines()))
        known = self._keys.trust().get(card.device)
        same = known is not None and known.fingerprint == card.fingerprint
        return CardView(
            text=card.text,
            device=card.device,
            name=card.name,
            office=card.kind == "office",
            fingerprint=card.fingerprint,
            known="new" if known is None or not known.confirmed else "same" if same else "changed",
        )

    def trust(self, view: CardView) -> dict[str, Any]:
        """Trust a card whose digits a person has compared.

        Raises:
            SyncError: SYNC-025 it was revoked or is confirmed with another key, SYNC-022 or SYNC-023 its key cannot
                be sealed to.
        """
        return self._keys.confirm(parse_card(view.text))

    def test_sealing(self) -> SealTest:
        """Seal something small as an export would, and try to open it here.

        An office opens it with its own key. A laptop must not be able to: only the office can, and its first
        receipt is the proof.

        Raises:
            SyncError: SYNC-023 what was sealed could not be opened, SYNC-028 there is nobody to seal to.
        """
        identities = self._keys.identities() if self._keys.is_office else []
        own = self._keys.card().recipients if identities else ()
        recipients = tuple(dict.fromkeys((*own, *self._keys.trust().recipients())))
        if not recipients:
            raise SyncError(
                "SYNC-028",
                _("There is no key to seal to yet"),
                hint=_("Take the office's card first: fieldkit key trust FILE."),
            )
        crypto = self._adapters.crypto()
        sample = secrets.token_bytes(48)
        sealed = crypto.sealer(recipients)(sample)
        opened = bool(identities) and crypto.unsealer(identities)(sealed) == sample
        if identities and not opened:
            raise SyncError(
                "SYNC-023",
                _("A test with the new key failed: what was sealed could not be opened"),
                hint=_("Do not use this key. Make another one, and report the fault."),
            )
        return SealTest(len(recipients), opened, sample not in sealed)


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_CARD_LIMIT)
    except (OSError, UnicodeDecodeError) as error:
        raise SyncError(
            "SYNC-001",
            _("{file} cannot be read").format(file=path),
            hint=_("Paste the card's text, or give the file that fieldkit key show --card wrote."),
            where={"file": str(path)},
        ) from error
