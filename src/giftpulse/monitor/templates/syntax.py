"""The template language: a small part of Jinja2, named node by node.

No macros, includes, blocks, captures or recursion, hence no code without a bound; what is left and repeats or
grows is rewritten here to be charged to the budget.
"""

from typing import cast

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

STR_METHODS = frozenset({
    "capitalize", "endswith", "isalpha", "isdigit", "lower", "lstrip", "replace", "rstrip", "split", "startswith",
    "strip", "title", "upper",
})  # fmt: skip
DICT_METHODS = frozenset({"get", "items", "keys", "values"})
LOOP_NAMES = frozenset({
    "cycle", "depth", "first", "index", "index0", "last", "length", "revindex", "revindex0"
})  # fmt: skip
MAX_DEPTH = 60
METHODS = STR_METHODS | DICT_METHODS | {"cycle"}
_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Assign, nodes.With, nodes.Name,
    nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.CondExpr, nodes.Filter,
    nodes.Test, nodes.Call, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand,
    nodes.BinExpr, nodes.UnaryExpr,
)  # fmt: skip


def forbidden(tree: nodes.Template) -> str | None:
    """Something in a template that is not part of the language, or None."""
    stack: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        # The compiler's work grows with the square of the depth.
        reason = f"nests deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else _refusal(node)
        if reason:
            return f"line {node.lineno}: {reason}"
        stack.extend((child, depth + 1) for child in node.iter_child_nodes())
    return None


def _refusal(node: nodes.Node) -> str | None:
    if not isinstance(node, _NODES):
        return f"{type(node).__name__.lower()} is not available in templates"
    if isinstance(node, nodes.For) and node.recursive:
        return "recursive loops are not available"
    if isinstance(node, nodes.Filter | nodes.Test | nodes.Call) and (node.dyn_args or node.dyn_kwargs):
        return "* and ** arguments are not available"
    if isinstance(node, nodes.Call) and not _is_method(node.node):
        return f"only these can be called: {', '.join(sorted(METHODS))}"
    name = _name_in(node)
    if name.startswith("_") or (isinstance(node, nodes.Name) and name in ("self", "super", "caller")):
        return f"{name!r} is not available"
    return None


def _is_method(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Getattr) and node.attr in METHODS


def _name_in(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Name | nodes.Filter | nodes.Test):
        return node.name
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return str(node.arg.value)
    return ""


class _Charge(NodeTransformer):
    """Puts the budget into a tree: loops, literals with contents, and ``~``."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        weight = 1 + sum(1 for part in (*node.body, node.test) if part for _ in part.find_all(nodes.Node))
        self.generic_visit(node)
        node.iter = _filter(cast(nodes.Expr, node.iter), "_counted", nodes.Const(weight))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), "_concat")

    def visit_List(self, node: nodes.List | nodes.Dict) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filter(node, "_sized")

    visit_Dict = visit_List  # noqa: N815

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filter(node, "_sized") if node.ctx == "load" else node


def _filter(node: nodes.Expr, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)


def charge(tree: nodes.Template, environment: Environment) -> nodes.Template:
    """The tree with its costs put in; changes it in place."""
    _Charge().visit(tree)
    tree.set_environment(environment)
    return tree
