"""The public moment function: coerce, canonicalise, plan, then run one method."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted
from weingarten.coerce import as_dimension, as_one_of, as_power_matrix
from weingarten.ensembles.family import FAMILY
from weingarten.errors import InvalidInputError
from weingarten.exact.dimension import Dimension, Exact
from weingarten.moments.index_words import powers_of_words
from weingarten.moments.jobs import MOMENT_GROUPS, MomentJob
from weingarten.moments.moment_methods import moment_methods
from weingarten.moments.plan import (
    ANY,
    MomentPlan,
    affordable,
    exact_moment_by,
    make_plan,
    moment_by,
)
from weingarten.moments.power_matrices import PowerMatrix, has_odd_sum

__all__ = ["exact_moment", "moment", "moment_cost"]

for _group in MOMENT_GROUPS:  # found when this is loaded: to look for them is no part of an answer
    moment_methods(_group)


@budgeted
def moment(
    powers: object = None,
    d: object = None,
    method: str = "auto",
    *,
    group: str = "O",
    conjugate: object = None,
    rows: object = None,
    columns: object = None,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    r"""Return E Π_{ij} O_ij^{powers[i][j]} for a Haar-distributed O in O(d), exactly.

    Other ensembles go by ``group``, with the powers of complex conjugated entries in ``conjugate``:
    ``moment([[2]], d, group="U", conjugate=[[2]])`` is ``E |U_00|⁴``.

    There is a second spelling by index words, ``moment(rows=(0, 0, 1, 1), columns=(0, 0, 1, 1),
    d=d)``, which is E O_00 O_00 O_11 O_11. Do not mix them up: ``powers`` is no pair of words, and
    ``moment([[0, 0, 1, 1], [0, 0, 1, 1]], d)`` is E O_02 O_03 O_12 O_13.

    Parameters
    ----------
    powers : rectangular matrix of int
        Non-negative powers as nested sequences, a NumPy integer array or a SymPy matrix. Rows and
        columns that are not listed have power zero; an empty matrix gives 1.
    d : int or Expr
        The dimension: a positive integer, or a SymPy expression with symbols.
    method : {"auto", "closed", "qr", "counting", "gorin-lopez"}, optional
        ``"auto"`` takes the method with the least predicted time. By name:

        * ``"closed"``: closed forms for at most two nonzero rows or columns;
        * ``"qr"``: Gaussian matrices are O·R, one product of polynomials, one per row;
        * ``"counting"``: Σ_μ N_μ Wg(μ; d), pairs of pairings counted by coset type;
        * ``"gorin-lopez"``: column by column, on power matrices up to permutations.

        Over U(d) it is one of ``"auto"``, ``"qr"`` and ``"counting"``, over SO(d) and SU(d)
        ``"auto"`` or ``"determinant"``, over centred permutation matrices ``"auto"`` or
        ``"rooks"``, over the others ``"auto"`` or ``"counting"``.
    group : {"O", "U", "SO", "SU", "Sp", "COE", "CSE", "permutation", "centred-permutation"}
        The ensemble: the (special) orthogonal or unitary group, the symplectic group, a circular
        ensemble, or uniform permutation matrices P, centred ones being P - 1/d. The size of the
        matrices of Sp and CSE is d = 2m; for an integer d the indices i and i + m belong together,
        for a symbolic d every index listed is one of the first m.
    conjugate : rectangular matrix of int, optional
        The powers of the complex conjugates of the entries, none by default.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger, or when the work grows past the
        memory set aside for it; None never refuses.
    rows, columns : sequence of int or str, optional
        Instead of ``powers``: the row and the column index of every factor, counted from 0, or
        letters such as ``"iijj"``, of which unequal ones stand for unequal indices.

    Returns
    -------
    Expr
        A rational function of d in factored form, or a Rational for an integer d. For a symbolic d
        it holds for every integer d at least as large as the number of rows and of columns with a
        nonzero power; over SO and SU also d has to be larger than the degree. Over O it is zero
        whenever a row or column sum is odd.

    Raises
    ------
    InvalidInputError
        If ``powers`` is ragged or has an entry that is no non-negative integer, if an integer d is
        smaller than the number of rows or columns, if ``method`` is unknown or does not apply, if
        ``group`` is unknown.
    CostLimitError
        If the predicted cost exceeds ``max_cost``; :func:`moment_cost` gives the estimates.

    Notes
    -----
    The result does not depend on the method: all compute the same rational function, from
    B. Collins & P. Śniady, Comm. Math. Phys. 264 (2006) 773 (counting), T. Gorin & G. V. López,
    J. Math. Phys. 49 (2008) 013503 (Gorin–López), and the QR decomposition of a Gaussian matrix
    (closed and qr; derived in ``weingarten.moments.methods.qr``).

    Examples
    --------
    >>> import sympy
    >>> d = sympy.Symbol("d")
    >>> moment([[2, 0], [0, 2]], d)
    (d + 1)/(d*(d - 1)*(d + 2))
    >>> moment([[1, 1], [1, 1]], 3)
    -1/30
    >>> moment([[4]], d, method="counting")
    3/(d*(d + 2))
    >>> moment(rows="iijj", columns="iijj", d=d) == moment([[2, 0], [0, 2]], d)
    True
    >>> moment([[1, 0], [0, 1]], d, group="U", conjugate=[[0, 1], [1, 0]])
    -1/(d*(d - 1)*(d + 1))
    >>> moment([[2]], d, group="COE", conjugate=[[2]])
    8/((d + 1)*(d + 3))
    >>> moment([[1, 0], [0, 1]], d, group="centred-permutation")
    1/(d**2*(d - 1))
    """
    dimension = _dimension(group, d)
    if rows is None and columns is None:
        matrix = as_power_matrix(powers)
    elif powers is not None:
        raise InvalidInputError(
            "powers", "must be left out beside rows and columns", powers, "give one of the two"
        )
    else:
        matrix = powers_of_words(rows, columns, dimension)
    _check_shape(matrix, dimension)
    if conjugate is not None and (rows is not None or columns is not None):
        raise InvalidInputError(
            "conjugate",
            "must be left out beside rows and columns",
            conjugate,
            "give the plain powers as a matrix too",
        )
    job = _job(group, matrix, conjugate, dimension)
    return moment_by(job, dimension, affordable(job, method))


def moment_cost(
    powers: object,
    method: str = "auto",
    *,
    group: str = "O",
    conjugate: object = None,
    d: object = None,
) -> MomentPlan:
    """Return how :func:`moment` would compute a moment, and what that is predicted to cost.

    Parameters
    ----------
    powers : rectangular matrix of int
        As for :func:`moment`.
    method : str, optional
        A method by name, or ``"auto"``.
    group, conjugate : optional
        As for :func:`moment`.
    d : int or Expr, optional
        The dimension, a symbol if it is left out; only over Sp and CSE the cost depends on it.

    Returns
    -------
    MomentPlan
        The method, its predicted ``seconds`` (a first call, on one core of a current machine,
        within a factor of a few) and the ``estimates`` for every method that applies; ``run()``
        returns the moment.

    Raises
    ------
    InvalidInputError
        As for :func:`moment`.

    Examples
    --------
    >>> plan = moment_cost([[2] * 4] * 4)
    >>> plan.method, plan.seconds < 1
    ('gorin-lopez', True)
    >>> plan.estimates["qr"].seconds > plan.seconds
    True
    >>> plan = moment_cost([[3]], group="U", conjugate=[[3]], d=5)
    >>> plan.method, plan.run()
    ('qr', 1/35)
    """
    dimension = _dimension(group, ANY if d is None else d)
    matrix = as_power_matrix(powers)
    _check_shape(matrix, dimension)
    shown = sp.Symbol("d") if d is None else dimension
    return make_plan(_job(group, matrix, conjugate, dimension), method, shown)


def _dimension(group: object, d: object) -> int | sp.Expr:
    """Return the dimension of an ensemble whose moments are known."""
    name = as_one_of(group, "group", MOMENT_GROUPS, "O")
    return FAMILY[name].dimension(d) if name in FAMILY else as_dimension(d)


def _job(group: str, plain: PowerMatrix, conjugate: object, dimension: int | sp.Expr) -> MomentJob:
    """Return the canonical job, plain powers and dimension being coerced already."""
    conjugated: PowerMatrix = ()
    if conjugate is not None:
        conjugated = as_power_matrix(conjugate, "conjugate")
        _check_shape(conjugated, dimension, "conjugate")
    return MomentJob(group, plain, conjugated, Dimension.of(dimension)).canonical()


def _check_shape(matrix: PowerMatrix, d: int | sp.Expr, argument: str = "powers") -> None:
    shape = (len(matrix), len(matrix[0]) if matrix else 0)
    if isinstance(d, int) and max(shape) > d:
        raise InvalidInputError(
            argument,
            f"must have at most d = {d} rows and columns",
            "x".join(map(str, shape)),
            "use a larger d, or leave out zero rows and columns",
        )


def exact_moment(
    powers: PowerMatrix, d: Dimension, conjugated: PowerMatrix = (), *, group: str = "O"
) -> Exact:
    """Return a moment as a function of d, or as its value at an integer d.

    For callers that collect many moments before they turn them into SymPy; the powers are already
    matrices of Python ints, with at most d rows and columns.
    """
    # most moments of a long polynomial vanish, which is seen without the canonical form
    if group == "O" and not conjugated and has_odd_sum(powers):
        return d.coefficient(0)
    return _planned(MomentJob(group, powers, conjugated, d).canonical())


# an average asks for few moments, each once for every pattern of its indices
@lru_cache(maxsize=16384)
def _planned(job: MomentJob) -> Exact:
    return exact_moment_by(job, affordable(job))
