"""Every way in which a module's source is made wrong: one small change of its text each.

Annotations, docstrings, examples, log lines, imports and assertions are left alone; so are f-strings, whose parts
Python 3.11 puts in the wrong place.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter, defaultdict
from itertools import accumulate, zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.GtE: ast.Gt,
    ast.Gt: ast.GtE,
    ast.LtE: ast.Lt,
    ast.Lt: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_SIGNS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_SKIPPED = {"annotation", "returns", "decorator_list"}
_TOLD = {"logger", "print", "_tell", "warnings"}
_LONGEST = 100  # characters of a change that is shown


class Mutant(NamedTuple):
    """One change of a module's source."""

    where: str  # qualified name of the function or class, empty at the module's level
    change: str  # `old -> new`; with its number, where the same is found more than once there
    kind: str
    line: int
    source: str  # of the whole module


class _Change(NamedTuple):
    where: str
    kind: str
    node: ast.AST
    text: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module that compiles, in an order that other changes of the module do not move.

    Kinds take turns, so that the first few are of as many kinds as there are.
    """
    data = source.encode()
    lines = [0, *accumulate(len(line) + 1 for line in data.split(b"\n"))]
    seen: Counter[tuple[str, str]] = Counter()
    by_kind: defaultdict[str, list[tuple[str, Mutant]]] = defaultdict(list)
    for where, kind, node, text in _changes(ast.parse(source)):
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start, end = lines[node.lineno - 1] + node.col_offset, lines[node.end_lineno - 1] + node.end_col_offset
        change = f"{_short(data[start:end].decode())} -> {_short(text)}"
        seen[where, change] += 1
        number = seen[where, change]
        change += f" ({number})" if number > 1 else ""
        rank = hashlib.sha256(f"{where} {change}".encode()).hexdigest()
        changed = data[:start] + text.encode() + data[end:]
        by_kind[kind].append((rank, Mutant(where, change, kind, node.lineno, changed.decode())))
    turns = zip_longest(*(sorted(found) for _, found in sorted(by_kind.items())))
    yield from (
        ranked[1] for turn in turns for ranked in turn if ranked is not None and _compiles(ranked[1].source)
    )


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _changes(tree: ast.AST, where: str = "") -> Iterator[_Change]:
    for name, value in ast.iter_fields(tree):
        if name in _SKIPPED or (name == "keywords" and isinstance(tree, ast.ClassDef)):
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or _is_left_alone(node):
                continue
            inner = where
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                inner = f"{where}.{node.name}".lstrip(".")
            if name == "ifs":
                yield _Change(inner, "condition dropped", node, "True")
            elif name == "test" and isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.NamedExpr):
                yield _Change(inner, "condition", node, f"(not {ast.unparse(node)})")
            for kind, text in _of(node):
                yield _Change(inner, kind, node, text)
            if not isinstance(node, ast.Raise):  # what it says is no matter of these tests
                yield from _changes(node, inner)


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Assert | ast.JoinedStr):
        return True
    if isinstance(node, ast.keyword):
        return node.arg == "examples"  # of the OpenAPI document
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in {"TYPE_CHECKING", "__name__ == '__main__'"}
    if not isinstance(node, ast.Expr):
        return False
    called = node.value.func if isinstance(node.value, ast.Call) else node.value
    while isinstance(called, ast.Attribute):
        called = called.value
    return isinstance(called, ast.Constant) or (isinstance(called, ast.Name) and called.id in _TOLD)


def _of(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the kind and the new text of each change of a node."""
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp(op, values):
            for dropped in range(len(values)):
                rest = _without(values, dropped)
                yield "condition dropped", f"({ast.unparse(rest[0] if len(rest) == 1 else ast.BoolOp(op, rest))})"
        case ast.UnaryOp(ast.Not() | ast.USub() as op, operand):
            yield ("not removed" if isinstance(op, ast.Not) else "sign"), f"({ast.unparse(operand)})"
        case ast.BinOp(left, op, right) if type(op) in _SIGNS:
            yield "sign", f"({ast.unparse(ast.BinOp(left, _SIGNS[type(op)](), right))})"
        case ast.Constant(value):
            yield from _constant(value)
        case ast.Dict(keys, values):
            for dropped in range(len(keys)):
                yield "entry dropped", ast.unparse(ast.Dict(_without(keys, dropped), _without(values, dropped)))
        case ast.List(elements, ast.Load()) | ast.Set(elements):
            for dropped in range(len(elements)):
                yield "entry dropped", f"[{', '.join(map(ast.unparse, _without(elements, dropped)))}]"
        case ast.IfExp(body=body, orelse=orelse):
            yield "condition", f"({ast.unparse(body)})"
            yield "condition", f"({ast.unparse(orelse)})"
        case ast.Return(value) if value is not None and not isinstance(value, ast.Constant):
            yield "returns None", "return None"
        case _ if _is_an_act(node):
            yield "act dropped", "pass"


def _without(parts: Sequence[Any], dropped: int) -> list[Any]:
    return [part for at, part in enumerate(parts) if at != dropped]


def _compared(node: ast.Compare) -> Iterator[tuple[str, str]]:
    for at, op in enumerate(node.ops):
        if type(op) in _COMPARED:
            ops = [*node.ops[:at], _COMPARED[type(op)](), *node.ops[at + 1 :]]
            yield "comparison", f"({ast.unparse(ast.Compare(node.left, ops, node.comparators))})"


def _constant(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield "constant", str(not value)
    elif isinstance(value, int):
        yield "constant", str(value + 1)
    elif isinstance(value, float):
        yield "constant", repr(value * 1.5 or 0.5)


def _is_an_act(node: ast.AST) -> bool:
    """Tell whether a statement does something to others: a call, an item set, a refusal."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call | ast.Yield | ast.YieldFrom)
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Subscript | ast.Attribute) for target in node.targets)
    return isinstance(node, ast.AugAssign | ast.Raise | ast.Delete)
