"""Arguments: global options anywhere, options and values in any order, values that look like options."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from fieldkit.cli.commands import build
from fieldkit.cli.parser import arrange
from fieldkit.errors import UsageError


def parsed(*words: str) -> argparse.Namespace:
    """Return what the parser makes of a command line."""
    parser = build()
    return parser.parse_args(arrange(parser, words))


@pytest.mark.parametrize(
    "words",
    [
        ("--home", "H", "--json", "visit", "show", "V1"),
        ("visit", "--json", "show", "--home", "H", "V1"),
        ("visit", "show", "V1", "--json", "--home=H"),
        ("--home=H", "visit", "show", "--json", "V1"),
    ],
)
def test_global_options_stand_anywhere(words: tuple[str, ...]) -> None:
    """Before, between and after the words of the command."""
    arguments = parsed(*words)
    assert (arguments.home, arguments.json, arguments.visit) == ("H", True, "V1")


@pytest.mark.parametrize(
    "words",
    [
        ("visit", "answer", "V1", "/a", "-5", "/b", "", "--reason", "late"),
        ("visit", "answer", "--reason", "late", "V1", "/a", "-5", "/b", ""),
        ("visit", "answer", "V1", "--reason=late", "/a", "-5", "--json", "/b", ""),
    ],
)
def test_values_stay_values_wherever_options_stand(words: tuple[str, ...]) -> None:
    """A negative number and an empty text are answers."""
    arguments = parsed(*words)
    assert (arguments.visit, arguments.answers, arguments.reason) == ("V1", ["/a", "-5", "/b", ""], "late")


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (("--set", "a=1", "b=2"), ["a=1", "b=2"]),
        (("--set", "a=1", "--set", "b=2"), ["a=1", "b=2"]),
        (("--set", "reason=two words"), ["reason=two words"]),
    ],
)
def test_fields_of_a_move_in_one_or_several_options(words: tuple[str, ...], fields: list[str]) -> None:
    """Before and after the event."""
    for line in (("visit", "move", "V1", "ready", *words), ("visit", "move", *words, "V1", "ready")):
        arguments = parsed(*line)
        assert (arguments.visit, arguments.event, arguments.fields) == ("V1", "ready", fields)


def test_the_roles_of_a_new_actor_are_not_the_role_that_acts() -> None:
    """``actor add`` uses the word for itself."""
    arguments = parsed("--role", "team_lead", "actor", "add", "A02", "--role", "inspector,reviewer")
    assert (arguments.role, arguments.roles) == ("team_lead", ["inspector,reviewer"])


@pytest.mark.parametrize(
    "words",
    [
        ("visit",),
        ("visit", "show"),
        ("visit", "show", "V1", "V2"),
        ("nothing",),
        ("note", "add"),
        ("visit", "show", "--bogus", "V1"),
    ],
)
def test_wrong_arguments_are_refused_with_a_code(words: tuple[Any, ...]) -> None:
    """No word of the library leaves the process."""
    with pytest.raises(UsageError) as caught:
        parsed(*words)
    assert caught.value.code == "CLI-001"
    assert caught.value.exit_code == 2
