"""Keys: the own fingerprint and card, first contact with an office or a device, the list, revocation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fieldkit.errors import FieldkitError
from fieldkit.i18n import _, told
from fieldkit.screens.first_contact import ask_to_compare
from fieldkit.screens.listing import ListScreen
from fieldkit.widgets.frame import Hint, hints_of
from fieldkit.widgets.lines import Line, clean, cut, fit, line, wrap
from fieldkit.widgets.overlays import Choice, Prompt

if TYPE_CHECKING:
    from fieldkit.services.introductions import SealTest

__all__ = ["KeysScreen"]


class KeysScreen(ListScreen):
    """Own keys above, those that are known below."""

    NAME = "keys"
    USES = ("add", "view", "moves", "copy", "why")

    def __init__(self) -> None:
        super().__init__()
        self.own: dict[str, Any] = {}
        self.peers: Sequence[dict[str, Any]] = ()

    def load(self) -> None:
        """Fetch the own keys and the list; the device's key is made when it is first looked at."""
        self.own = self.shell.services.keys.show()
        self.peers = self.shell.services.keys.list()

    def heading(self) -> tuple[str, str]:
        """Return whose keys."""
        return f"{_('Keys')} | {self.shell.who()}", ""

    def above(self, size: int) -> Sequence[Line]:
        """Return the own keys."""
        if not self.own:
            return ()
        kind = _("office") if self.own["office"] else _("device")
        text = f"{kind} {clean(self.own['name'])}  {self.own['device']}"
        rows = [
            line((" " + _("THIS WORKSPACE"), "head")),
            line(" ", cut(text, size - 2)),
            line(" ", _("fingerprint"), "  ", (self.own["fingerprint"], "label")),
            (),
            line((" " + _("KNOWN HERE"), "head")),
        ]
        if not self.peers:
            words = _("Nobody yet: a takes the office's card. Until then bundles are not encrypted.")
            rows.append(line((" " + cut(words, size - 2), "dim")))
        return rows

    def texts(self, _size: int) -> Sequence[tuple[str, str]]:
        """Return a row for each office and device."""
        rows = []
        for peer in self.peers:
            kind = _("office") if peer["office"] else _("device")
            state, style = (
                (_("revoked"), "bad")
                if peer["revoked"]
                else (_("confirmed"), "good")
                if peer["confirmed"]
                else (_("NOT confirmed"), "warn")
            )
            rows.append((f"{peer['fingerprint']}  {fit(kind, 8)} {fit(clean(peer['name']) or '-', 14)} {state}", style))
        return rows

    def below(self, size: int) -> Sequence[Line]:
        """Return what the digits are for."""
        words = _("Eight digits say who it is: compare them face to face or by telephone before you trust.")
        return [line((" " + part, "dim")) for part in wrap(words, size - 2)]

    def hints(self) -> list[Hint]:
        """Return the keys."""
        fkeys = self.shell.fkeys
        out = [Hint("a", _("take a card"), "add"), Hint("v", _("own card as QR"), "view")]
        return [*out, Hint("m", _("test, revoke"), "moves"), *hints_of(["copy", "actions", "help"], fkeys=fkeys)]

    def help_text(self) -> str:
        """Say what keys are for."""
        return _(
            "a takes a card, pasted or as a file, shows its eight digits and asks whether they are the same on the "
            "other screen; nothing is trusted before that.\nv shows the own card as a code. m tests sealing, "
            "revokes a device, and makes this workspace an office."
        )

    # -- first contact

    def do_add(self) -> None:
        """Ask for a card, and compare its digits."""

        def keep(text: str) -> str | None:
            try:
                card = self.shell.services.introductions.read(text)
            except FieldkitError as error:
                return told(error)
            ask_to_compare(self, card)
            return None

        intro = _("The text of the card's QR code, or the path of its file.")
        self.show_overlay(Prompt(_("Card of an office or a device"), keep, intro=(intro,)))

    def do_view(self) -> None:
        """Show the own card as one still code."""
        kind = _("card of an office") if self.own["office"] else _("card of a device")
        title = _("{kind} {name}, fingerprint {digits}").format(
            kind=kind, name=clean(self.own["name"]), digits=self.own["fingerprint"]
        )
        self.shell.go("qr", text=self.own["card"], title=title)

    def do_copy(self) -> None:
        """Copy the text of the own card."""
        self.copy(self.own["card"])

    # -- further steps

    def do_moves(self) -> None:
        """Offer to test sealing, to revoke, to become an office."""
        self.ask(_("Keys"), [Choice(_("leave it"), None), *self.own_actions()], _chosen)

    def own_actions(self) -> list[Choice]:
        """Return what a person may do with keys."""
        peer = self.peers[self.at] if self.peers else None
        can = peer is not None and not peer["revoked"]
        off = _("it is revoked") if peer else _("nobody is known here")
        name = clean(peer["name"]) or peer["device"] if peer else ""
        return [
            Choice(_("test that what is sealed can be opened"), self._test),
            Choice(_("revoke {name}").format(name=name), self._ask_revoke, can, off),
            Choice(
                _("make this workspace an office"), self._ask_office, not self.own.get("office"), _("it is an office")
            ),
        ]

    def _test(self) -> None:
        test: SealTest = self.shell.services.introductions.test_sealing()
        text = (
            _("Sealed and opened again with the own key.")
            if test.opened
            else _("Sealed for {count} keys. It cannot be opened here: only the office can.").format(
                count=test.recipients
            )
        )
        self.say(text, "good")

    def _ask_revoke(self) -> None:
        peer = self.peers[self.at]

        def answer(choice: Choice) -> None:
            if choice.value:
                self.shell.services.keys.revoke(peer["device"])
                self.load()
                self.say(_("Revoked: what it wrote until now stays, what comes later is held back."), "good")

        text = _("What {name} wrote until now stays; later bundles of it are held in quarantine.")
        choices = [Choice(_("leave it"), False), Choice(_("revoke it"), True)]
        self.ask(_("Revoke"), choices, answer, text.format(name=clean(peer["name"]) or peer["device"]))

    def _ask_office(self) -> None:
        def answer(choice: Choice) -> None:
            if choice.value:
                self.shell.services.keys.make(office=True)
                self.load()
                self._test()

        choices = [Choice(_("leave it"), False), Choice(_("make it an office"), True)]
        text = _("An office gets a key that opens what laptops seal, and signs receipts. This stays so.")
        self.ask(_("Office"), choices, answer, text)

    def do_why(self) -> None:
        """Say why the digits are compared."""
        self.say(
            _("A card may have been exchanged on its way; the digits on both screens show that it was not."), "dim"
        )


def _chosen(choice: Choice) -> None:
    if callable(choice.value):
        choice.value()
