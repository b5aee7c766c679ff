"""Every error code is listed with what it means and what to do, once."""

from __future__ import annotations

from tests import errorcodes


def test_every_code_is_listed_once() -> None:
    """The document names exactly the codes that the source raises."""
    listed = errorcodes.listed()
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == set(errorcodes.used())
