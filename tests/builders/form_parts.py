"""Parts of forms, right and wrong, from which tests put together files of any content."""

from __future__ import annotations

from hypothesis import strategies as st

TYPES = (
    "text",
    "integer",
    "decimal",
    "date",
    "note",
    "calculate",
    "hidden",
    "select_one l",
    "select_multiple l",
    "select_one l or_other",
    "select_one none",
    "select_one_from_file f.csv",
    "select_one_external l",
    "rank l",
    "begin group",
    "end group",
    "begin_repeat",
    "end_repeat",
    "begin loop over l",
    "range",
    "image",
    "audit",
    "start",
    "geopoint",
    "start-geopoint",
    "background-audio",
    "csv-external",
    "xml-external",
    "acknowledge",
    "trigger",
    "tel",
    "osm l",
    "select_one ${r}",
    "",
    "barcode",
    "begin",
    "end",
    "select_one",
    "time",
    "dateTime",
    "username",
    "email",
)
NAMES = (
    "a",
    "b",
    "c",
    "g",
    "r",
    "data",
    "meta",
    "instanceID",
    "A",
    "1",
    "",
    "a b",
    "é",
    "村",
    "__version__",
    "audit",
    "label",
    "name",
)
EXPRESSIONS = (
    "",
    "1",
    "true()",
    "${a}",
    "${a} = ${b}",
    "${missing}",
    "${a",
    "$a",
    "${ a }",
    ". > 1",
    "../a",
    "/data/a",
    "'",
    '"',
    "(",
    ")",
    "count(${r})",
    "sum(${b})",
    "position(..)",
    "indexed-repeat(${a}, ${r}, 1)",
    "once(random())",
    "instance('l')/root/item[name=${a}]",
    "instance('zz')/root",
    "pulldata('f', 'a', 'b', ${c})",
    "jr:choice-name(${a}, '${a}')",
    "regex(., '(a+)+$')",
    "concat(${a}, ${b}, ${c})",
    "1 div 0",
    "-" * 50 + "1",
    "(" * 60 + "1" + ")" * 60,
    "${last-saved#a}",
    "yes",
    "no",
    "today()",
    "selected(${c}, 'x')",
    "if(1,2)",
    "\u2018x\u2019",
)
COLUMNS = (
    "type",
    "name",
    "label",
    "label::en (en)",
    "label::zh",
    "hint",
    "relevant",
    "constraint",
    "constraint_message::en (en)",
    "calculation",
    "required",
    "read_only",
    "default",
    "appearance",
    "parameters",
    "choice_filter",
    "repeat_count",
    "trigger",
    "media::image",
    "image",
    "bind::fk:score",
    "bind::fk:weight",
    "bind::oc:x",
    "instance::tag",
    "instance::x",
    "control::a",
    "body::b",
    "unknown",
    "guidance_hint",
    "relevance",
    "save_to",
    "disabled",
    "query",
    "rows",
    "autoplay",
    "label::a::b",
    "::",
    "bind::",
    "jr:count",
    "compact_tag",
)
OTHERS = (
    "",
    "x",
    "y",
    "x y",
    "start=1 end=5 step=1",
    "randomize=true",
    "field-list",
    "table-list",
    "a.png",
    "deg",
    "5",
    "yes",
    "=1",
    "<b>&amp;</b>",
    "\x07",
    "🙂",
    "x" * 300,
)
HEADERS = (
    "list_name",
    "list name",
    "name",
    "label",
    "label::en (en)",
    "image",
    "a b",
    "x",
    "1x",
    "media::audio",
    "value",
    "",
)
SETTINGS = (
    "form_id",
    "form_title",
    "version",
    "default_language",
    "name",
    "namespaces",
    "allow_choice_duplicates",
    "instance_name",
    "style",
    "omit_instanceID",
    "flat",
    "public_key",
    "clean_text_values",
    "prefix",
    "x",
)


