"""The clock and the chance of a real run, and of one that can be repeated."""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta

from fieldkit.model.ids import RECORD_BYTES, ROW_BYTES, record_uuid, row_id

__all__ = ["FixedClock", "RandomIds", "SeededIds", "SystemClock"]


class SystemClock:
    """The clock of the computer in its time zone."""

    def now(self) -> datetime:
        """Return the present moment with its offset."""
        return datetime.now().astimezone()

    def ms(self) -> int:
        """Return the present moment as milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)


class FixedClock:
    """A clock that stands, and moves only when it is told to."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the moment it stands at."""
        return self._moment

    def ms(self) -> int:
        """Return that moment as milliseconds since 1970."""
        return int(self._moment.timestamp() * 1000)

    def set(self, moment: datetime) -> None:
        """Stand at another moment."""
        self._moment = moment

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._moment += timedelta(seconds=seconds)


class RandomIds:
    """Ids from the chance of the operating system."""

    def record(self) -> str:
        """Return the id of a new record."""
        return record_uuid(secrets.token_bytes(RECORD_BYTES))

    def row(self) -> str:
        """Return the id of a row."""
        return row_id(secrets.token_bytes(ROW_BYTES))

    def seed(self) -> int:
        """Return a seed for the random functions of forms."""
        return secrets.randbits(48)


class SeededIds:
    """The same ids for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def record(self) -> str:
        """Return the id of a new record."""
        return record_uuid(self._chance.randbytes(RECORD_BYTES))

    def row(self) -> str:
        """Return the id of a row."""
        return row_id(self._chance.randbytes(ROW_BYTES))

    def seed(self) -> int:
        """Return a seed for the random functions of forms."""
        return self._chance.getrandbits(48)
