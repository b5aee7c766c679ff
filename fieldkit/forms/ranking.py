"""The order of evaluation: what is read comes before what reads it; circles are found and named."""

from __future__ import annotations

from fieldkit.forms.definition import FormDefinition
from fieldkit.forms.diagnostics import Problem, refusal
from fieldkit.forms.units import CALCULATE, CHOICES, CONSTRAINT, COUNT, RELEVANT, Unit
from fieldkit.i18n import _

__all__ = ["ranked"]


def ranked(definition: FormDefinition, units: list[Unit]) -> list[Unit]:
    """Return the units in their order, each with its rank.

    Raises:
        FormError: FORM-104 where calculations go in a circle; the message names the nodes on it.
    """
    graph = _Graph(definition, units)
    order, left = graph.order()
    first = graph.first
    done = [units[vertex - first] for vertex in order if vertex >= first]
    for number, component in enumerate(graph.components(left) if left else (), 1):
        members = _in_order(graph, component, units)
        if len(component) > 1 or component[0] in graph.after[component[0]]:
            for unit in members:
                unit.circle = number
            _refuse_circle(definition, members)
        done += members
    for rank, unit in enumerate(done):
        unit.rank = rank
    return done


def _in_order(graph: _Graph, component: list[int], units: list[Unit]) -> list[Unit]:
    """Return the units of a circle in their order; where relevance closes it, that comes after what it reads."""
    first = graph.first
    members = sorted(
        (units[vertex - first] for vertex in component if vertex >= first), key=lambda unit: (unit.node, unit.aspect)
    )
    relevance = [unit for unit in members if unit.aspect is RELEVANT]
    if not relevance or len(relevance) == len(members):
        return members
    relevances = range(first // 3, 2 * first // 3)
    hiding = set(relevance)
    rest = [v for v in component if v not in relevances and (v < first or units[v - first] not in hiding)]
    ordered = [vertex for part in graph.components(rest) for vertex in sorted(part)]
    return [units[vertex - first] for vertex in ordered if vertex >= first] + relevance


class _Graph:
    """What has to come before what: values, relevance and rows of nodes, and the units."""

    def __init__(self, definition: FormDefinition, units: list[Unit]) -> None:
        count = len(definition.nodes)
        self.first = 3 * count
        self.after: list[list[int]] = [[] for _ in range(self.first + len(units))]
        conditional = self._relevance(definition, units, count)
        after = self.after
        for vertex, unit in enumerate(units, self.first):
            node, aspect = unit.node, unit.aspect
            if aspect is RELEVANT:
                after[vertex].append(count + node)
            elif aspect is CALCULATE or aspect is CHOICES:
                after[vertex].append(node)
                if node in conditional:
                    after[count + node].append(vertex)
            elif aspect is CONSTRAINT:
                if node in conditional:
                    after[count + node].append(vertex)
                after[node].append(vertex)
            elif aspect is COUNT:
                after[vertex].append(2 * count + node)
            for leaf in unit.reads.values:
                after[leaf].append(vertex)
            for repeat in unit.reads.rows:
                after[2 * count + repeat].append(vertex)

    def _relevance(self, definition: FormDefinition, units: list[Unit], count: int) -> set[int]:
        own = {unit.node for unit in units if unit.aspect is RELEVANT}
        conditional: set[int] = set()
        if not own:
            return conditional
        stack = [(0, False)]
        while stack:
            index, above = stack.pop()
            node = definition.nodes[index]
            here = above or index in own
            if here:
                conditional.add(index)
                if not node.children:
                    self.after[count + index].append(index)
            for child in (*node.children, *node.bound):
                if here:
                    self.after[count + index].append(count + child)
                stack.append((child, here))
        return conditional

    def order(self) -> tuple[list[int], list[int]]:
        """Return the vertices that can be ordered and those that are in or behind a circle."""
        after = self.after
        waiting = [0] * len(after)
        for targets in after:
            for target in targets:
                waiting[target] += 1
        order = [vertex for vertex, count in enumerate(waiting) if count == 0]
        # What becomes ready is appended to the list that is being read.
        for vertex in order:
            for target in after[vertex]:
                waiting[target] -= 1
                if waiting[target] == 0:
                    order.append(target)
        return order, [vertex for vertex, count in enumerate(waiting) if count > 0]

    def components(self, vertices: list[int]) -> list[list[int]]:
        """Return the strongly connected parts of some vertices in an order of evaluation (Tarjan)."""
        inside = set(vertices)
        number: dict[int, int] = {}
        lowest: dict[int, int] = {}
        found: list[list[int]] = []
        path: list[int] = []
        on_path: set[int] = set()
        for start in vertices:
            if start in number:
                continue
            number[start] = lowest[start] = len(number)
            path.append(start)
            on_path.add(start)
            work = [(start, iter(self.after[start]))]
            while work:
                vertex, targets = work[-1]
                target = next((t for t in targets if t in inside and (t not in number or t in on_path)), None)
                if target is None:
                    work.pop()
                    if work:
                        above = work[-1][0]
                        lowest[above] = min(lowest[above], lowest[vertex])
                    if lowest[vertex] == number[vertex]:
                        cut = path.index(vertex)
                        found.append(path[cut:])
                        on_path.difference_update(path[cut:])
                        del path[cut:]
                elif target in number:
                    lowest[vertex] = min(lowest[vertex], number[target])
                else:
                    number[target] = lowest[target] = len(number)
                    path.append(target)
                    on_path.add(target)
                    work.append((target, iter(self.after[target])))
        found.reverse()
        return found


def _refuse_circle(definition: FormDefinition, members: list[Unit]) -> None:
    """Refuse calculations that wait for themselves; rows that read other rows of their repeat may."""
    calculates = {unit.node: unit for unit in members if unit.aspect is CALCULATE}
    circle = _circle(calculates)
    if not circle:
        return
    outermost = {calculates[index].chain[:1] for index in circle}
    if len(outermost) == 1 and outermost != {()} and _crosses_rows(calculates, circle):
        return
    names = " > ".join(definition.nodes[index].path for index in (*circle, circle[0]))
    message = _("Calculations go in a circle: {names}").format(names=names)
    hint = _("Change one of these calculations so that it does not need its own result.")
    raise refusal([Problem("FORM-104", "error", message, hint, ref=definition.nodes[circle[0]].path)])


def _circle(calculates: dict[int, Unit]) -> list[int]:
    done: set[int] = set()
    for start, unit in calculates.items():
        if start in done:
            continue
        path: list[int] = []
        work = [(start, iter(unit.reads.values))]
        path.append(start)
        while work:
            index, sources = work[-1]
            source = next((s for s in sources if s in calculates and s not in done), None)
            if source is None:
                done.add(index)
                path.pop()
                work.pop()
            elif source in path:
                return list(reversed(path[path.index(source) :]))
            else:
                path.append(source)
                work.append((source, iter(calculates[source].reads.values)))
    return []


def _crosses_rows(calculates: dict[int, Unit], circle: list[int]) -> bool:
    for place, index in enumerate(circle):
        reader = calculates[circle[(place + 1) % len(circle)]]
        if reader.reads.values.get(index, reader.depth) < reader.depth:
            return True
    return False
