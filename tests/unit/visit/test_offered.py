"""Choices of long lists in the view: made one by one, the same as those of short lists."""

from __future__ import annotations

from fieldkit.forms import Form
from fieldkit.visit.offered import OfferedChoices, offered_choices
from fieldkit.visit.shown import shown_text
from fieldkit.visit.view import ChoiceView, ItemKind, LongChoices
from tests.unit.forms.builder import live, xform


def form_with(count: int) -> Form:
    lines = ["name,label"] + [f"n{number},Label {number}" for number in range(count - 1)] + ["na,"]
    body = (
        "<select1 ref='/data/pick'><itemset nodeset=\"instance('x')/root/item\">"
        "<value ref='name'/><label ref='label'/></itemset></select1>"
    )
    source = xform("<pick/>", "", body, more="<instance id='x' src='jr://file-csv/l.csv'/>")
    return live(source, media={"l.csv": "\n".join(lines).encode()})


def test_a_long_list_is_a_sequence_of_the_same_choices() -> None:
    form = form_with(500)
    node = form.node("/data/pick")
    form.answer(node, "n321")
    choices = offered_choices(node, ItemKind.SELECT_ONE)
    assert isinstance(choices, LongChoices)
    assert choices.chosen_place() == 321
    assert choices[321] == ChoiceView("n321", "Label 321", 322, selected=True)
    assert choices[-1] == ChoiceView("na", "na", 500, is_na=True)
    assert [choice.number for choice in choices[10:13]] == [11, 12, 13]
    assert list(choices) == [choices[place] for place in range(500)]
    assert list(choices.names())[-2:] == [("Label 498", "n498"), ("na", "na")]


def test_a_short_list_is_a_tuple() -> None:
    node = form_with(20).node("/data/pick")
    choices = offered_choices(node, ItemKind.SELECT_ONE)
    assert choices == tuple(OfferedChoices(node, ItemKind.SELECT_ONE))


def test_a_value_is_shown_by_its_label() -> None:
    node = form_with(500).node("/data/pick")
    assert shown_text(node, "n7") == "Label 7"
    assert shown_text(node, "na") == "na"
    assert shown_text(node, "gone") == "gone"
