"""Change one operator of a model's SQL at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import md5
from itertools import islice

import sqlglot
from sqlglot import exp

DIALECT = "duckdb"
LONGEST = 160
# What a table that a unit test gives is called, and other names are without.
GIVEN = "__dbt__cte__"
TABLE = re.compile(r'"warehouse"\."\w+"\.|' + GIVEN + '|"')
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
SWAPS: dict[type[exp.Expression], tuple[type[exp.Expression], ...]] = {
    exp.GT: (exp.GTE, exp.LT),
    exp.GTE: (exp.GT, exp.LT),
    exp.LT: (exp.LTE, exp.GT),
    exp.LTE: (exp.LT, exp.GT),
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.And: (exp.Or,),
    exp.Or: (exp.And,),
    exp.Add: (exp.Sub,),
    exp.Sub: (exp.Add,),
    exp.Mul: (exp.Div,),
    exp.Div: (exp.Mul,),
    exp.Sum: (exp.Max,),
    exp.Max: (exp.Min,),
    exp.Min: (exp.Max,),
    exp.Avg: (exp.Max,),
    exp.Least: (exp.Greatest,),
    exp.Greatest: (exp.Least,),
    exp.Floor: (exp.Ceil,),
}
Replacement = tuple[str, exp.Expression]


@dataclass(frozen=True)
class Mutant:
    """A model with one change.

    Attributes
    ----------
    model : str
        Name of the model.
    kind : str
        What was changed: comparison, join, null, aggregate, filter, constant, order,
        window, distinct or arithmetic.
    line : int
        Of the compiled SQL; 0 where the parser does not tell.
    before, after : str
        The changed part, before and after.
    tree, index, replacement
        From which the whole query is written.
    last : Mutant or None
        The same change where a loop makes it for the last time.
    """

    model: str
    kind: str
    line: int
    before: str
    after: str
    tree: exp.Expression
    index: int
    replacement: exp.Expression
    last: Mutant | None = None

    @property
    def key(self) -> str:
        """What names the mutant, whatever else changes in the model."""
        return self._named(self._told)

    @property
    def key_without_numbers(self) -> str:
        """What names the mutant, whatever numbers the settings put into the model."""
        return self._named(re.sub(r"\d+", "#", self._told))

    @property
    def _told(self) -> str:
        return TABLE.sub("", DAY.sub("day", f"{self.before} -> {self.after}"))

    def _named(self, told: str) -> str:
        if len(told) > LONGEST:
            digest = md5(told.encode(), usedforsecurity=False).hexdigest()[:6]
            told = f"{told[:LONGEST]}... ({self.kind} {digest})"
        return f"{self.model}: {told}"

    @property
    def changed(self) -> exp.Expression:
        """Make the whole query."""
        if not self.index:
            return self.replacement.copy()
        changed = self.tree.copy()
        next(islice(changed.walk(), self.index, None)).replace(self.replacement.copy())
        return changed

    @property
    def sql(self) -> str:
        return self.changed.sql(DIALECT)


def mutants_of(model: str, sql: str) -> list[Mutant]:
    """List the mutants of a query.

    Of a change that a loop repeats for column after column, the first and the last
    are one mutant, which is dead if one of them is.
    """
    return mutants_of_query(model, sqlglot.parse_one(sql, read=DIALECT))


def mutants_of_query(model: str, tree: exp.Expression) -> list[Mutant]:
    """List the mutants of a parsed query; tables that a unit test gives stay."""
    tree = tree.copy()
    found: dict[tuple, Mutant] = {}
    for index, node in enumerate(tree.walk()):
        if _is_row_order(node) or _is_given(node):
            continue
        for kind, replacement in _replacements(node):
            before, after = node.sql(DIALECT), replacement.sql(DIALECT)
            if before == after:
                continue
            around = node.parent if kind == "constant" else node
            pattern = (kind, after, _without_names(around or node))
            if kind != "constant":
                pattern = (kind, _without_names(replacement), pattern[2])
            mutant = Mutant(
                *(model, kind, _line(node), before, after),
                *(tree, index, replacement),
            )
            first = found.setdefault(pattern, mutant)
            if first is not mutant:
                found[pattern] = replace(first, last=replace(mutant, last=None))
    return list(found.values())


def by_name(mutants: list[Mutant]) -> dict[str, Mutant]:
    """Name mutants, also by what they are called where settings have other numbers."""
    named: dict[str, Mutant] = {}
    for mutant in mutants:
        named.setdefault(mutant.key, mutant)
        alike = mutant.key_without_numbers
        number = 0
        while f"{alike} ({number})" in named:
            number += 1
        named[f"{alike} ({number})"] = mutant
    return named


def _is_row_order(node: exp.Expression) -> bool:
    """Whether this is of the order of the rows of a whole query, which says nothing."""
    order = node if isinstance(node, exp.Order) else node.find_ancestor(exp.Order)
    query = order and order.parent
    return isinstance(query, exp.Select) and not query.args.get("limit")


def _is_given(node: exp.Expression) -> bool:
    table = node if isinstance(node, exp.CTE) else node.find_ancestor(exp.CTE)
    while table:
        if table.alias.startswith(GIVEN):
            return True
        table = table.find_ancestor(exp.CTE)
    return False


def _replacements(node: exp.Expression) -> Iterator[Replacement]:
    for make in (
        _swapped, _nulls, _joins, _filters, _constants, _orders, _windows, _sets,
    ):  # fmt: skip
        yield from make(node)


def _swapped(node: exp.Expression) -> Iterator[Replacement]:
    if isinstance(node, (exp.Max, exp.Min)) and isinstance(node.this, exp.Case):
        return  # picks the value of one row
    for other in SWAPS.get(type(node), ()):
        copy = node.copy()
        yield _kind(node), other(**copy.args)


def _kind(node: exp.Expression) -> str:
    if isinstance(node, (exp.Predicate, exp.Connector)):
        return "comparison"
    return "aggregate" if isinstance(node, exp.AggFunc) else "arithmetic"


def _nulls(node: exp.Expression) -> Iterator[Replacement]:
    if isinstance(node, (exp.Coalesce, exp.Nullif)):
        yield "null", node.this.copy()
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        if isinstance(node.parent, exp.Not):
            return
        yield "null", exp.Not(this=node.copy())
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        yield "null", node.this.copy()


def _joins(node: exp.Expression) -> Iterator[Replacement]:
    if not isinstance(node, exp.Join) or node.args.get("kind") in ("CROSS", "ANTI"):
        return
    copy = node.copy()
    if node.side == "LEFT":
        copy.set("side", None)
        copy.set("kind", "INNER")
    elif node.args.get("on"):
        copy.set("side", "LEFT")
        copy.set("kind", None)
    else:
        return
    yield "join", copy


def _filters(node: exp.Expression) -> Iterator[Replacement]:
    parent = node.parent
    while isinstance(parent, exp.And):
        parent = parent.parent
    if isinstance(parent, (exp.Where, exp.Having, exp.Qualify)) and not isinstance(
        node, exp.And
    ):
        yield "filter", exp.true()


def _constants(node: exp.Expression) -> Iterator[Replacement]:
    if isinstance(node, exp.Literal) and not node.is_string:
        if isinstance(node.parent, (exp.DataTypeParam, exp.Ordered)):
            return
        value = float(node.this)
        other = str(int(value) + 1) if value.is_integer() else repr(value * 1.5)
        yield "constant", exp.Literal.number(other)
    if isinstance(node, exp.Boolean):
        yield "constant", exp.Boolean(this=not node.this)


def _orders(node: exp.Expression) -> Iterator[Replacement]:
    if isinstance(node, exp.Ordered):
        copy = node.copy()
        copy.set("desc", not node.args.get("desc"))
        yield "order", copy


def _windows(node: exp.Expression) -> Iterator[Replacement]:
    if not isinstance(node, exp.Window):
        return
    if node.args.get("partition_by"):
        copy = node.copy()
        copy.set("partition_by", None)
        yield "window", copy
    frame = node.args.get("spec")
    if frame:
        copy = node.copy()
        copy.set("spec", None)
        yield "window", copy


def _sets(node: exp.Expression) -> Iterator[Replacement]:
    if isinstance(node, exp.Union) and not _is_tagged(node):
        copy = node.copy()
        copy.set("distinct", not node.args.get("distinct"))
        yield "distinct", copy
    elif isinstance(node, exp.Select) and node.args.get("distinct"):
        copy = node.copy()
        copy.set("distinct", None)
        yield "distinct", copy
    elif isinstance(node, exp.Count) and not isinstance(node.this, exp.Star):
        if isinstance(node.this, exp.Distinct):
            copy = exp.Count(this=node.this.expressions[0].copy())
        else:
            copy = exp.Count(this=exp.Star())
        yield "aggregate", copy


def _is_tagged(union: exp.Union) -> bool:
    """Whether a text tells the rows of one part from those of the others."""
    first = next((one for one in union.find_all(exp.Select)), None)
    return first is not None and any(
        isinstance(one.unalias(), (exp.Literal, exp.Boolean))
        for one in first.expressions
    )


def _without_names(node: exp.Expression) -> str:
    """Write a part of a query as a pattern, with columns numbered."""
    names: dict[str, str] = {}

    def anonymous(one: exp.Expression) -> exp.Expression:
        if isinstance(one, exp.Column):
            name = names.setdefault(one.sql(), f"c{len(names)}")
            return exp.column(name)
        return one

    return node.copy().transform(anonymous).sql(DIALECT)


def _line(node: exp.Expression) -> int:
    """Find the first line of a part, by the names in it or around it."""
    while node is not None:
        lines = [one.meta["line"] for one in node.walk() if "line" in one.meta]
        if lines:
            return min(lines)
        node = node.parent
    return 0
