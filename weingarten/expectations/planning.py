"""What an expectation will cost, and by which methods it will be found: a plan to print or run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, spending, tick
from weingarten.costs import number_of_partitions
from weingarten.ensembles.base import Ensemble
from weingarten.expectations.averages import Expectation, averaged
from weingarten.expectations.problems import Problem, Reading, inapplicable
from weingarten.expectations.steps import Derivation, Writer, derived
from weingarten.networks.choosing import AUTO, choose, offers
from weingarten.networks.factors import SummedBlock, haars_of
from weingarten.networks.model import Monomial, monomial_product, sort_key
from weingarten.networks.slots import Job
from weingarten.nodes import nodes_of
from weingarten.plans import Plan
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["ExpectationPlan", "ProductPlan", "expect_cost"]

#: So many products of one polynomial, and parts of a matrix, are planned; they stand for the rest.
_SAMPLE = 24
#: Seconds to read and to write one monomial.
_BOOKKEEPING = 5e-4
#: Seconds of any first call, and for each different node of the expression: entries of products are
#: sums for SymPy, read and written node by node. The parts of a long polynomial are much alike.
_START = 5e-3
_SECONDS_A_NODE = 8e-4
_MANY_NODES = 150
#: To factor a coefficient in two sizes, for each square of half the degree.
_SECONDS_A_COEFFICIENT = 2.5e-3


@dataclass(frozen=True)
class ProductPlan(Plan):
    """How one product of traces, sums and entries will be averaged over one random matrix.

    Attributes
    ----------
    method : str
        The method that will run.
    estimates : mapping
        :class:`~weingarten.costs.PredictedCost` of every method that applies, by name.
    integrand : Expr
        The product.
    matrix : str
        Name of the random matrix.
    degree : int
        Number of its factors.
    stands_for : float
        How many products it stands for: more than one where a long polynomial was sampled.
    collecting : float
        Seconds to write the coefficients of one result, where they hold several sizes.
    """

    integrand: sp.Expr
    matrix: str
    degree: int
    stands_for: float = 1.0
    collecting: float = 0.0

    @property
    def title(self) -> str:
        """What is averaged, in words."""
        more = f", one of {self.stands_for:.0f} like it" if self.stands_for > 1 else ""
        return f"E over {self.matrix} of {self.integrand}{more}"


@dataclass(frozen=True)
class ExpectationPlan:
    """How an expectation will be found; print it for the estimates, :meth:`run` it for the result.

    The expression was read for the plan, and is not read again; one polynomial is averaged once,
    though its value and its steps be asked for.

    Attributes
    ----------
    problem : Problem
        What is asked: the expression, what is known of its constants, and the method.
    products : tuple of ProductPlan
        The integrals to do. What stands over a second random matrix is planned with the first one
        taken for a constant: what the first integral leaves is known once it is done.
    monomials : int
        The number of monomials of the expanded expression.
    """

    problem: Problem = field(repr=False)
    products: tuple[ProductPlan, ...]
    monomials: int

    @property
    def expr(self) -> sp.Basic:
        """The random expression."""
        return self.problem.expr

    @property
    def assumptions(self) -> sp.Basic:
        """What is known of its constants."""
        return self.problem.assumptions

    @property
    def method(self) -> str:
        """The method asked for, or ``"auto"``."""
        return self.problem.method

    @property
    def seconds(self) -> float:
        """Predicted time of a first call."""
        integrals = sum(
            product.stands_for * (product.seconds + product.collecting) for product in self.products
        )
        nodes = min(len(set(nodes_of(self.expr))), _MANY_NODES)
        words = _START + _SECONDS_A_NODE * nodes
        return float(integrals + words + _BOOKKEEPING * self.monomials)

    @property
    def megabytes(self) -> float:
        """Predicted memory: the largest of any integral."""
        return max((product.megabytes for product in self.products), default=0.0)

    def run(self, *, max_cost: float | Budget | None = DEFAULT_MAX_COST) -> Expectation:
        """Return the expectation, with the condition under which it holds."""
        with spending(max_cost, "the plan"):
            return averaged(self.problem)

    def derivation(self, *, max_cost: float | Budget | None = DEFAULT_MAX_COST) -> Derivation:
        """Return the expectation with all steps; not for an explicit Matrix."""
        with spending(max_cost, "the plan"):
            return derived(self.problem)

    def __str__(self) -> str:
        number = sum(product.stands_for for product in self.products)
        integrals = "1 integral" if number == 1 else f"{number:.0f} integrals"
        head = (
            f"E[{self.expr}]: {integrals}, about {self.seconds:.2g} s and {self.megabytes:.2g} MB"
        )
        return "\n".join([head, *map(str, self.products)])


@budgeted
def expect_cost(
    expr: Any,
    assumptions: Any = True,
    *,
    method: str = AUTO,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> ExpectationPlan:
    """Return how :func:`expect` would average an expression, and what that is predicted to cost.

    Parameters
    ----------
    expr, assumptions, method
        As for :func:`expect`.
    max_cost : float, Budget or None, optional
        For the planning itself: it reads the expression, and averages nothing.

    Returns
    -------
    ExpectationPlan
        Its ``seconds`` and ``megabytes`` (a first call, on one core of a current machine, within a
        factor of a few), and its ``products``, each with the method and the estimates for every
        method that applies. Print it; ``run()`` returns the :class:`Expectation`, and
        ``derivation()`` its steps.

    Raises
    ------
    InvalidInputError
        As for :func:`expect`.

    Examples
    --------
    >>> from sympy import MatrixSymbol, Symbol, Trace
    >>> from weingarten import HaarOrthogonal
    >>> d = Symbol("d")
    >>> W, A = HaarOrthogonal("W", d), MatrixSymbol("A", d, d)
    >>> plan = expect_cost(Trace(W * A) ** 4)
    >>> print(plan)  # doctest: +ELLIPSIS
    E[Trace(W*A)**4]: 1 integral, about 0... s and 0... MB
    E over W of Trace(A*W)**4
      patterns     ... s  ... MB
      pairings   0... s  0... MB  is taken
    >>> plan.seconds < 1, plan.run().valid_for
    (True, d >= 2)
    >>> [step.method for step in plan.derivation().steps]
    ['pairings']
    """
    problem = Problem(expr, assumptions, method)
    products: list[ProductPlan] = []
    monomials = 0
    parts = problem.number_of_parts
    every = -(-parts // _SAMPLE)
    for reading in islice(problem.readings(), 0, None, every):
        tick()
        write = Writer(problem.expr, problem.properties)
        products += _products(reading, write, problem.method, every)
        monomials += every * len(reading.polynomial)
    open_products = [product for product in products if product.method != "parity"]
    unused = problem.method != AUTO and all(p.method != problem.method for p in open_products)
    if open_products and unused:
        raise inapplicable(problem.method, (x for p in open_products for x in p.estimates))
    return ExpectationPlan(problem, tuple(products), monomials)


def _products(
    reading: Reading, write: Writer, method: str, stands_for: float
) -> Iterator[ProductPlan]:
    """Plan the integrals of a polynomial, or of a sample of them."""
    averager = reading.averager(method=method)
    found: dict[tuple[RandomMatrix, Monomial], None] = {}
    for monomial in averager.state_of(reading.polynomial):
        tick()
        opened = _opened(monomial)
        for haar in haars_of(opened):
            found[haar, frozenset(x for x in opened if haar in haars_of(frozenset([x])))] = None
    ordered = sorted(found, key=lambda key: sort_key(key[0]))
    every = -(-len(ordered) // _SAMPLE)
    for haar, touched in ordered[:: max(every, 1)]:
        tick()
        job = averager.job(touched, haar)
        choice = choose(job, method)
        estimates = {offer.method.name: offer.offer.cost() for offer in offers(job)}
        yield ProductPlan(
            choice.method.name,
            estimates,
            write.monomial(touched),
            haar.name,
            job.degree,
            float(every * stands_for),
            _collecting(job),
        )


def _collecting(job: Job) -> float:
    """Predict the time to factor coefficients in the dimension and in ranges of bare indices."""
    if not (job.at.symbolic and isinstance(job.haar.ensemble, Ensemble)):
        return 0.0  # without denominators
    bare = False
    for component, _ in job.components:
        held = {x for base, *ends in component.tensors if base not in job.kinds for x in ends}
        for place, size in enumerate(component.sizes):
            bare |= size != job.haar.dimension and not size.is_Integer and -1 - place not in held
    half = job.degree // 2
    return _SECONDS_A_COEFFICIENT * half**2 * 2 * number_of_partitions(half) if bare else 0.0


def _opened(monomial: Monomial) -> Monomial:
    """Return a monomial with the summands of its sums in their place."""
    opened: Monomial = frozenset()
    for item, power in monomial:
        inner: Monomial = frozenset([(item, power)])
        if isinstance(item, SummedBlock):
            inside = _opened(item.monomial)
            inner = frozenset((x, power * n) for x, n in inside)
        opened = monomial_product(opened, inner)
    return opened
