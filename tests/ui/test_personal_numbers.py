"""A number that looks like a person's asks before it is saved, whatever its kind."""

from __future__ import annotations

import pytest

from fieldkit.errors import FieldkitError, VisitError
from fieldkit.screens import anywhere


class _AskedError(Exception):
    """The screen asked."""


class _Screen:
    def ask(self, *_args: object, **_options: object) -> None:
        raise _AskedError


@pytest.mark.parametrize("code", ["PRIV-001", "PRIV-002", "PRIV-003"])
def test_each_kind_of_number_asks(code: str) -> None:
    """Mobile and identity numbers lead to the same question."""

    def save(confirmed: bool) -> None:
        assert not confirmed
        raise VisitError(code, "looks personal")

    with pytest.raises(_AskedError):
        anywhere.save_text(_Screen(), save, lambda: None)  # type: ignore[arg-type]  # only asks


def test_other_errors_pass() -> None:
    """Another refusal is not taken for that question."""

    def save(_confirmed: bool) -> None:
        raise VisitError("VISIT-030", "no statement")

    with pytest.raises(FieldkitError) as caught:
        anywhere.save_text(_Screen(), save, lambda: None)  # type: ignore[arg-type]  # only asks
    assert caught.value.code == "VISIT-030"
