"""Paths, predicates, comparisons and arithmetic."""

from __future__ import annotations

import math

import pytest

from fieldkit.errors import FormError
from fieldkit.forms.tree import Node
from fieldkit.forms.xpath import CORE, Context, compile_expression
from tests.unit.xpath.world import NAMESPACES, World, context, evaluate, number, text, tree, truth

FORM = """<data xmlns:x="urn:x" id="f"><a>1</a><b>2</b><g k="v"><a>3</a><c/></g>
<rep><n>10</n><s>one</s></rep><rep><n>20</n><s>two</s></rep><rep><n>30</n><s>two</s></rep>
<x:y z="1" x:z="2">e</x:y></data>"""


def found(source: str, xml: str = FORM, path: str = "") -> list[str]:
    nodes = evaluate(source, xml, path)
    assert not isinstance(nodes, str | float | int)
    return [node.string_value() for node in nodes]


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("/data/a", ["1"]),
        ("//a", ["1", "3"]),
        ("/data/rep[2]/n", ["20"]),
        ("/data/rep/n[1]", ["10", "20", "30"]),
        ("(/data/rep/n)[1]", ["10"]),
        ("//n[1]", ["10", "20", "30"]),
        ("/data/rep[last()]/n", ["30"]),
        ("/data/rep[position() < 3]/n", ["10", "20"]),
        ("/data/rep[s = 'two'][2]/n", ["30"]),
        ("/data/rep[n > 10 and s = 'two'][1]/n", ["20"]),
        ("/data/rep[not(n = 20)]/s", ["one", "two"]),
        ("/data/rep[1.5]/n", []),
        ("/data/rep[0]/n", []),
        ("/data/rep['']/n", []),
        ("/data/rep['x'][1]/n", ["10"]),
        ("//rep/n | //a", ["1", "3", "10", "20", "30"]),
        ("//a | //a", ["1", "3"]),
        ("/data/g/@k", ["v"]),
        ("//@*", ["f", "v", "1", "2"]),
        ("//@z", ["1"]),
        ("//@x:z", ["2"]),
        ("//x:y", ["e"]),
        ("//x:*", ["e"]),
        ("//y", []),
        ("/data/g/c/ancestor::*/@*", ["f", "v"]),
        ("//rep[3]/preceding-sibling::rep[1]/n", ["20"]),
        ("//rep[1]/following-sibling::rep[1]/n", ["20"]),
        ("//n[. = 20]/following::n", ["30"]),
        ("//n[. = 20]/preceding::n", ["10"]),
        ("//s/parent::rep/n", ["10", "20", "30"]),
        ("//rep/../a", ["1"]),
        ("/data/rep/self::rep/n", ["10", "20", "30"]),
        ("/data/nothing/at/all", []),
    ],
)
def test_paths_find_nodes_in_document_order(source: str, values: list[str]) -> None:
    assert found(source) == values


def test_relative_paths_start_at_the_context_node() -> None:
    assert found("../n", path="/data/rep[2]/s") == ["20"]
    assert found("../../a", path="/data/rep[2]/s") == ["1"]
    assert found(".", path="/data/b") == ["2"]
    assert found("./../b", path="/data/a") == ["2"]
    assert found("../../../..", path="/data/a") == []


def test_current_is_the_node_of_the_whole_expression() -> None:
    assert found("/data/rep[n = current()/../n]/s", path="/data/rep[2]/s") == ["two"]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 = 1", True),
        ("'a' = 'a'", True),
        ("1 = '1.0'", True),
        ("'1' = '1.0'", False),
        ("//a = 3", True),
        ("//a != 3", True),
        ("//a = //b", False),
        ("//n = //a", False),
        ("//n > 25", True),
        ("25 > //n", True),
        ("//n < 10", False),
        ("/data/none = ''", False),
        ("/data/none != ''", False),
        ("/data/g/c = ''", True),
        ("/data/none = false()", True),
        ("//a = true()", True),
        ("'' = false()", True),
        ("'x' = true()", True),
        ("'x' < 1", False),
        ("'x' != 1", True),
        ("not('x' = 1)", True),
        ("1 < 2 and 2 < 3 or 0", True),
        ("3 > 2 > 1", False),
        ("'2024-02-29' < '2024-03-01'", True),
        ("'2024-03-01' = '2024-03-01T00:00:00.000-07:00'", False),
        ("date('2024-03-01') = '2024-03-01T00:00:00.000-07:00'", True),
        ("date('2024-03-01') = '2024-03-01T00:00:00.000Z'", False),
    ],
)
def test_comparisons(source: str, value: bool) -> None:
    assert truth(source, FORM) is value


