r"""Moments of the gradient norm at isometry, at any depth: a linear recursion on trace words.

With S and B the symmetric and antisymmetric parts of A = ∂ℓ/∂X Xᵀ, ‖∂ℓ/∂X‖² = tr S² - tr B², and
every power of it is a sum of trace words. One layer maps the words of each degree (s, b) to
themselves (:func:`bn_theory.laws.common.invariants.layer_map`, which asks the engine for traces);
the first layer below Γ gives the start. A start is a vector of numbers for a uniform Γ, by Wick's
rule, and a sum over networks of ΓΓᵀ, kept as networks to be evaluated at matrices, for a fixed one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, product
from math import comb, prod
from typing import Any

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from bn_theory.laws.common.invariants import Word, layer_map, word_labels
from bn_theory.laws.common.recursions import closed_form, iterate
from bn_theory.notation import DEPTH
from weingarten.budget import tick
from weingarten.calculus.weingarten_functions import wg
from weingarten.coerce import refuses_text
from weingarten.combinatorics.multigraphs import canonical_edges, connected_edges
from weingarten.combinatorics.pairings import coset_type, pairings
from weingarten.combinatorics.set_partitions import merged_labels
from weingarten.errors import CostLimitError, InvalidInputError

__all__ = [
    "Network",
    "fixed_start",
    "isometric_moment",
    "isometric_moment_at",
    "isometric_moment_limit",
    "isotropic_start",
    "norm_power",
]

#: A sum over labels of a product of entries of M = ΓΓᵀ: its edges, by connected component.
Network = tuple[tuple[tuple[int, int], ...], ...]

_LARGEST_ORDER = 3


def norm_power(k: int) -> dict[Word, int]:
    """Return ‖∇‖^(2k) = (tr S² - tr B²)^k as trace words with integer coefficients.

    Examples
    --------
    >>> norm_power(2)
    {('SS', 'SS'): 1, ('BB', 'SS'): -2, ('BB', 'BB'): 1}
    """
    return {("BB",) * j + ("SS",) * (k - j): (-1) ** j * comb(k, j) for j in range(k + 1)}


def _diagonals(word: Word) -> Iterator[tuple[int, list[int], list[int]]]:
    """Iterate over ways to take diagonals of letters S: sign, merged labels, letters taken."""
    letters, rows, columns = word_labels(word)
    places = [a for a, letter in enumerate(letters) if letter == "S"]
    for size in range(len(places) + 1):
        for taken in combinations(places, size):
            merged = merged_labels(len(letters), [(rows[a], columns[a]) for a in taken])
            yield (-1) ** size, merged, list(taken)


def isotropic_start(word: Word, d: int | sp.Expr) -> sp.Expr:
    """Return E word(offdiag A) one layer below a Γ that is uniform on the unit sphere.

    Then A = ΓX'ᵀ is uniform on the unit sphere of d×d matrices. Wick's rule for Gaussian A, with
    E S_ij S_kl = (δ_ik δ_jl + δ_il δ_jk)/2 and the same with a minus for B, gives the average but
    for the moment of the Gaussian's norm, (d²)(d² + 2)… . Asked as an expression in a Gaussian
    matrix it is the same, and of degree 6 fifteen times slower.

    Examples
    --------
    >>> d = sp.Symbol("d")
    >>> sp.factor(isotropic_start(("SS",), d) - isotropic_start(("BB",), d))
    (d - 1)/d
    """
    letters, rows, columns = word_labels(word)
    count = len(letters)
    powers: Counter[int] = Counter()
    pairs = [p for p in pairings(count // 2) if all(letters[a] == letters[b] for a, b in p)]
    for sign, merged, _ in _diagonals(word):
        for pairing in pairs:
            for crossed in product((False, True), repeat=len(pairing)):
                labels, weight = list(merged), sign
                for (a, b), cross in zip(pairing, crossed, strict=True):
                    ends = (columns[b], rows[b]) if cross else (rows[b], columns[b])
                    labels = merged_labels(
                        count, zip((rows[a], columns[a]), ends, strict=True), labels
                    )
                    if cross and letters[a] == "B":
                        weight = -weight
                powers[len(set(labels))] += weight
    half = count // 2
    below = 2**half * sp.prod([sp.sympify(d) ** 2 + 2 * i for i in range(half)])
    return sp.factor(sp.Add(*(c * sp.sympify(d) ** k for k, c in powers.items())) / below)


def fixed_start(word: Word, d: int | sp.Expr) -> dict[Network, sp.Expr]:
    """Return E word(offdiag A) one layer below a fixed Γ, as a combination of networks of ΓΓᵀ.

    A = ΓOᵀ with O Haar-distributed: E over O merges labels of rows of O and joins rows of Γ by
    M = ΓΓᵀ. The left index of Γ is not averaged, so sums like Σ_i M_ii² remain; as networks they
    are summed in few passes over M, where the engine would write them out in entries of Γ.

    Examples
    --------
    >>> fixed_start(("SS",), sp.Symbol("d"))
    {(((0, 0),),): (d - 1)/(2*d)}
    """
    letters, rows, columns = word_labels(word)
    count = len(letters)
    joins = list(pairings(count // 2))
    weights = [[wg(coset_type(p, q), d) for q in joins] for p in joins]
    total: dict[Network, Counter[tuple[int, int, int]]] = {}
    for sign, merged, taken in _diagonals(word):
        free = [a for a in range(count) if a not in taken]
        for flips in product((False, True), repeat=len(free)):
            flipped = {a for a, flip in zip(free, flips, strict=True) if flip}
            weight = sign * (-1) ** sum(letters[a] == "B" for a in flipped)
            left = [columns[a] if a in flipped else rows[a] for a in range(count)]
            right = [rows[a] if a in flipped else columns[a] for a in range(count)]
            for i, p in enumerate(joins):
                labels = merged_labels(count, [(right[a], right[b]) for a, b in p], merged)
                for j, q in enumerate(joins):
                    edges = [(labels[left[a]], labels[left[b]]) for a, b in q]
                    loose = len(set(labels) - {end for edge in edges for end in edge})
                    key = (i, j, loose)
                    scale = weight * 2 ** len(taken)
                    total.setdefault(_network(edges), Counter())[key] += scale
    dimension = sp.sympify(d)
    sums = {
        network: sp.factor(
            sp.Add(*(c * weights[i][j] * dimension**k for (i, j, k), c in terms.items())) / 2**count
        )
        for network, terms in total.items()
    }
    return {network: value for network, value in sums.items() if value != 0}


def _network(edges: Sequence[tuple[int, int]]) -> Network:
    """Return the canonical form of a multigraph, component by component."""
    return tuple(sorted(map(canonical_edges, connected_edges(edges))))


def _network_value(network: Network, gram: list[list[Any]], domain: Any) -> Any:
    value = domain.one
    for component in network:
        value *= _component_value(Counter(component), gram, domain)
    return value


def _component_value(edges: Counter[tuple[int, int]], gram: list[list[Any]], domain: Any) -> Any:
    """Sum a connected network: labels with one neighbour by a pass over M each, then the others."""
    size = len(gram)
    labels = sorted({end for edge in edges for end in edge})
    weights = {x: [gram[i][i] ** edges[x, x] for i in range(size)] for x in labels}
    links = {edge: power for edge, power in edges.items() if edge[0] != edge[1]}
    while len(labels) > 1:
        ends = Counter(end for edge in links for end in edge)
        leaf = next((x for x in labels if ends[x] == 1), None)
        if leaf is None:
            break
        (edge,) = (edge for edge in links if leaf in edge)
        power, (kept,) = links.pop(edge), set(edge) - {leaf}
        for i, row in enumerate(gram):
            tick()
            reached = (w * x**power for w, x in zip(weights[leaf], row, strict=True))
            weights[kept][i] *= sum(reached, domain.zero)
        labels.remove(leaf)
    total = domain.zero
    for chosen in product(range(size), repeat=len(labels)):
        at = dict(zip(labels, chosen, strict=True))
        factors = [weights[x][i] for x, i in at.items()]
        factors += [gram[at[x]][at[y]] ** power for (x, y), power in links.items()]
        total += prod(factors, start=domain.one)
    return total


def _degree(word: Word) -> tuple[int, int]:
    letters = "".join(word)
    return letters.count("S"), letters.count("B")


# the start is the same at every depth
@lru_cache(maxsize=256)
def _isotropic_vector(s: int, b: int, d: int | sp.Expr) -> sp.ImmutableMatrix:
    return sp.ImmutableMatrix([isotropic_start(word, d) for word in layer_map(s, b, d)[0]])


def _check_order(k: int) -> None:
    if k > _LARGEST_ORDER:
        raise CostLimitError(
            f"the recursion for the moment of order {k}",
            sp.factorial2(4 * k - 1),
            sp.factorial2(4 * _LARGEST_ORDER - 1),
            "pairings",
            f"ask for k <= {_LARGEST_ORDER}",
        )


def _blocks(k: int, d: int | sp.Expr) -> Iterator[tuple[int, tuple[int, int], sp.Matrix | None]]:
    """Iterate over (coefficient, degree, layer matrix) of the words of ‖∇‖^(2k), first word each.

    The words in B alone are invariant in every draw: their matrix, the identity, is None.
    """
    for word, coefficient in norm_power(k).items():
        s, b = _degree(word)
        yield coefficient, (s, b), layer_map(s, b, d)[1] if s else None


def _observe(word_degree: tuple[int, int], d: int | sp.Expr) -> sp.Matrix:
    s, b = word_degree
    words = layer_map(s, b, d)[0]
    wanted = ("BB",) * (b // 2) + ("SS",) * (s // 2)
    return sp.Matrix([[int(word == wanted) for word in words]])


@refuses_text("d")
def isometric_moment(d: int | sp.Expr, k: int = 2) -> sp.Expr:
    r"""Return E‖∂ℓ/∂X_0‖^(2k) / ‖Γ_L‖^(2k) for an isotropic Γ_L, L ≥ 1 layers back.

    Sums over the eigenvalues of the recursion: rational ones and square roots are written out, the
    others appear as a SymPy ``RootSum`` over their polynomial.

    Examples
    --------
    >>> d, depth = sp.symbols("d L")
    >>> mean = (d - 1) * (1 + (d / (d + 2)) ** (depth - 1)) / (2 * d)
    >>> sp.simplify(isometric_moment(d, 1) - mean)
    0
    """
    _check_order(int(k))
    steps = DEPTH - 1
    total = []
    for coefficient, degree, matrix in _blocks(int(k), d):
        start = _first(degree, d) if matrix is None else _isotropic_vector(*degree, d)
        value = start if matrix is None else closed_form(matrix, start, _observe(degree, d), steps)
        total.append(coefficient * value)
    return sp.Add(*total)


def _first(degree: tuple[int, int], d: int | sp.Expr) -> sp.Expr:
    return isotropic_start(("BB",) * (degree[1] // 2), d)


@refuses_text("d")
def isometric_moment_limit(d: int | sp.Expr, k: int = 2) -> sp.Expr:
    """Return the limit of :func:`isometric_moment` for L → ∞: what the antisymmetric part keeps.

    Every other eigenvalue of the recursion lies inside the unit circle for d ≥ 2.

    Examples
    --------
    >>> isometric_moment_limit(sp.Symbol("d"), 1)
    (d - 1)/(2*d)
    """
    _check_order(int(k))
    return sp.factor((-1) ** int(k) * isotropic_start(("BB",) * int(k), d))


def _fixed_vector(
    words: Sequence[Word], d: int | sp.Expr, k: int, gradient: sp.MatrixBase
) -> sp.Matrix:
    """Return E word(offdiag A)/‖Γ‖^(2k) one layer below a fixed Γ, for each word."""
    exact = DomainMatrix.from_Matrix(sp.Matrix(gradient)).to_field()
    gram = exact * exact.transpose()
    domain, entries = gram.domain, gram.to_list()
    size = sum((entries[i][i] for i in range(len(entries))), domain.zero) ** k
    values: dict[Network, sp.Expr] = {}
    start = []
    for word in words:
        terms = []
        for net, weight in fixed_start(word, d).items():
            if net not in values:
                values[net] = domain.to_sympy(_network_value(net, entries, domain) / size)
            terms.append(weight * values[net])
        start.append(sp.Add(*terms))
    return sp.Matrix(start)


@refuses_text("d")
def isometric_moment_at(
    d: int | sp.Expr, k: int, depth: int, gradient: sp.MatrixBase | None = None
) -> sp.Expr:
    """Return E‖∂ℓ/∂X_0‖^(2k) / ‖Γ_L‖^(2k) at a depth, exactly, by applying the recursion.

    Parameters
    ----------
    d : int or sympy.Expr
        An integer from 2 on; a symbol gives a rational function, valid for d >= 2k.
    k : int
        At most 3; at most 2 for a fixed gradient.
    depth : int
        Number L of layers, at least 1.
    gradient : sympy.Matrix of shape (d, d), optional
        A fixed Γ_L; by default Γ_L is isotropic.

    Examples
    --------
    >>> isometric_moment_at(4, 1, 2), isometric_moment_at(4, 1, 2, sp.eye(4))
    (5/8, 5/8)
    >>> isometric_moment_at(sp.Symbol("d"), 1, 2)
    (d - 1)*(d + 1)/(d*(d + 2))
    """
    _check_order(k)
    if gradient is not None and k > 2:
        raise InvalidInputError(
            "k", "must be at most 2 for a fixed gradient", k, "leave gradient= out"
        )
    total = sp.Integer(0)
    for coefficient, degree, matrix in _blocks(k, d):
        words = layer_map(*degree, d)[0]
        if gradient is None:
            start = _isotropic_vector(*degree, d)
        else:
            start = _fixed_vector(words, d, k, gradient)
        seen = _observe(degree, d)
        if matrix is None:
            total += coefficient * (seen * start)[0]
        else:
            total += coefficient * iterate(matrix, start, seen, depth - 1)[0]
    return total if isinstance(d, int) else sp.factor(total)
