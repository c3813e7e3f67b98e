"""The benchmark suite: what is timed, by us and by haarpy, the best published Python peer.

A case is two calls without arguments. The first makes its inputs and imports what it needs, and is
not timed; the second is. haarpy has two algorithms for a moment; both are cases of their own and
the better one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import sympy as sp

import weingarten
from weingarten.combinatorics.partitions import partitions_of
from weingarten.moments import MomentPlan

__all__ = ["CASES", "Case", "by_name"]

d = sp.Symbol("d")
Powers = tuple[tuple[int, ...], ...]
Timed = Callable[[], object]
Prepared = Callable[[], Timed]


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes
    ----------
    name : str
        What is computed.
    ours : callable
        Prepares the timed call of this package.
    peers : mapping
        Prepares the timed calls of haarpy's algorithms, by name.
    family : str
        Cases in order of difficulty: when haarpy does not finish one, it is not tried on the next.
    powers : tuple
        The power matrix, for a moment.
    """

    name: str
    ours: Prepared
    family: str
    peers: Mapping[str, Prepared] = field(default_factory=dict)
    powers: Powers = ()

    def plan(self, method: str = "auto") -> MomentPlan:
        """Return the plan of a moment."""
        return weingarten.moment_cost(self.powers, method)

    def by_method(self, method: str) -> Timed:
        """Return the timed call of one method of ``moment``."""
        return lambda: weingarten.moment(self.powers, d, method, max_cost=None)


def _table(n: int) -> Case:
    def haarpy_table() -> Timed:
        from haarpy import weingarten_orthogonal

        return lambda: [weingarten_orthogonal(mu, d) for mu in partitions_of(n)]

    return Case(
        f"all Wg of n = {n}, symbolic d",
        lambda: lambda: list(weingarten.wg_table(n, d).values()),
        "weingarten",
        {"zonal": haarpy_table},
    )


def _lazy_table(n: int) -> Case:
    return Case(
        f"table of n = {n}, converted on access", lambda: lambda: weingarten.wg_table(n, d), "lazy"
    )


def _value(mu: tuple[int, ...], dimension: int | sp.Symbol) -> Case:
    def haarpy_value() -> Timed:
        from haarpy import weingarten_orthogonal

        return lambda: weingarten_orthogonal(mu, dimension)

    return Case(
        f"Wg{mu}, d = {dimension}" if isinstance(dimension, int) else f"Wg{mu}, symbolic d",
        lambda: lambda: weingarten.wg(mu, dimension),
        "weingarten",
        {"zonal": haarpy_value},
    )


def _unitary_table(n: int) -> Case:
    def haarpy_table() -> Timed:
        from haarpy import weingarten_unitary

        return lambda: [weingarten_unitary(mu, d) for mu in partitions_of(n)]

    return Case(
        f"U(d): all Wg of n = {n}, symbolic d",
        lambda: lambda: list(weingarten.wg_table(n, d, group="U").values()),
        "unitary weingarten",
        {"characters": haarpy_table},
    )


def _unitary_moment(name: str, powers: list[list[int]], peer: bool = True) -> Case:
    matrix = tuple(map(tuple, powers))

    def haarpy_moment(algorithm: str) -> Prepared:
        def prepare() -> Timed:
            from haarpy import haar_integral_unitary

            return lambda: haar_integral_unitary(matrix, matrix, d, algorithm, "matrix")

        return prepare

    algorithms = ("gorin", "collins") if peer else ()
    return Case(
        name,
        lambda: lambda: weingarten.moment(matrix, d, group="U", conjugate=matrix),
        name,
        {algorithm: haarpy_moment(algorithm) for algorithm in algorithms},
    )


def _permutation_of(mu: tuple[int, ...]) -> object:
    """Return a permutation of coset type mu: haarpy takes one for its symplectic ensembles."""
    from sympy.combinatorics import Permutation

    array, start = list(range(2 * sum(mu))), 0
    for part in mu:
        for k in range(part):
            array[start + 2 * k] = start + 2 * ((k + 1) % part)
        start += 2 * part
    return Permutation(array)


