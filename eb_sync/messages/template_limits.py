"""What a hub's own template may do: say what it was given, in loops over it; not compute, nor go on for ever."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

_DEEPEST_LOOPS, _MOST_LOOPS = 2, 50
_NO_FILTERS = ("batch", "center", "format", "groupby", "indent", "pprint", "slice", "tojson", "wordwrap", "xmlattr")
"""Filters that make more of a text than they were given."""
_CALLS = frozenset(
    {"capitalize", "cycle", "endswith", "get", "items", "keys", "lower", "startswith", "upper", "values"}
)
_GROWING = (nodes.Concat, nodes.Add, nodes.Filter, nodes.Call)


class LimitedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox that cannot count to a billion."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
        """Only numbers are multiplied, and small ones."""
        small = all(isinstance(each, (int, float)) and abs(each) < 10**6 for each in (left, right))
        if operator == "**" or not small:
            raise SecurityError(f"{operator} is for small numbers")
        return super().call_binop(context, operator, left, right)  # type: ignore[arg-type]  # jinja's own context


def limited(environment: LimitedEnvironment) -> LimitedEnvironment:
    """Without globals and without filters that grow."""
    # a folder of words needs no way to count to a billion
    environment.globals.clear()
    for name in _NO_FILTERS:
        environment.filters.pop(name, None)
    return environment


def find_excess(template: nodes.Template) -> tuple[int, str] | None:
    """The first thing in a template that it may not do, with its line; None: there is none."""
    if len(list(template.find_all(nodes.For))) > _MOST_LOOPS:
        return 1, f"it has more than {_MOST_LOOPS} loops"
    return next(_excesses(template, 0), None)


def _excesses(node: nodes.Node, depth: int) -> Iterator[tuple[int, str]]:
    for child in node.iter_child_nodes():
        line, inner = child.lineno or 1, depth + isinstance(child, nodes.For)
        if inner > _DEEPEST_LOOPS:
            yield line, f"loops stand within loops more than {_DEEPEST_LOOPS} deep"
        if isinstance(child, (nodes.Macro, nodes.CallBlock, nodes.AssignBlock)):
            yield line, "macros and blocks that are kept for later are not known here"
        if isinstance(child, nodes.For) and child.recursive:
            yield line, "a loop may not call itself"
        if isinstance(child, nodes.Assign) and (list(child.find_all(_GROWING)) or depth):
            yield line, "what is set may be a value as it was given, outside loops, and nothing made of it"
        if isinstance(child, nodes.Call) and getattr(child.node, "attr", None) not in _CALLS:
            yield line, "nothing can be called here"
        yield from _excesses(child, inner)
