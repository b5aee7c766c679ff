"""The search for crashes finds one where there is one, and gives the bytes that bring it back."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import fuzz


@given(st.integers(0, 1000))
def _fails_on_odd(number: int) -> None:
    if number % 2:
        raise ZeroDivisionError(number)


def test_a_failure_is_found_and_comes_back(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Some of them are shown, then the target is left."""
    monkeypatch.setitem(fuzz.TARGETS, "odd", _fails_on_odd)
    failures = fuzz._look("odd", 20, Random(1))
    assert failures >= 1
    name, data = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("odd ")).split()
    monkeypatch.setattr("sys.argv", ["fuzz", "--again", name, data])
    with pytest.raises(ZeroDivisionError):
        fuzz.main()