def _group_table(group: str, n: int) -> Case:
    """Return a whole table of another ensemble; of Sp and CSE the symbol is half the size."""
    symplectic = group in ("Sp", "CSE")
    name = {
        "Sp": "weingarten_symplectic",
        "COE": "weingarten_circular_orthogonal",
        "CSE": "weingarten_circular_symplectic",
    }[group]

    def haarpy_table() -> Timed:
        import haarpy

        function = getattr(haarpy, name)
        shapes = [_permutation_of(mu) if symplectic else mu for mu in partitions_of(n)]
        return lambda: [function(mu, d) for mu in shapes]

    size = 2 * d if symplectic else d
    return Case(
        f"{group}: all Wg of n = {n}, symbolic d",
        lambda: lambda: [weingarten.wg(mu, size, group=group) for mu in partitions_of(n)],
        f"{group} weingarten",
        {"zonal": haarpy_table},
    )


def _group_value(group: str, mu: tuple[int, ...], size: int) -> Case:
    """Return one value at an integer size; haarpy takes half of it for Sp and CSE."""
    symplectic = group in ("Sp", "CSE")
    name = {
        "U": "weingarten_unitary",
        "Sp": "weingarten_symplectic",
        "COE": "weingarten_circular_orthogonal",
        "CSE": "weingarten_circular_symplectic",
    }[group]

    def haarpy_value() -> Timed:
        import haarpy

        function, shape = getattr(haarpy, name), _permutation_of(mu) if symplectic else mu
        return lambda: function(shape, size // 2 if symplectic else size)

    return Case(
        f"{group}: Wg{mu}, d = {size}",
        lambda: lambda: weingarten.wg(mu, size, group=group),
        f"{group} value",
        {"characters": haarpy_value},
    )


Blocks = tuple[tuple[int, ...], ...]


def _set_partition_value(first: Blocks, second: Blocks, size: int | sp.Symbol) -> Case:
    def haarpy_value() -> Timed:
        from haarpy import weingarten_permutation

        return lambda: weingarten_permutation(first, second, size)

    at = f"d = {size}" if isinstance(size, int) else "symbolic d"
    return Case(
        f"permutation: Wg of {first} and {second}, {at}",
        lambda: lambda: weingarten.wg((first, second), size, group="permutation"),
        f"permutation value, {at}",
        {"set partitions": haarpy_value},
    )


def _permutation_moment(
    name: str, powers: list[list[int]], size: int | sp.Symbol = d, centred: bool = False
) -> Case:
    matrix = tuple(map(tuple, powers))
    group = "centred-permutation" if centred else "permutation"
    places = [
        (i, j) for i, row in enumerate(powers) for j, power in enumerate(row) for _ in range(power)
    ]

    def haarpy_moment() -> Timed:
        import haarpy

        kind = "haar_integral_centered_permutation" if centred else "haar_integral_permutation"
        function = getattr(haarpy, kind)
        rows, columns = zip(*places, strict=True)
        return lambda: function(rows, columns, size)

    return Case(
        f"{group}: {name}",
        lambda: lambda: weingarten.moment(matrix, size, group=group),
        f"{group}, {size}",
        {"set partitions": haarpy_moment},
    )


def _constants(count: int) -> list[sp.MatrixSymbol]:
    return [sp.MatrixSymbol(f"A_{k}", d, d) for k in range(count)]


def _schur_sum() -> Timed:
    U, (A, B) = weingarten.HaarUnitary("U", d), _constants(2)
    return lambda: weingarten.expect(sp.Trace(U * A * U.H * B) ** 12)


def _four_conjugations() -> Timed:
    U, constants = weingarten.HaarUnitary("U", d), _constants(8)
    factors = [x for k in range(4) for x in (U, constants[2 * k], U.H, constants[2 * k + 1])]
    word = sp.Trace(sp.MatMul(*factors))
    return lambda: weingarten.expect(word)


def _purity() -> Timed:
    a, b = sp.symbols("a b", integer=True, positive=True)
    U = weingarten.HaarUnitary("U", (a, b))
    state = weingarten.PartialTrace(U[:, 0] * U[:, 0].H, (a, b), 0)
    return lambda: weingarten.expect(sp.Trace(state**2))


def _class_function() -> Timed:
    U = weingarten.HaarUnitary("U", 5)
    return lambda: weingarten.expect(sp.Trace(U) ** 20 * sp.conjugate(sp.Trace(U)) ** 20)


def _series() -> Timed:
    return lambda: [weingarten.wg_series(mu, d, 30) for mu in partitions_of(12)]


def _apply() -> Timed:
    vector = np.random.default_rng(0).normal(size=10_395)
    return lambda: weingarten.wg_apply(vector, 20)


def _diagonal() -> Timed:
    indices = [(i, i) for i in range(5) for _ in range(2)]
    return lambda: weingarten.conjugation_moment(indices, d)


def _conjugation() -> Timed:
    indices = [(0, 1)] * 4 + [(1, 2)] * 4 + [(0, 2)] * 4
    return lambda: weingarten.conjugation_moment(indices, d)


def _moment(name: str, powers: list[list[int]], family: str = "", peer: bool = True) -> Case:
    matrix = tuple(map(tuple, powers))

    def haarpy_moment(algorithm: str) -> Prepared:
        def prepare() -> Timed:
            from haarpy import haar_integral_orthogonal

            return lambda: haar_integral_orthogonal(matrix, d, algorithm, "matrix")

        return prepare

    algorithms = ("gorin", "collins") if peer else ()
    return Case(
        name,
        lambda: lambda: weingarten.moment(matrix, d),
        family or name,
        {algorithm: haarpy_moment(algorithm) for algorithm in algorithms},
        matrix,
    )


def _all(rows: int, columns: int, power: int) -> list[list[int]]:
    return [[power] * columns for _ in range(rows)]


def _diagonal_squares(size: int) -> list[list[int]]:
    return [[2 * (i == j) for j in range(size)] for i in range(size)]


def _diagonal_ones(size: int) -> list[list[int]]:
    return [[int(i == j) for j in range(size)] for i in range(size)]


def _cycle(size: int) -> list[list[int]]:
    return [[2 * (j in (i, (i + 1) % size)) for j in range(size)] for i in range(size)]


CASES = (
    _value((2, 1), d),
    _value((3, 2), d),
    _value((3, 2), 3),
    _table(4),
    _table(5),
    _table(6),
    _value((5, 4, 3, 2, 1), d),
    _value((6, 5, 4, 3, 2), d),
    _value((8, 7, 6, 5, 4), d),
    _table(10),
    _table(12),
    _table(15),
    _table(20),
    _lazy_table(20),
    _lazy_table(25),
    Case("30 orders of all Wg of n = 12", _series, "series"),
    Case("Wg matrix of 12 factors (10 395 pairings) times a vector", _apply, "apply"),
    Case("E Π_{i≤5} H_ii², H = WΛWᵀ", _diagonal, "conjugation"),
    Case("E H_12⁴ H_23⁴ H_13⁴, H = WΛWᵀ", _conjugation, "conjugation"),
    _moment("O_11^20", [[20]]),
    _moment("O_11^400", [[400]], peer=False),
    _moment("2×2 all ^4", _all(2, 2, 4)),
    _moment("((2,2,0),(2,0,2),(0,2,2))", [[2, 2, 0], [2, 0, 2], [0, 2, 2]]),
    _moment("3×3 all ^2", _all(3, 3, 2), "3×3"),
    _moment("3×3 all ^4", _all(3, 3, 4), "3×3"),
    _moment("3×3 all ^10", _all(3, 3, 10), "3×3"),
    _moment("4×3 all ^2", _all(4, 3, 2)),
    _moment("4×4 all ^1", _all(4, 4, 1), "4×4"),
    _moment("4×4 all ^2", _all(4, 4, 2), "4×4"),
    _moment("4×4 all ^4", _all(4, 4, 4), "4×4"),
    _moment("Π_{i≤4} O_ii²", _diagonal_squares(4), "diagonal"),
    _moment("Π_{i≤6} O_ii²", _diagonal_squares(6), "diagonal"),
    _moment("Π_{i≤8} O_ii²", _diagonal_squares(8), "diagonal"),
    _moment("Π_{i≤12} O_ii²", _diagonal_squares(12), "diagonal"),
    _moment("cyclic 4×4 of twos", _cycle(4), "cycle"),
    _moment("cyclic 5×5 of twos", _cycle(5), "cycle"),
    _moment("cyclic 6×6 of twos", _cycle(6), "cycle"),
    _moment("cyclic 8×8 of twos", _cycle(8), "cycle"),
    _moment("6×6 all ^1", _all(6, 6, 1), peer=False),
    _moment("5×5 all ^2", _all(5, 5, 2), peer=False),
    _unitary_table(4),
    _unitary_table(6),
    _unitary_table(12),
    _unitary_table(20),
    _unitary_moment("U(d): 2×2 all |U_ij|⁴", _all(2, 2, 2)),
    _unitary_moment("U(d): 3×3 all |U_ij|²", _all(3, 3, 1)),
    _unitary_moment("U(d): 3×3 all |U_ij|⁴", _all(3, 3, 2)),
    _unitary_moment("U(d): 4×4 all |U_ij|²", _all(4, 4, 1)),
    _unitary_moment("U(d): Π_{i≤6} |U_ii|²", _diagonal_ones(6)),
    Case("U(d): E tr(UAU*B)^12", _schur_sum, "words"),
    Case("U(d): E tr of four U A_k U* with distinct constants", _four_conjugations, "words"),
    Case("U(ab): E tr ρ_A², legs of symbolic sizes", _purity, "words"),
    Case("U(5): E |tr U|^40", _class_function, "words"),
    _group_table("Sp", 3),
    _group_table("Sp", 4),
    _group_table("COE", 4),
    _group_table("COE", 5),
    _group_table("CSE", 3),
    _group_table("CSE", 4),
    _group_value("U", (2, 1), 5),
    _group_value("U", (3, 2, 1), 5),
    _group_value("Sp", (2, 1), 6),
    _group_value("COE", (2, 1), 5),
    _group_value("CSE", (2, 1), 6),
    _set_partition_value(((0, 1, 2), (3,)), ((0,), (1, 2, 3)), d),
    _set_partition_value(((0, 1, 2), (3,)), ((0,), (1, 2, 3)), 7),
    _set_partition_value((tuple(range(7)),), (tuple(range(7)),), 7),
    _permutation_moment("E P_00 P_11, d = 7", _diagonal_ones(2), 7),
    _permutation_moment("E P_00 P_11 P_22 P_33", _diagonal_ones(4)),
    _permutation_moment("E Π_{i≤6} P_ii", _diagonal_ones(6)),
    _permutation_moment("E C_00 C_11, C = P - 1/d, d = 7", _diagonal_ones(2), 7, centred=True),
    _permutation_moment("E C_00 C_11 C_22, C = P - 1/d", _diagonal_ones(3), centred=True),
    _permutation_moment("E C_00 C_11 C_22 C_33, C = P - 1/d", _diagonal_ones(4), centred=True),
    _permutation_moment("E of all C_ij of 4×4, C = P - 1/d", _all(4, 4, 1), centred=True),
)


def by_name(name: str) -> Case:
    """Return the case with this name."""
    return next(case for case in CASES if case.name == name)
