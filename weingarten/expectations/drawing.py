"""Pictures: the network of an expression with a chosen pairing of its random factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.expectations.drawn_joins import drawn_join, label_node
from weingarten.expectations.problems import Problem
from weingarten.extras import importing_extras
from weingarten.networks import COLUMN, ROW
from weingarten.networks.model import Component, Label, Tensor, random_of
from weingarten.printing.typesetting import latex

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw"]

_HAAR, _CONSTANT, _LABEL = "#d95f02", "#1b9e77", "#666666"
#: The areas of a box and of a dot.
_BOX, _DOT = 900, 90


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
    index (dashed). A pairing joins the random boxes whose row, or column, indices it makes equal;
    of other laws than those of real matrices, what takes its place.

    Parameters
    ----------
    expr : Expr or MatrixExpr
        What :func:`weingarten.expect` accepts.
    rows, columns : int, optional
        Positions in :func:`weingarten.pairings` of the pairings of rows and columns to show. Of a
        unitary or complex Gaussian matrix, positions of bijections from plain to conjugated
        factors, in lexicographic order, shown as arrows; of a symplectic one, pairings with their
        signs, an arrow from a to b for J_ab; of a permutation matrix, positions of set partitions,
        whose blocks are chains. Of a circular ensemble ``rows`` is the position of a bijection of
        all ends of plain with those of conjugated factors, and ``columns`` is left out.
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
        If there is no such term or pairing, or several random matrices are to be joined.
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
    tensors = _tensors(expr, term, assumptions)
    graph = _graph(tensors)
    foresee(f"a picture with {len(graph)} nodes", _layout_seconds(len(graph), len(tensors)))
    slots = [at for at, (base, _, _) in enumerate(tensors) if random_of(base) is not None]
    joins = [
        (drawn_join(which, name, tensors, slots), colour, bend)
        for which, colour, bend, name in (
            (rows, "#7570b3", 0.35, "rows"),
            (columns, "#e7298a", -0.35, "columns"),
        )
        if which is not None
    ]
    # what was asked for is checked first: no package mends that
    with importing_extras("draw"):
        from weingarten.printing.pictures import Picture  # noqa: PLC0415 - it imports matplotlib

    figure = Picture(figsize=(7, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.set_axis_off()
    place = nx.spring_layout(graph, seed=1) if len(graph) else {}
    kinds = nx.get_node_attributes(graph, "kind")
    for kind, colour, shape, size in (
        ("haar", _HAAR, "s", _BOX),
        ("constant", _CONSTANT, "s", _BOX),
        ("label", _LABEL, "o", _DOT),
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
    for join, colour, bend in joins:
        nx.draw_networkx_edges(
            nx.DiGraph(join.lines),
            place,
            edgelist=join.lines,
            edge_color=colour,
            width=2.5,
            arrows=True,
            arrowstyle="-|>" if join.arrows else "-",
            arrowsize=18,
            node_size=_BOX if join.between_boxes else _DOT,
            connectionstyle=f"arc3,rad={bend}",
            ax=axes,
        )
        axes.plot([], [], color=colour, label=join.words)
    if joins:
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
            node = label_node(label)
            graph.add_node(node, kind="label")
            graph.add_edge(("tensor", at), node, key=side)
    return graph


def _shown(label: Label) -> str:
    return "i" if label == ROW else "j" if label == COLUMN else str(latex(label))