def test_the_core_library_compares_dates_as_texts() -> None:
    assert evaluate("'2024-02-29' < '2024-03-01'", library=CORE) is False


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3 - 4 div 2", 5),
        ("7 mod 3", 1),
        ("-7 mod 3", -1),
        ("7 mod -3", 1),
        ("1.5 mod 0.5", 0),
        ("5 mod (1 div 0)", 5),
        ("1 div 0", math.inf),
        ("-1 div 0", -math.inf),
        ("1 div -0", -math.inf),
        ("--2", 2),
        ("10 - 2 - 3", 5),
        ("100 div 10 div 2", 5),
        ("//a + //b", 3),
        ("true() + true()", 2),
        ("sum(//n) div count(//n)", 20),
    ],
)
def test_arithmetic(source: str, value: float) -> None:
    assert number(source, FORM) == value


@pytest.mark.parametrize("source", ["0 div 0", "'x' + 1", "1 mod 0", "/data/none + 1", "-'x'", "(1 div 0) mod 2"])
def test_what_is_no_number(source: str) -> None:
    assert math.isnan(number(source, FORM))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 div 3", "0.3333333333333333"),
        ("1000000 * 1000000 * 1000000 * 1000000", "1000000000000000000000000"),
        ("1 div 10000000", "0.0000001"),
        ("-0", "0"),
        ("0 div 0", "NaN"),
        ("1 div 0", "Infinity"),
        ("2.50", "2.5"),
        ("true()", "true"),
        ("/data/none", ""),
        ("//a", "1"),
    ],
)
def test_values_as_text(source: str, value: str) -> None:
    assert text(source, FORM) == value


def test_and_and_or_do_not_look_at_what_they_do_not_need() -> None:
    assert truth("1 or nothing-like-this()") is True
    assert truth("0 and nothing-like-this(1, 2)") is False
    with pytest.raises(FormError) as caught:
        truth("1 and nothing-like-this()")
    assert caught.value.code == "XPATH-101"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("nothing()", "XPATH-101"),
        ("itext('x')", "XPATH-101"),
        ("x:count(/a)", "XPATH-101"),
        ("count()", "XPATH-102"),
        ("count(1, 2)", "XPATH-102"),
        ("count(1)", "XPATH-103"),
        ("coalesce(1, 2, 3)", "XPATH-102"),
        ("'a'/b", "XPATH-103"),
        ("1 | /a", "XPATH-103"),
        ("(1)[1]", "XPATH-103"),
        ("true(1)", "XPATH-102"),
        ("if(1, 2)", "XPATH-102"),
        ("indexed-repeat(/a, /b)", "XPATH-102"),
        ("indexed-repeat(/a, /b, 1, /c)", "XPATH-102"),
        ("weighted-checklist(1, 2, 3, 4, 5)", "XPATH-102"),
    ],
)
def test_faults_are_known_before_the_run_and_raised_in_it(source: str, code: str) -> None:
    compiled = compile_expression(f"0 or {source}", namespaces=NAMESPACES)
    assert [problem.code for problem in compiled.problems] == [code]
    assert compiled.problems[0].where["position"] >= 5  # type: ignore[operator]
    with pytest.raises(FormError) as strict:
        compile_expression(f"0 or {source}", namespaces=NAMESPACES, is_strict=True)
    with pytest.raises(FormError) as caught:
        compiled(context())
    assert strict.value.code == caught.value.code == code


def test_an_absolute_path_ends_at_the_given_root() -> None:
    document = tree("<m><instance><data><a>1</a></data></instance></m>")
    root = document.children[0].children[0]
    inner = Context(root.children[0], World(), root=root)
    assert compile_expression("/data/a").string(inner) == "1"
    assert compile_expression("/m").nodes(inner) == ()
    assert list(compile_expression("../..").nodes(inner)) == []
    assert compile_expression("ancestor::*").nodes(inner) == [root]


