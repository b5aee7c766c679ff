"""Interface texts in Chinese and English by gettext; English is the language of the message ids."""

from __future__ import annotations

import gettext
import locale
import os
from pathlib import Path

from fieldkit.errors import FieldkitError

__all__ = [
    "LANGUAGES",
    "N_",
    "_",
    "in_language",
    "labelled",
    "language",
    "locale_language",
    "ngettext",
    "pick",
    "sentences",
    "set_language",
    "told",
]

LANGUAGES = ("zh_CN", "en")
"""Languages of the interface, the first one is the default."""

_ENDS = (".", "!", "?", ":", "\u3002", "\uff01", "\uff1f", "\uff1a")
_LOCALE = Path(__file__).parent / "locale"
_state: dict[str, gettext.NullTranslations | str] = {"language": "en", "catalogue": gettext.NullTranslations()}


def set_language(code: str) -> str:
    """Switch the interface to ``zh_CN`` or ``en`` (anything that begins with ``zh`` is Chinese).

    Returns:
        The language now in use.
    """
    chosen = "zh_CN" if code.lower().startswith("zh") else "en"
    _state["language"] = chosen
    _state["catalogue"] = (
        gettext.NullTranslations()
        if chosen == "en"
        else gettext.translation("fieldkit", _LOCALE, [chosen], fallback=True)
    )
    return chosen


def language() -> str:
    """Return the language of the interface, ``zh_CN`` or ``en``."""
    return str(_state["language"])


def _catalogue() -> gettext.NullTranslations:
    catalogue = _state["catalogue"]
    assert isinstance(catalogue, gettext.NullTranslations)
    return catalogue


def _(message: str) -> str:
    """Return the interface text of an English message id."""
    return _catalogue().gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the interface text for a count of things."""
    return _catalogue().ngettext(singular, plural, count)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a text for translation that is translated where it is shown."""
    return message


def pick(zh: str, en: str) -> str:
    """Return the one of two texts of the data that suits the language, the other one where it is empty."""
    first, second = (zh, en) if language() == "zh_CN" else (en, zh)
    return first or second


def sentences(*texts: str) -> str:
    """Return texts as the sentences of one line, each closed as the language closes sentences; empty ones are left out.

    Args:
        texts: A message and its hint, say; the last one keeps the end that it has.
    """
    found = [text.strip() for text in texts if text.strip()]
    stop, between = ("\u3002", "") if language() == "zh_CN" else (".", " ")
    closed = [text if text.endswith(_ENDS) else text + stop for text in found[:-1]]
    return between.join(closed + found[-1:])


def labelled(label: str, text: str) -> str:
    """Return a text behind its label, with the colon of the language."""
    return _("{label}: {text}").format(label=label, text=text)


def told(error: FieldkitError) -> str:
    """Return an error as one line: what happened, the next step, the code."""
    return f"{sentences(error.message, error.hint)} [{error.code}]"


def locale_language() -> str:
    """Return the language of the system, ``zh_CN`` or ``en``."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh_CN" if value.lower().startswith("zh") else "en"
    name = locale.getlocale()[0] or ""  # Windows says it here and not in the environment
    return "zh_CN" if name.lower().startswith(("zh", "chinese")) else "en"


def in_language(text: str) -> str:
    """Return the half of a title written as ``Chinese / English`` that suits the interface; others as they are."""
    zh, slash, en = text.partition(" / ")
    both = slash and not zh.isascii() and en.isascii()
    return pick(zh, en) if both else text
