"""Pictures: the network of an expression with a chosen pairing of its random factors."""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING, Any

import networkx as nx

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee
from weingarten.coerce import as_integer
from weingarten.combinatorics.pairings import number_of_pairings, pairing_at
from weingarten.errors import InvalidInputError
from weingarten.expectations.problems import Problem
from weingarten.extras import importing_extras
from weingarten.networks import COLUMN, ROW
from weingarten.networks.model import Component, Label, Tensor, is_conjugate, random_of
from weingarten.printing.typesetting import latex

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw"]

_HAAR, _CONSTANT, _LABEL = "#d95f02", "#1b9e77", "#666666"


@budgeted
def draw(
    expr: Any,
    rows: int | None = None,
    columns: int | None = None,
    *,
    term: int = 0,
    assumptions: Any = True,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> Figure:
    """Draw one term of an expression as a network, with a pairing of its random factors.

    Boxes are matrices, dots are indices; every box is tied to its row index (solid) and its column
    index (dashed). A pairing joins the random boxes whose row, or column, indices it makes equal.

    Parameters
    ----------
    expr : Expr or MatrixExpr
        What :func:`weingarten.expect` accepts.
    rows, columns : int, optional
        Positions in :func:`weingarten.pairings` of the pairings of rows and columns to show; of a
        unitary matrix, positions of bijections from plain to conjugated factors, in lexicographic
        order.
    term : int, optional
        Which monomial of the expanded expression to draw.
    assumptions : Boolean, optional
        As for :func:`weingarten.expect`.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    matplotlib.figure.Figure
        Not attached to any window: a notebook shows it, and its ``savefig`` writes it.

    Raises
    ------
    InvalidInputError
        If there is no such term or pairing, or several Haar matrices are to be paired.
    CostLimitError
        If the predicted time exceeds ``max_cost``.
    MissingPackageError
        If matplotlib is not installed.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import HaarOrthogonal
    >>> d = sympy.Symbol("d")
    >>> W, A = HaarOrthogonal("W", d), sympy.MatrixSymbol("A", d, d)
    >>> len(draw(sympy.Trace(W * A) ** 2, rows=0).axes)
    1
    """
    with importing_extras("draw"):
        from weingarten.printing.pictures import Picture  # noqa: PLC0415 - it imports matplotlib

    tensors = _tensors(expr, term, assumptions)
    graph = _graph(tensors)
    foresee(f"a picture with {len(graph)} nodes", _layout_seconds(len(graph), len(tensors)))
    slots = [at for at, (base, _, _) in enumerate(tensors) if random_of(base) is not None]
    figure = Picture(figsize=(7, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.set_axis_off()
    place = nx.spring_layout(graph, seed=1) if len(graph) else {}
    kinds = nx.get_node_attributes(graph, "kind")
    for kind, colour, shape, size in (
        ("haar", _HAAR, "s", 900),
        ("constant", _CONSTANT, "s", 900),
        ("label", _LABEL, "o", 90),
    ):
        nodes = [node for node in graph if kinds[node] == kind]
        nx.draw_networkx_nodes(
            graph,
            place,
            nodelist=nodes,
            node_color=colour,
            node_shape=shape,
            node_size=size,
            ax=axes,
        )
    for side, style in (("row", "solid"), ("column", "dashed")):
        edges = [(a, b) for a, b, key in graph.edges(keys=True) if key == side]
        nx.draw_networkx_edges(
            graph, place, edgelist=edges, style=style, edge_color=_LABEL, ax=axes
        )
    names = {("tensor", at): f"${latex(base)}$" for at, (base, _, _) in enumerate(tensors)}
    nx.draw_networkx_labels(graph, place, names, font_color="white", ax=axes)
    fixed = {
        n: f"${_shown(n[1])}$" for n in graph if kinds[n] == "label" and not isinstance(n[1], int)
    }
    nx.draw_networkx_labels(graph, place, fixed, verticalalignment="bottom", ax=axes)
    for which, colour, bend, name in (
        (rows, "#7570b3", 0.35, "rows"),
        (columns, "#e7298a", -0.35, "columns"),
    ):
        if which is None:
            continue
        chosen = _pairing(which, name, tensors, slots)
        pairs = [(("tensor", slots[a]), ("tensor", slots[b])) for a, b in chosen]
        nx.draw_networkx_edges(
            nx.Graph(pairs),
            place,
            edgelist=pairs,
            edge_color=colour,
            width=2.5,
            arrows=True,
            arrowstyle="-",
            connectionstyle=f"arc3,rad={bend}",
            ax=axes,
        )
        axes.plot([], [], color=colour, label=f"{name} paired")
    if rows is not None or columns is not None:
        axes.legend(frameon=False)
    return figure


def _layout_seconds(nodes: int, boxes: int) -> float:
    """Predict the time to place the nodes, which repel each other, and to draw them."""
    return 0.1 + 1e-2 * boxes + 1e-5 * nodes**2


def _tensors(expr: Any, term: int, assumptions: Any) -> list[Tensor]:
    reading = Problem(expr, assumptions).reading
    position = as_integer(term, "term", minimum=0)
    monomials = list(reading.polynomial)
    if position >= len(monomials):
        raise InvalidInputError(
            "term",
            f"must be smaller than the number of terms, {len(monomials)}",
            position,
            "expand the expression with weingarten.derivation to see its terms",
        )
    tensors: list[Tensor] = []
    for item, power in monomials[position]:
        for _ in range(power):
            if isinstance(item, Component):
                tensors += reading.lowering.instantiate(item)[0]
    return tensors


def _graph(tensors: list[Tensor]) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for at, (base, row, column) in enumerate(tensors):
        kind = "constant" if random_of(base) is None else "haar"
        graph.add_node(("tensor", at), kind=kind)
        for side, label in (("row", row), ("column", column)):
            graph.add_node(
                ("label", label) if isinstance(label, int) else ("fixed", label), kind="label"
            )
            node = ("label", label) if isinstance(label, int) else ("fixed", label)
            graph.add_edge(("tensor", at), node, key=side)
    return graph


def _shown(label: Label) -> str:
    return "i" if label == ROW else "j" if label == COLUMN else str(latex(label))


def _pairing(
    which: int, argument: str, tensors: list[Tensor], slots: list[int]
) -> tuple[tuple[int, int], ...]:
    """Return the pairs of slots joined by the pairing, or bijection, at a position."""
    position = as_integer(which, argument, minimum=0)
    matrices = {random_of(tensors[at][0]) for at in slots}
    complex_ = any(matrix is not None and not matrix.is_real_matrix for matrix in matrices)
    flags = [is_conjugate(tensors[at][0]) for at in slots]
    plain, others = ([a for a, flag in enumerate(flags) if flag == kind] for kind in (False, True))
    fits = len(plain) == len(others) if complex_ else len(slots) % 2 == 0
    if len(matrices) != 1 or not fits:
        number = "as many conjugated as plain" if complex_ else "an even number of"
        raise InvalidInputError(
            argument,
            f"needs {number} factors of one Haar matrix",
            f"{len(slots)} factors of {sorted(map(str, matrices))}",
            "draw without a pairing",
        )
    half = len(slots) // 2
    if position >= (factorial(half) if complex_ else number_of_pairings(half)):
        name = "bijection" if complex_ else "pairing"
        raise InvalidInputError(
            argument,
            f"must be the position of a {name} of {len(slots)} factors",
            position,
            "use a smaller position",
        )
    return _bijection_at(plain, others, position) if complex_ else pairing_at(half, position)


def _bijection_at(
    plain: list[int], others: list[int], position: int
) -> tuple[tuple[int, int], ...]:
    """Return the bijection at a position of their lexicographic order."""
    left, pairs = list(others), []
    for slot in plain:
        at, position = divmod(position, factorial(len(left) - 1))
        pairs.append((slot, left.pop(at)))
    return tuple(pairs)