class Row(Node):
    """A repeat row as the engine has it."""

    __slots__ = ("rows", "steps")


def _repeat() -> Node:
    document = tree("<data><total/></data>")
    data = document.children[0]
    for name in ("one", "two"):
        row = Row("element", "rep")
        row.steps = ("data", "rep")
        row.rows = (row,)
        data.insert(row)
        leaf = Row("element", "x")
        leaf.rows, leaf.steps = (row,), ()
        row.insert(leaf)
        own = Node("text", text=name)
        leaf.insert(own)
    return document


def test_absolute_paths_stay_in_the_own_row() -> None:
    document = _repeat()
    leaf = document.children[0].children[2].children[0]
    inner = Context(leaf, World())
    assert compile_expression("/data/rep/x").string(inner) == "two"
    assert compile_expression("count(/data/rep/x)").number(inner) == 1
    assert compile_expression("count(/data/rep)").number(inner) == 2
    assert compile_expression("/data/rep[1]/x").string(inner) == "one"
    assert compile_expression("indexed-repeat(/data/rep/x, /data/rep, 1)").string(inner) == "one"
    assert compile_expression("indexed-repeat(../x, .., 1)").string(inner) == "one"
    assert compile_expression("/data/rep/x").string(Context(document.children[0], World())) == "one"


def _list(size: int) -> World:
    items = "".join([f"<item><name>n{i}</name><part>p{i % 7}</part><n>{i}</n></item>" for i in range(size)])
    world = World()
    world.instances["big"] = tree(f"<instance><root>{items}</root></instance>").children[0].freeze()
    return world


@pytest.mark.parametrize(
    "condition",
    [
        "name = /data/want",
        "name = 'n5'",
        "'n5' = name",
        "./name = 'n5'",
        "part = 'p5' and name = /data/want",
        "name = /data/want and n > 3",
        "part = 'p0' and position() = 1",
        "part = /data/parts",
        "n = 5",
        "part = 'p5' or part = 'p6'",
        "name = current()/../want",
        "name = concat('n', 2 + 3)",
    ],
)
def test_an_index_finds_what_a_scan_finds(condition: str) -> None:
    world = _list(40)
    source = f"instance('big')/root/item[{condition}]/name"
    at = context("<data><want>n5</want><parts>p1</parts><parts>p2</parts><at/></data>", "/data/at", world)
    compiled = compile_expression(source)
    fast = [node.string_value() for node in compiled.nodes(at)]
    world.instances["big"].root()._numbered = 0  # the same tree without an index
    world.instances["big"].children[0]._tables = None
    assert fast == [node.string_value() for node in compiled.nodes(at)]
    assert fast


def test_constants_are_computed_once() -> None:
    assert compile_expression("1 + 2 * 3").is_constant
    assert compile_expression("if(1 < 2, concat('a', 'b'), 3)").is_constant
    assert not compile_expression("'2024-01-01' + 1").is_constant
    assert not compile_expression("random()").is_constant
    assert not compile_expression("/data/a + 1").is_constant


def test_what_an_expression_reads() -> None:
    compiled = compile_expression(
        "if(../a > 1, sum(/data/rep[n = current()/../b]/x), instance('i')/root/item[k = ../z]/v) + position(..)"
    )
    written = {
        (ref.base, "/".join("." * 2 if step.axis == "parent" else step.name for step in ref.steps))
        for ref in compiled.dependencies
    }
    assert written == {
        ("node", "../a"),
        ("root", "data/rep/n"),
        ("node", "../b"),
        ("root", "data/rep/x"),
        ("instance", ""),
        ("instance", "root/item/k"),
        ("instance", "root/item/../z"),
        ("instance", "root/item/v"),
        ("node", ".."),
    }
    assert compiled.calls == {"if", "sum", "current", "instance", "position"}


def test_indexed_repeat_reads_all_rows() -> None:
    refs = compile_expression("indexed-repeat(/data/rep/x, /data/rep, 2)").dependencies
    assert all(ref.is_across_rows for ref in refs)
    assert len(refs) == 2
