"""Forms of known size for the benchmarks, written as XForms directly."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

__all__ = ["CASCADE_FILE", "cascade_csv", "cascade_form", "chain_form", "repeat_form", "score_form"]

CASCADE_FILE = "jr://file-csv/places.csv"

_HEAD = (
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"'
    ' xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms">'
    "<h:head><h:title>{title}</h:title><model>"
)


def _form(title: str, instance: str, binds: list[str], body: list[str], more: str = "") -> bytes:
    text = (
        f"{_HEAD.format(title=title)}<instance><data id={quoteattr(title)} version='1'>{instance}"
        "<meta><instanceID/></meta></data></instance>"
        f"{more}{''.join(binds)}<bind nodeset='/data/meta/instanceID' jr:preload='uid'/></model></h:head>"
        f"<h:body>{''.join(body)}</h:body></h:html>"
    )
    return text.encode("utf-8")


def _bind(path: str, kind: str, **attributes: str) -> str:
    return f"<bind nodeset={quoteattr(path)} type={quoteattr(kind)}" + "".join(
        f" {name}={quoteattr(value)}" for name, value in attributes.items()
    ) + "/>"  # fmt: skip


def _select(path: str, label: str, values: str = "yes no na") -> str:
    items = "".join(f"<item><label>{value}</label><value>{value}</value></item>" for value in values.split())
    return f"<select1 ref={quoteattr(path)}><label>{label}</label>{items}</select1>"


def _input(path: str, label: str) -> str:
    return f"<input ref={quoteattr(path)}><label>{label}</label></input>"


def chain_form(questions: int) -> bytes:
    """Return a form with chains of relevance, constraints and calculations, in groups of fifty questions."""
    instance, binds, body = "", [], []
    previous = ""
    for start in range(0, questions, 50):
        group = f"g{start // 50}"
        names, controls = "", ""
        for number in range(start, min(start + 50, questions)):
            path = f"/data/{group}/q{number}"
            names += f"<q{number}/>"
            condition = (
                {} if number % 5 == 0 or not previous else {"relevant": f"{previous} != '' and {previous} != 'no'"}
            )
            if number % 5 in (1, 3):
                condition["constraint"] = f". >= 0 and . <= {100 + number}"
                binds.append(_bind(path, "int", **condition))
                controls += _input(path, f"Question {number}")
            else:
                binds.append(_bind(path, "string", **condition))
                controls += _select(path, f"Question {number}")
            previous = path
        names += f"<sum{start}/>"
        numbers = " + ".join(f"coalesce(/data/{group}/q{n}, 0)" for n in range(start, start + 50) if n % 5 in (1, 3))
        binds.append(_bind(f"/data/{group}/sum{start}", "decimal", calculate=numbers))
        instance += f"<{group}>{names}</{group}>"
        body.append(f"<group ref='/data/{group}'><label>Group {group}</label>{controls}</group>")
    return _form(f"chain{questions}", instance, binds, body)


def repeat_form(rows: int, fields: int = 20) -> bytes:
    """Return a form with one repeat of so many rows: positions in each row, sums and counts over all of them."""
    names = "".join(f"<f{number}/>" for number in range(fields))
    own = "<no/><twice/>"
    row = f"<row>{names}{own}</row>"
    template = f"<row jr:template=''>{names}{own}</row>"
    binds = [_bind(f"/data/row/f{number}", "int") for number in range(fields)]
    binds += [
        _bind("/data/row/no", "int", calculate="position(..)"),
        _bind("/data/row/twice", "int", calculate="../f0 * 2"),
        _bind("/data/total", "int", calculate="sum(/data/row/f0)"),
        _bind("/data/rows", "int", calculate="count(/data/row)"),
    ]
    controls = "".join(_input(f"/data/row/f{number}", f"Field {number}") for number in range(fields))
    body = [f"<group ref='/data/row'><label>Rows</label><repeat nodeset='/data/row'>{controls}</repeat></group>"]
    return _form("rows", template + row * rows + "<total/><rows/>", binds, body)


def cascade_csv(rows: int = 50_000) -> bytes:
    """Return places: 20 regions, 25 districts in each, the villages shared out among the 500 districts."""
    lines = ["name,label,region,district"]
    for number in range(rows):
        district = number % 500
        lines.append(f"v{number},Village {number},r{district // 25},d{district}")
    return ("\n".join(lines) + "\n").encode("utf-8")


def cascade_form() -> bytes:
    """Return a cascade of three levels whose last level comes from the large file."""
    regions = "".join(f"<item><name>r{n}</name><label>Region {n}</label></item>" for n in range(20))
    districts = "".join(
        f"<item><name>d{n}</name><label>District {n}</label><region>r{n // 25}</region></item>" for n in range(500)
    )
    more = (
        f"<instance id='regions'><root>{regions}</root></instance>"
        f"<instance id='districts'><root>{districts}</root></instance>"
        f"<instance id='places' src='{CASCADE_FILE}'/>"
    )

    def select(name: str, nodeset: str) -> str:
        return (
            f"<select1 ref='/data/{name}'><label>{name}</label><itemset nodeset={quoteattr(nodeset)}>"
            "<value ref='name'/><label ref='label'/></itemset></select1>"
        )

    binds = [_bind(f"/data/{name}", "string") for name in ("region", "district", "village")]
    binds.append(_bind("/data/shown", "string", calculate="instance('places')/root/item[name = /data/village]/label"))
    body = [
        select("region", "instance('regions')/root/item"),
        select("district", "instance('districts')/root/item[region = /data/region]"),
        select("village", "instance('places')/root/item[region = /data/region and district = /data/district]"),
    ]
    return _form("cascade", "<region/><district/><village/><shown/>", binds, body, more)


def score_form(items: int = 300) -> bytes:
    """Return a score sheet: points of every item, sums by section, a percentage and a grade."""
    instance, binds, body = "", [], []
    for start in range(0, items, 30):
        section = f"s{start // 30}"
        names, controls = "", ""
        for number in range(start, min(start + 30, items)):
            path = f"/data/{section}/i{number}"
            names += f"<i{number}/><p{number}/>"
            binds.append(_bind(path, "string", required="true()"))
            points = f"if({path} = 'full', 5, if({path} = 'part', 2.5, 0))"
            binds.append(_bind(f"/data/{section}/p{number}", "decimal", calculate=points))
            controls += _select(path, f"Item {number}", "full part none na")
        got = " + ".join(f"/data/{section}/p{number}" for number in range(start, start + 30))
        most = " + ".join(
            f"(5 * (/data/{section}/i{n} != '' and /data/{section}/i{n} != 'na'))" for n in range(start, start + 30)
        )
        names += f"<got{start}/><max{start}/>"
        binds += [
            _bind(f"/data/{section}/got{start}", "decimal", calculate=got),
            _bind(f"/data/{section}/max{start}", "decimal", calculate=most),
        ]
        instance += f"<{section}>{names}</{section}>"
        body.append(f"<group ref='/data/{section}'><label>Section {section}</label>{controls}</group>")
    starts = range(0, items, 30)
    binds += [
        _bind("/data/got", "decimal", calculate=" + ".join(f"/data/s{s // 30}/got{s}" for s in starts)),
        _bind("/data/max", "decimal", calculate=" + ".join(f"/data/s{s // 30}/max{s}" for s in starts)),
        _bind("/data/pct", "decimal", calculate="if(/data/max > 0, round(100 * /data/got div /data/max, 1), '')"),
        _bind("/data/grade", "string", calculate="if(/data/pct >= 90, 'A', if(/data/pct >= 60, 'B', 'C'))"),
    ]
    return _form("score", instance + "<got/><max/><pct/><grade/>", binds, body)
