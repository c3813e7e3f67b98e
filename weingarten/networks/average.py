"""The average of a whole polynomial: one Haar matrix after another, equal terms collected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import sympy as sp

from weingarten.budget import foresee, stage, tick
from weingarten.exact.dimension import Dimension, Exact
from weingarten.moments import moment_cost
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import AUTO, Method, choose, methods
from weingarten.networks.coefficients import from_exact
from weingarten.networks.factors import (
    DeterminantSign,
    SummedBlock,
    factor_key,
    haars_of,
    reduced,
)
from weingarten.networks.lowering import Lowering
from weingarten.networks.lowering.sums import Limits, merged_indices, sum_over, with_value
from weingarten.networks.model import (
    Component,
    Monomial,
    Polynomial,
    Tensor,
    monomial_product,
    sort_key,
)
from weingarten.networks.selections import leg_of
from weingarten.networks.slots import Averaged, Integral, Job, put
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["Averager", "StageRecord"]

methods()  # found when this is loaded: to look for them is no part of a first answer

_ONE: Monomial = frozenset()
_SAMPLED_MONOMIALS = 16


@dataclass(frozen=True)
class StageRecord:
    """One integral that was done: what stood there, over which matrix, how, and what came out."""

    monomial: Monomial
    job: Job
    method: Method
    integral: Integral


@dataclass
class Averager:
    """Average polynomials over all Haar matrices in them.

    Attributes
    ----------
    lowering : Lowering
        Gives fresh labels, and lowers what has to be written out on the way.
    overrides : Mapping
        Integer values for symbolic dimensions: the branches of small d.
    orders : dict
        For each symbolic dimension, the least d from which on the result holds.
    records : list of StageRecord
        The integrals done, for derivations.
    method : str
        The method to prefer wherever it applies.
    """

    lowering: Lowering
    overrides: Mapping[sp.Expr, int] = field(default_factory=dict)
    orders: dict[sp.Expr, int] = field(default_factory=dict)
    records: list[StageRecord] = field(default_factory=list)
    method: str = AUTO
    _done: dict[tuple[Monomial, RandomMatrix], Averaged] = field(default_factory=dict)

    def value_of(self, dimension: sp.Expr) -> Dimension:
        """Return the dimension for a size, the integer that was put in for it if one was."""
        return Dimension.of(self.overrides.get(dimension, dimension))

    def average(self, poly: Polynomial) -> dict[Monomial, sp.Expr]:
        """Return the expectation as monomials without Haar matrices and their coefficients."""
        state = self.state_of(poly)
        dimension: sp.Expr = sp.S.One
        while (haar := self._next(state)) is not None:
            dimension = haar.dimension
            with stage(f"averaging over {haar.name}"):
                state = self._stage(state, haar)
        state = self._rejoined(state)
        return {m: self._collect(inner, dimension) for m, inner in state.items()}

    def _rejoined(self, state: Averaged) -> Averaged:
        """Bring together what stands on the legs of one index, after sides were averaged apart."""
        number = sum(_parts_on_legs(monomial) > 1 for monomial in state)
        if not number:
            return state
        foresee(f"bringing together the legs of {number} terms", 4e-4 * number)
        result: Averaged = {}
        for monomial, inner in state.items():
            tick()
            tensors: list[Tensor] = []
            sizes: dict[int, sp.Expr] = {}
            apart = [
                (item, power)
                for item, power in monomial
                if isinstance(item, Component) and _on_legs(item)
            ]
            for item, power in apart:
                for _ in range(power):
                    copied, ranges = self.lowering.instantiate(item)
                    tensors += copied
                    sizes |= ranges
            factor, together = sp.S.One, monomial
            if len(apart) > 1:
                found = canonical_product(tensors, (), sizes, self.lowering.properties)
                if found is None:
                    continue
                factor, together = found[0], monomial_product(monomial.difference(apart), found[1])
            for extra, value in inner.items():
                put(result, together, _product(factor, extra), value)
        return result

    def state_of(self, poly: Polynomial) -> Averaged:
        """Return a polynomial as what the integrals start from, equal indices merged."""
        state: Averaged = {}
        for monomial, coefficient in poly.items():
            found = merged_indices(self.lowering, monomial, sp.sympify(coefficient))
            if found is not None:
                self._add_input(state, reduced(found[0]), found[1])
        return state

    @staticmethod
    def _add_input(state: Averaged, monomial: Monomial, coefficient: sp.Expr) -> None:
        number, rest = coefficient.as_coeff_Mul()
        if not number.is_Rational:
            number, rest = sp.Integer(1), coefficient
        put(state, monomial, rest, Fraction(int(number.p), int(number.q)))

    def _next(self, state: Averaged) -> RandomMatrix | None:
        found = {haar for monomial in state for haar in haars_of(monomial)}
        return min(found, key=sort_key) if found else None

    def _stage(self, state: Averaged, haar: RandomMatrix) -> Averaged:
        """Integrate one matrix out of every monomial."""
        dimension = haar.dimension
        self._refuse_many_moments(state, haar)
        result: Averaged = {}
        for monomial, inner in state.items():
            tick()
            touched = frozenset(x for x in monomial if haar in haars_of(frozenset([x])))
            if not touched:
                for factor, value in inner.items():
                    put(result, monomial, factor, value)
                continue
            others = frozenset(monomial - touched)
            if any(isinstance(item, SummedBlock) for item, _ in touched):
                self._blocks(result, monomial, inner)
                continue
            for left, averaged in self._integral(touched, haar).items():
                product = monomial_product(others, left)
                for factor, value in inner.items():
                    for extra, weight in averaged.items():
                        put(result, product, _product(factor, extra), _times(value, weight))
        # the next matrix may have another dimension: what came so far becomes a SymPy factor
        if any(w.dimension != dimension for monomial in result for w in haars_of(monomial)):
            return {
                monomial: {self._as_factor(inner, dimension): Fraction(1)}
                for monomial, inner in result.items()
            }
        return result

    def _refuse_many_moments(self, state: Averaged, haar: RandomMatrix) -> None:
        """Predict the time of a long polynomial in entries from a few of its monomials."""
        if len(state) < 4 * _SAMPLED_MONOMIALS or not haar.is_real_matrix:
            return
        every = len(state) // _SAMPLED_MONOMIALS
        tables = [_power_matrix(monomial, haar) for monomial in list(state)[::every]]
        seconds = [moment_cost(table).seconds for table in tables if table]
        request = f"a polynomial of {len(state)} monomials in entries of {haar.name}"
        overhead = 1e-3 * len(state)  # bookkeeping, about a millisecond a monomial
        foresee(request, every * sum(seconds) + overhead, in_parts=True)

    def _as_factor(self, inner: Mapping[sp.Expr, Exact], dimension: sp.Expr) -> sp.Expr:
        return sp.Add(*(factor * from_exact(v, dimension) for factor, v in inner.items()))

    def _integral(self, touched: Monomial, haar: RandomMatrix) -> Averaged:
        """Average the factors that hold a matrix by the method that they call for."""
        key = (touched, haar)
        if key not in self._done:
            job = self.job(touched, haar)
            choice = choose(job, self.method)
            integral = choice.offer.run()
            if job.at.symbolic:
                self._raise_order(haar, integral.holds_from)
            self.records.append(StageRecord(touched, job, choice.method, integral))
            self._done[key] = integral.averaged
        return self._done[key]

    def job(self, touched: Monomial, haar: RandomMatrix) -> Job:
        """Return the job of averaging the factors that hold a matrix over it."""
        components = tuple((x, power) for x, power in touched if isinstance(x, Component))
        return Job(
            components,
            haar,
            self.value_of(haar.dimension),
            self.lowering.properties,
            self.lowering.instantiate,
            tuple((x.haar, power) for x, power in touched if isinstance(x, DeterminantSign)),
        )

    def _raise_order(self, haar: RandomMatrix, holds_from: int) -> None:
        self.orders[haar.dimension] = max(self.orders.get(haar.dimension, 1), holds_from)

    def _blocks(self, result: Averaged, monomial: Monomial, inner: Mapping[sp.Expr, Exact]) -> None:
        """Average a monomial with sums that stay sums: average the summand, then sum."""
        limits: list[Limits] = []
        coefficient: sp.Expr = sp.Integer(1)
        plain: Monomial = _ONE
        for item, power in sorted(monomial, key=lambda x: factor_key(x[0])):
            if not isinstance(item, SummedBlock):
                plain = monomial_product(plain, [(item, power)])
                continue
            for _ in range(power):
                opened, factor, inside = self._opened(item)
                limits += opened
                coefficient *= factor
                plain = monomial_product(plain, inside)
        nested = Averager(self.lowering, self.overrides, self.orders, self.records, self.method)
        summed = nested.average({plain: coefficient})
        for limit in limits:
            summed = sum_over(self.lowering, summed, limit)
        for left, weight in summed.items():
            tidy = _factored(weight) if _is_size(weight) else weight
            for factor, value in inner.items():
                put(result, left, _product(factor, tidy), value)

    def _opened(self, block: SummedBlock) -> tuple[list[Limits], sp.Expr, Monomial]:
        """Return a block with fresh variables: its limits from the inside out, and its summand."""
        fresh = sp.Dummy(block.variable.name, integer=True)
        self.lowering.ranges[fresh] = (block.lower, block.upper)
        limits: list[Limits] = [(fresh, block.lower, block.upper)]
        renamed = with_value(
            self.lowering, block.monomial, block.coefficient, block.variable, fresh
        )
        assert renamed is not None  # another name changes nothing
        opened: Monomial = _ONE
        coefficient = renamed[1]
        for item, power in sorted(renamed[0], key=lambda x: factor_key(x[0])):
            if not isinstance(item, SummedBlock):
                opened = monomial_product(opened, [(item, power)])
                continue
            for _ in range(power):
                inner, factor, inside = self._opened(item)
                limits = inner + limits
                coefficient *= factor
                opened = monomial_product(opened, inside)
        return limits, coefficient, opened

    def _collect(self, inner: Mapping[sp.Expr, Exact], dimension: sp.Expr) -> sp.Expr:
        tick()
        size = self.overrides.get(dimension, dimension)
        terms = [
            _product(factor, from_exact(value, sp.sympify(size))) for factor, value in inner.items()
        ]
        if len(terms) == 1:
            return terms[0]
        total = sp.Add(*terms)
        if all(_is_size(factor) for factor in inner):
            return _factored(total)
        return total


def _power_matrix(monomial: Monomial, haar: RandomMatrix) -> list[list[int]]:
    """Return the powers of entries with integer indices in a monomial, nothing if it has others."""
    powers: dict[tuple[int, int], int] = {}
    for item, power in monomial:
        if not isinstance(item, Component):
            return []
        for base, row, column in item.tensors:
            if base == haar:
                if isinstance(row, int) or isinstance(column, int):
                    return []
                if not (row.is_Integer and column.is_Integer):
                    return []
                powers[int(row), int(column)] = powers.get((int(row), int(column)), 0) + power
    rows = sorted({row for row, _ in powers})
    columns = sorted({column for _, column in powers})
    return [[powers.get((row, column), 0) for column in columns] for row in rows]


# one component stands in many terms
@lru_cache(maxsize=16384)
def _on_legs(component: Component) -> bool:
    return any(leg_of(base) is not None for base, _, _ in component.tensors)


def _parts_on_legs(monomial: Monomial) -> int:
    return sum(isinstance(item, Component) and _on_legs(item) for item, _ in monomial)


def _is_size(factor: sp.Expr) -> bool:
    return all(isinstance(s, sp.Symbol) for s in factor.free_symbols) and not factor.has(
        sp.Piecewise, sp.Sum
    )


# the summands of a sum over indices often have one weight
@lru_cache(maxsize=4096)
def _factored(value: sp.Expr) -> sp.Expr:
    """Return a rational function in factored form, (d + 1)/2 as SymPy writes it: d/2 + 1/2."""
    factored = sp.factor(sp.together(value))
    return factored.func(*factored.args) if factored.is_Mul else factored


def _times(left: Exact, right: Exact) -> Exact:
    if isinstance(left, Fraction):
        return right if left == 1 else right * left
    return left * right


def _product(left: sp.Expr, right: sp.Expr) -> sp.Expr:
    """Multiply, at no cost where a factor is 1, as it nearly always is."""
    if left is sp.S.One:
        return right
    return left if right is sp.S.One else left * right
