"""Linear recursions over layers, solved in closed form at any depth."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from math import lcm

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from weingarten.budget import foresee, tick
from weingarten.exact.rational import RationalFunction, common_shifts, linear_product

#: Steps from which powers are taken by squaring, and the largest factor for which they are.
_MANY, _LARGEST_FACTOR = 200, 6

__all__ = ["closed_form", "geometric", "iterate", "modes", "resolvent", "solve_recursion"]


def solve_recursion(
    matrix: sp.MatrixBase, start: sp.MatrixBase, observe: sp.MatrixBase, steps: sp.Expr
) -> sp.Expr:
    """Return ``observe · matrix^steps · start`` as Σ c_i μ_i^steps over the eigenvalues μ_i.

    Parameters
    ----------
    matrix : sympy.Matrix of shape (r, r)
        Diagonalisable, with entries rational in d.
    start : sympy.Matrix of shape (r, 1)
    observe : sympy.Matrix of shape (1, r)
    steps : sympy.Expr
        How often the matrix is applied, an integer or a symbol; at least 0 (at least 1 for an
        eigenvalue 0).

    Returns
    -------
    sympy.Expr
        With the coefficients in factored form.

    Examples
    --------
    >>> a, m = sp.symbols("a m")
    >>> solve_recursion(sp.Matrix([[a, 1], [0, 1]]), sp.Matrix([1, 1 - a]), sp.Matrix([[1, 0]]), m)
    1
    """
    vectors, eigenvalues = matrix.diagonalize()
    weights = (observe * vectors).multiply_elementwise(vectors.solve(start).T)
    powers: dict[sp.Expr, sp.Expr] = {}
    for weight, value in zip(weights, eigenvalues.diagonal(), strict=True):
        base = sp.factor(value)
        powers[base] = powers.get(base, sp.Integer(0)) + weight
    # the powers are opaque to the factoring, so that it cannot spread them over their base
    names = {base: sp.Dummy() for base in powers}
    total = sp.factor(sp.Add(*(weight * names[base] for base, weight in powers.items())))
    return total.xreplace({name: base**steps for base, name in names.items()})


def iterate(
    matrix: sp.MatrixBase, start: sp.MatrixBase, observe: sp.MatrixBase, steps: int
) -> sp.Matrix:
    """Return ``observe · matrix^steps · start``, for exact numbers or functions of one symbol.

    All go step by step over one common denominator, which is cancelled once, at the end: rational
    numbers as integers, functions as integer polynomials (there it is the product of linear factors
    that the Weingarten calculus leaves). Other numbers go by squaring, and so do many steps between
    rational numbers, for each small factor of the characteristic polynomial that takes part.

    Examples
    --------
    >>> iterate(sp.Matrix([[1, 1], [1, 0]]), sp.Matrix([1, 0]), sp.eye(2), 10)
    Matrix([
    [89],
    [55]])
    """
    size = matrix.shape[0]
    symbols = matrix.free_symbols | start.free_symbols | observe.free_symbols
    if matrix.free_symbols and len(symbols) == 1:
        foresee(f"{steps} steps of a recursion in {size} functions", 8e-7 * size**2 * steps**2)
        return _iterate_functions(matrix, start, observe, steps, symbols.pop())
    if all(x.is_Rational for part in (matrix, start, observe) for x in part):
        if steps >= _MANY:
            found = [_by_factors(matrix, start, row, steps) for row in _rows(observe)]
            if None not in found:
                return sp.Matrix(found)
        foresee(f"{steps} steps of a recursion in {size} numbers", 4e-10 * size**2 * steps**2)
        return _iterate_rationals(matrix, start, observe, steps)
    foresee(f"{steps} steps of a recursion in {size} numbers", 8e-9 * size**3 * steps**1.5)
    parts = [DomainMatrix.from_Matrix(sp.Matrix(x)).to_field() for x in (observe, matrix, start)]
    row, power, column = DomainMatrix.unify(*parts)
    return (row * power**steps * column).to_Matrix()


def _rows(matrix: sp.MatrixBase) -> list[sp.MatrixBase]:
    return [matrix[i, :] for i in range(matrix.rows)]


def _by_factors(
    matrix: sp.MatrixBase, start: sp.MatrixBase, row: sp.MatrixBase, steps: int
) -> sp.Rational | None:
    """Return one value as Σ_f Tr_f(N/D' x^steps) over the factors f of D, None if one is large.

    N/D is the resolvent in lowest terms. With b the common denominator of f, y = b x is an
    algebraic integer, so that y^steps is a polynomial in y with integer coefficients.
    """
    x = sp.Dummy("x")
    numerator, denominator = resolvent(matrix, start, row, x)
    parts = denominator.factor_list()[1]
    if any(multiplicity > 1 or f.degree() > _LARGEST_FACTOR for f, multiplicity in parts):
        return None
    bounds = [lcm(*(int(c.q) for c in f.monic().all_coeffs())).bit_length() for f, _ in parts]
    # squares by Karatsuba, and one greatest common divisor, of numbers of so many digits of 30 bits
    squares = sum(
        f.degree() ** 2 * (steps * b / 30) ** 1.6 for (f, _), b in zip(parts, bounds, strict=True)
    )
    seconds = 3e-9 * squares + 1e-9 * (steps * max(bounds) / 30) ** 2
    foresee(f"{steps} steps of a recursion in {len(parts)} factors", seconds)
    slope, found = denominator.diff(x), []
    for factor, _ in parts:
        f = sp.Poly(factor, x, domain=sp.QQ).monic()
        weight = (numerator.set_domain(sp.QQ) * slope.set_domain(sp.QQ).invert(f)).rem(f)
        below = lcm(*(int(c.q) for c in f.all_coeffs()))
        degree = f.degree()
        # y^degree = Σ_j rules[j] y^j
        rules = [-int(f.nth(j) * below ** (degree - j)) for j in range(degree)]
        power = _power(rules, steps)
        traces = _traces(rules, 2 * degree - 1)
        scaled = [weight.nth(i) / sp.Integer(below) ** i for i in range(degree)]
        common = lcm(*(int(c.q) for c in scaled))
        total = sum(
            int(c * common) * power[j] * traces[i + j]
            for i, c in enumerate(scaled)
            for j in range(degree)
        )
        found.append((total, common, below))
    common, below = (lcm(*(entry[i] for entry in found)) for i in (1, 2))
    total = sum(t * (common // c) * (below // b) ** steps for t, c, b in found)
    return sp.Rational(total, common * below**steps)


def _power(rules: list[int], steps: int) -> list[int]:
    """Return the coefficients of y^steps in 1, y, …, where y^m = Σ rules[j] y^j."""
    degree = len(rules)

    def reduced(product: list[int]) -> list[int]:
        for top in range(len(product) - 1, degree - 1, -1):
            high = product.pop()
            for j, rule in enumerate(rules):
                product[top - degree + j] += high * rule
        return product

    power = [1] + [0] * (degree - 1)
    for bit in bin(steps)[2:]:
        tick()
        square = [0] * (2 * degree - 1)
        for i, a in enumerate(power):
            for j, b in enumerate(power):
                square[i + j] += a * b
        power = reduced(square)
        if bit == "1":
            power = reduced([0, *power])
    return power


def _traces(rules: list[int], count: int) -> list[int]:
    """Return Σ y^k over the roots for k = 0, 1, …, by Newton's identities."""
    degree = len(rules)
    sums = [degree]
    for k in range(1, count):
        value = sum(rules[degree - j] * sums[k - j] for j in range(1, min(k, degree + 1)))
        sums.append(value + k * rules[degree - k] if k <= degree else value)
    return sums


def _iterate_rationals(
    matrix: sp.MatrixBase, start: sp.MatrixBase, observe: sp.MatrixBase, steps: int
) -> sp.Matrix:
    rows, below = _integers(matrix)
    seen, bottom = _integers(observe)
    first, constant = _integers(start)
    column = [row[0] for row in first]
    sparse = [[(j, x) for j, x in enumerate(row) if x] for row in rows]
    for _ in range(steps):
        tick()
        column = [sum(x * column[j] for j, x in row) for row in sparse]
    whole = bottom * constant * below**steps
    totals = (sum(x * y for x, y in zip(row, column, strict=True)) for row in seen)
    return sp.Matrix([sp.Rational(total, whole) for total in totals])


def _integers(matrix: sp.MatrixBase) -> tuple[list[list[int]], int]:
    """Return the entries over their least common denominator, and that."""
    below = lcm(*(int(x.q) for x in matrix))
    return [[int(x.p) * (below // int(x.q)) for x in row] for row in matrix.tolist()], below


def _iterate_functions(
    matrix: sp.MatrixBase, start: sp.MatrixBase, observe: sp.MatrixBase, steps: int, d: sp.Symbol
) -> sp.Matrix:
    rows, below = _polynomials(matrix, d)
    seen, bottom = _polynomials(observe, d)
    # the start may have any denominator: one factor, that no step changes
    constant = sp.factor(reduce(sp.lcm, (sp.denom(sp.together(x)) for x in start)))
    column = [RationalFunction.from_sympy(x * constant, d) for x in start]
    for _ in range(steps):
        tick()
        column = _apply(rows, column)
    for shift, multiplicity in below.items():
        bottom[shift] += steps * multiplicity
    found = [RationalFunction(p.numerator, bottom).to_sympy(d) for p in _apply(seen, column)]
    return sp.Matrix([x / constant for x in found])


def _polynomials(
    matrix: sp.MatrixBase, d: sp.Symbol
) -> tuple[list[list[RationalFunction]], Counter[int]]:
    """Return the entries over one common denominator, and its factors."""
    entries = [[RationalFunction.from_sympy(x, d) for x in row] for row in matrix.tolist()]
    below = common_shifts(x.shifts for row in entries for x in row)
    scale = RationalFunction(linear_product(below))
    return [[x * scale for x in row] for row in entries], below


def _apply(
    rows: list[list[RationalFunction]], column: list[RationalFunction]
) -> list[RationalFunction]:
    zero = RationalFunction([0])
    return [sum((x * y for x, y in zip(row, column, strict=True) if x), zero) for row in rows]


def closed_form(
    matrix: sp.MatrixBase, start: sp.MatrixBase, observe: sp.MatrixBase, steps: sp.Expr
) -> sp.Expr:
    """Return ``observe · matrix^steps · start`` as a sum over the eigenvalues that take part.

    Rational eigenvalues and quadratic irrationals are written out; those of an irreducible factor
    of higher degree become a ``RootSum``. With the resolvent, observe·(x - M)^{-1}·start = N/D in
    lowest terms, the sum is Σ_r N(r)/D'(r) r^steps over the roots of D, which are simple.

    Parameters
    ----------
    matrix, start, observe : sympy.Matrix
        Of shapes (r, r), (r, 1), (1, r), with entries rational in at most one symbol.
    steps : sympy.Expr
        How often the matrix is applied: at least 0, at least 1 for an eigenvalue 0.

    Examples
    --------
    >>> m = sp.Symbol("m")
    >>> fibonacci = sp.Matrix([[1, 1], [1, 0]])
    >>> value = closed_form(fibonacci, sp.Matrix([1, 0]), sp.Matrix([[1, 0]]), m)
    >>> sp.simplify(value.subs(m, 10))
    89
    """
    x = sp.Dummy("x")
    numerator, denominator = resolvent(matrix, start, observe, x)
    terms = []
    slope = denominator.diff(x)
    for factor in _simple_factors(denominator):
        if factor.degree() <= 2:
            weights = _weights(factor, numerator, slope, x)
            terms += [weight * root**steps for root, weight in weights]
        else:
            weight = numerator.as_expr() / slope.as_expr() * x**steps
            terms.append(sp.RootSum(factor.as_expr(), sp.Lambda(x, weight), x=x, auto=False))
    return sp.Add(*terms)


def modes(
    matrix: sp.MatrixBase, start: sp.MatrixBase, observe: sp.MatrixBase
) -> list[tuple[sp.Expr, sp.Expr]]:
    """Return (μ, c) with ``observe · matrix^steps · start`` = Σ c μ^steps.

    The arguments are those of :func:`closed_form`; every eigenvalue that takes part must be
    rational or a quadratic irrational.

    Examples
    --------
    >>> modes(sp.Matrix([[2, 1], [0, 1]]), sp.Matrix([0, 1]), sp.Matrix([[1, 0]]))
    [(2, 1), (1, -1)]
    """
    x = sp.Dummy("x")
    numerator, denominator = resolvent(matrix, start, observe, x)
    slope = denominator.diff(x)
    return [
        pair
        for factor in _simple_factors(denominator)
        for pair in _weights(factor, numerator, slope, x)
    ]


def geometric(ratio: sp.Expr, other: sp.Expr, steps: sp.Expr) -> sp.Expr:
    """Return Σ_(i=0)^(steps-1) ratio^i other^(steps-1-i); the two may be equal.

    Examples
    --------
    >>> a, b, m = sp.symbols("a b m")
    >>> geometric(a, b, m), geometric(sp.Integer(1), sp.Integer(1), m)
    ((a**m - b**m)/(a - b), m)
    """
    if sp.factor(ratio - other) == 0:
        return steps * ratio ** (steps - 1)
    return (ratio**steps - other**steps) / sp.factor(ratio - other)


def _simple_factors(denominator: sp.Poly) -> list[sp.Poly]:
    found = denominator.factor_list()[1]
    if any(multiplicity > 1 for _, multiplicity in found):
        raise ArithmeticError("the recursion has an eigenvalue that is not semisimple")
    return [factor for factor, _ in found]


def _weights(
    factor: sp.Poly, numerator: sp.Poly, slope: sp.Poly, x: sp.Dummy
) -> list[tuple[sp.Expr, sp.Expr]]:
    """Return the roots r of a factor of degree 1 or 2, each with N(r)/D'(r)."""
    if factor.degree() == 1:
        roots, tidy = [sp.factor(-factor.nth(0) / factor.nth(1))], sp.factor
    elif factor.degree() == 2:
        a, b, c = factor.all_coeffs()
        root = sp.sqrt(sp.factor(b**2 - 4 * a * c))
        roots = [(-b + root) / (2 * a), (-b - root) / (2 * a)]
        tidy = _rationalised
    else:
        raise ArithmeticError(f"an eigenvalue of the recursion has degree {factor.degree()}")
    return [
        (root, tidy(numerator.as_expr().subs(x, root) / slope.as_expr().subs(x, root)))
        for root in roots
    ]


def _rationalised(expr: sp.Expr) -> sp.Expr:
    return sp.radsimp(sp.together(expr))


def resolvent(
    matrix: sp.MatrixBase, start: sp.MatrixBase, observe: sp.MatrixBase, x: sp.Symbol
) -> tuple[sp.Poly, sp.Poly]:
    """Return numerator and denominator, in lowest terms, of observe·(x - M)^{-1}·start."""
    power = DomainMatrix.from_Matrix(sp.Matrix(matrix)).to_field()
    vector = DomainMatrix.from_Matrix(sp.Matrix(start)).to_field()
    power, vector = power.unify(vector)
    field = power.domain
    seen = DomainMatrix.from_Matrix(sp.Matrix(observe)).convert_to(field)
    characteristic = power.charpoly()
    sequence = []
    for _ in range(power.shape[0]):
        sequence.append((seen * vector).to_list()[0][0])
        vector = power * vector
    top = [
        sum((characteristic[i] * sequence[j - i] for i in range(j + 1)), field.zero)
        for j in range(len(sequence))
    ]
    numerator = sp.Poly.from_list([field.to_sympy(c) for c in top], x, domain=field)
    denominator = sp.Poly.from_list([field.to_sympy(c) for c in characteristic], x, domain=field)
    common = numerator.gcd(denominator)
    return numerator.quo(common), denominator.quo(common)
