"""What a form asks of the device: time, chance, identity. The engine itself has none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from msgspec import Struct, field

__all__ = ["FormEnvironment"]


class FormEnvironment(Struct, frozen=True):
    """Sources of everything that a form cannot compute.

    Attributes:
        clock: Returns the moment, aware of its zone.
        timezone: Zone in which dates and times are read and written.
        random: Returns a number from 0 to below 1.
        uuid: Returns a new UUID without prefix.
        properties: What ``jr:preload="property"`` gives, such as ``deviceid`` and ``username``.
        last_saved: Submission that ``jr://instance/last-saved`` gives, or an empty string.
    """

    clock: Callable[[], datetime]
    timezone: tzinfo
    random: Callable[[], float]
    uuid: Callable[[], str]
    properties: Mapping[str, str] = field(default_factory=dict)
    last_saved: str = ""