def cell(*pools: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.one_of(*(st.sampled_from(pool) for pool in pools)).map(
        lambda text: text.replace("|", "\\|").replace("\n", " ")
    )


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Return a form as Markdown tables, of which about half could almost be forms."""
    columns = ["type", "name", *draw(st.lists(st.sampled_from(COLUMNS), max_size=7))]
    lines = ["| survey |", "| | " + " | ".join(columns) + " |"]
    for __ in range(draw(st.integers(0, 9))):
        cells = [draw(cell(TYPES)), draw(cell(NAMES))]
        cells += [draw(cell(EXPRESSIONS, EXPRESSIONS, OTHERS, NAMES)) for __ in columns[2:]]
        lines.append("| | " + " | ".join(cells) + " |")
    sheets = (
        ("choices", HEADERS, ("l", "m", "")),
        ("external_choices", HEADERS, ("l",)),
        ("entities", ("list_name", "label", "entity_id", "create_if"), ("e",)),
    )
    for name, pool, first in sheets:
        if draw(st.booleans()):
            headers = ["list_name", *draw(st.lists(st.sampled_from(pool), max_size=4))]
            lines += [f"| {name} |", "| | " + " | ".join(headers) + " |"]
            for __ in range(draw(st.integers(0, 4))):
                cells = [draw(st.sampled_from(first)), *(draw(cell(OTHERS, NAMES, EXPRESSIONS)) for __ in headers[1:])]
                lines.append("| | " + " | ".join(cells) + " |")
    if draw(st.booleans()):
        headers = draw(st.lists(st.sampled_from(SETTINGS), min_size=1, max_size=4))
        lines += ["| settings |", "| | " + " | ".join(headers) + " |"]
        lines.append("| | " + " | ".join(draw(cell(OTHERS, NAMES, EXPRESSIONS)) for __ in headers) + " |")
    return "\n".join(lines)


GOOD_TYPES = (
    *(kind for kind in TYPES[:12] if kind not in {"select_one none", "calculate"}),
    "range",
    "acknowledge",
    "geopoint",
    "time",
    "start-geopoint",
    "image",
    "barcode",
    "csv-external",
)
GOOD_EXPRESSIONS = tuple(
    text
    for text in EXPRESSIONS
    if text not in {"${missing}", "${a", "$a", "${ a }", "'", '"', "(", ")", "instance('zz')/root", "if(1,2)"}
    and "${r}" not in text
)
FREE_COLUMNS = tuple(
    name for name in COLUMNS[2:] if name not in {"::", "bind::", "label::a::b", "relevance", "image", "jr:count"}
)


@st.composite
def plausible(draw: st.DrawFn) -> str:
    """Return a form as Markdown tables that is right but for a few cells."""
    columns = ["type", "name", "label", *draw(st.lists(st.sampled_from(FREE_COLUMNS[1:]), max_size=5, unique=True))]
    rows: list[list[str]] = []
    open_groups: list[str] = []
    names = iter(["a", "b", "c", *(f"q{number}" for number in range(30))])
    for number in range(draw(st.integers(3, 10))):
        choice = draw(st.integers(0, 9)) if number > 2 else 9
        if choice == 0:
            open_groups.append(draw(st.sampled_from(("group", "repeat"))))
            rows.append([f"begin {open_groups[-1]}", next(names), "G"])
        elif choice == 1 and open_groups:
            rows.append([f"end {open_groups.pop()}", "", ""])
        else:
            rows.append([draw(st.sampled_from(GOOD_TYPES)), next(names), "L"])
        if not rows[-1][0].startswith("end"):
            rows[-1] += [draw(cell(GOOD_EXPRESSIONS, GOOD_EXPRESSIONS, ("",), ("",), ("",))) for __ in columns[3:]]
    rows += [[f"end {kind}", "", ""] for kind in reversed(open_groups)]
    for __ in range(draw(st.integers(0, 2))):
        row = draw(st.sampled_from(rows))
        row[draw(st.integers(0, len(row) - 1))] = draw(cell(TYPES, NAMES, EXPRESSIONS, OTHERS))
    lines = ["| survey |", "| | " + " | ".join(columns) + " |", *("| | " + " | ".join(row) + " |" for row in rows)]
    lines += ["| choices |", "| | list_name | name | label |", "| | l | x | X |", "| | l | y | ${a} |"]
    lines += ["| external_choices |", "| | list_name | name | label |", "| | l | x | X |"]
    if draw(st.booleans()):
        lines += [
            "| settings |",
            "| | instance_name | allow_choice_duplicates |",
            f"| | {draw(cell(GOOD_EXPRESSIONS))} | yes |",
        ]
    return "\n".join(lines)


XML_PARTS = (
    "<bind nodeset='/data/a' type='int'/>",
    "<bind nodeset='/data/a' relevant='/data/a = 1'/>",
    "<bind nodeset='/data/r/b' calculate='position(..)'/>",
    "<bind nodeset='/data/zz'/>",
    "<bind/>",
    "<instance/>",
    "<instance id='x'/>",
    "<instance id='x' src='jr://file/x.csv'/>",
    "<itext/>",
    "<itext><translation lang='en'><text id='t'><value>x<output value='/data/a'/></value></text></translation></itext>",
    "<setvalue event='odk-instance-first-load' ref='/data/a' value='1'/>",
    "<setvalue/>",
    "<input ref='/data/a'><label>A</label></input>",
    "<input/>",
    "<select1 ref='/data/a'><item><label/><value>1</value></item></select1>",
    "<select1 ref='/data/a'><itemset nodeset=\"instance('x')/root/item\"><value ref='v'/></itemset></select1>",
    "<group ref='/data/r'><repeat nodeset='/data/r'><input ref='/data/r/b'/></repeat></group>",
    "<repeat nodeset='/data/r'/>",
    "<range ref='/data/a'/>",
    "<rank ref='/data/a'/>",
    "<trigger ref='/data/a'/>",
    "<upload ref='/data/a'/>",
    "<label ref=\"jr:itext('t')\"/>",
    "<a/>",
    "<r><b/></r>",
    "text",
    "&#160;",
)
