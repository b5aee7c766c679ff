"""First contact: the digits of a card are compared on two screens before it is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.i18n import _
from fieldkit.widgets.lines import clean
from fieldkit.widgets.overlays import Choice

if TYPE_CHECKING:
    from fieldkit.screens.base import FieldScreen
    from fieldkit.services.introductions import CardView

__all__ = ["ask_to_compare"]


def ask_to_compare(screen: FieldScreen, card: CardView) -> None:
    """Ask whether the digits of a card are the same on the other screen, and trust it then.

    Args:
        screen: Where to ask.
        card: What was read.
    """
    if card.known == "same":
        screen.say(_("{name} is trusted already, with these digits.").format(name=clean(card.name)), "good")
        return

    def answer(choice: Choice) -> None:
        if choice.value:
            screen.shell.services.introductions.trust(card)
            screen.shell.services.sync.release()
            screen.load()
            screen.say(_("{name} is trusted from now on.").format(name=clean(card.name)), "good")

    kind = _("office") if card.office else _("device")
    intro = [
        _("{kind} {name}, {device}").format(kind=kind, name=clean(card.name) or "-", device=card.device),
        _("Does the other screen show these digits?  {digits}").format(digits=card.fingerprint),
    ]
    if card.known == "changed":
        intro.append(_("It is known here with OTHER digits: take care."))
    choices = [
        Choice(_("not compared yet: trust nothing"), False),
        Choice(_("they are the same: trust it"), True),
    ]
    screen.ask(_("First contact"), choices, answer, *intro)
