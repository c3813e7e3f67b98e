"""The budget of a request: what is refused before, what is stopped while it runs, who governs."""

import time

import numpy as np
import pytest
import sympy as sp
from sympy import Trace

import weingarten.budget as module
from tests.tiers import heavy, heavy_apart
from weingarten import (
    HaarOrthogonal,
    asymptotic,
    conjugation_moment,
    cumulant,
    derivation,
    diagonal_moment,
    draw,
    expect,
    gram_inverse,
    gram_matrix,
    jack_character,
    joint_cumulant,
    moment,
    moment_cost,
    parse_expression,
    wg,
    wg_apply,
    wg_series,
    wg_table,
    zonal_polynomial,
)
from weingarten.budget import budgeted, foresee, spending, tick
from weingarten.errors import CostLimitError, InvalidInputError


def test_what_does_not_fit_is_refused_before():
    with spending(1.0):
        foresee("a request", 0.9)
        with pytest.raises(CostLimitError, match="a request needs about 2 seconds, over"):
            foresee("a request", 2.0)
        with pytest.raises(CostLimitError, match=r"needs more seconds than .*; ask for less"):
            foresee("a request", float("inf"))


def test_memory_is_refused_too():
    with spending(1.0):
        foresee("a table", 0.0, 1e3)
        with pytest.raises(CostLimitError, match=r"a table needs about 1e\+04 MB, over"):
            foresee("a table", 0.0, 1e4)


def test_none_never_refuses():
    with spending(None):
        foresee("a request", float("inf"), float("inf"))
        tick()
    foresee("outside of any budget", float("inf"))
    tick()


def test_running_work_is_stopped_within_the_promise(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    with spending(10.0, "a long sum"):
        for seconds in (100.0, 110.0, 115.0):
            now[0] = seconds
            tick()
        now[0] = 100.0 + 2 * 10.0 + 2.0
        with pytest.raises(
            CostLimitError, match="a long sum was stopped after 22 seconds"
        ) as caught:
            tick()
    assert (caught.value.limit, caught.value.spent) == (10.0, True)
    assert caught.value.override == "pass max_cost=None to go on regardless"


def test_what_was_spent_counts(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    with spending(10.0, "all steps"):
        foresee("a step", 6.0)
        now[0] = 9.5
        foresee("a step", 6.0)
        now[0] = 11.0
        with pytest.raises(CostLimitError, match="all steps needs about 17 seconds"):
            foresee("a step", 6.0)


def test_the_outermost_budget_governs():
    with spending(1.0), spending(None), pytest.raises(CostLimitError):
        foresee("a request", 2.0)
    with spending(None), spending(1.0):
        foresee("a request", 2.0)


def test_a_budget_ends_with_its_block():
    with pytest.raises(ZeroDivisionError), spending(1.0):
        1 / 0  # noqa: B018
    foresee("a request", 2.0)


@pytest.mark.parametrize(
    "bad", [-1, float("nan"), "60", True, 1j, sp.Symbol("x"), sp.nan, [60], np.array([1.0, 2.0])]
)
def test_limits_are_checked(bad):
    with pytest.raises(InvalidInputError, match="max_cost must be a number of seconds >= 0"):
        spending(bad)
    with spending(1.0), pytest.raises(InvalidInputError):
        spending(bad)


@pytest.mark.parametrize(
    "good", [0, 3, 2.5, float("inf"), sp.Rational(1, 3), sp.oo, np.float32(1), np.int64(2), None]
)
def test_numbers_of_any_kind_are_limits(good):
    with spending(good):
        tick()


def test_decorated_functions_open_their_own_budget():
    @budgeted
    def slow(seconds, *, max_cost=60.0):
        foresee("slow", seconds)
        return seconds

    assert slow(59) == 59
    assert slow(61, max_cost=None) == 61
    assert slow(1, max_cost=2) == 1
    with pytest.raises(CostLimitError):
        slow(61)
    with pytest.raises(CostLimitError):
        slow(3, max_cost=2)


def test_a_tick_is_cheap():
    with spending(60):
        start = time.process_time()
        for _ in range(100_000):
            tick()
        assert time.process_time() - start < 0.5


d, k, r = sp.symbols("d k r", integer=True, positive=True)
W, W8 = HaarOrthogonal("W", d), HaarOrthogonal("W", 8)
A, B, Q8 = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d), sp.MatrixSymbol("Q", 8, 8)
NASTY = {
    "powers of many entries": lambda c: expect(
        sp.prod(W[a, b] ** 4 for a in range(6) for b in range(6)), max_cost=c
    ),
    "many traces": lambda c: expect(Trace(W * A) ** 40, max_cost=c),
    "a huge power of an entry": lambda c: expect(W[0, 0] ** 10**6, max_cost=c),
    "a huge power of a trace": lambda c: expect(Trace(W) ** 10**5, max_cost=c),
    "a huge elementwise power": lambda c: expect(Trace(sp.HadamardPower(W, 10**5)), max_cost=c),
    "a power of a long sum": lambda c: expect(sum(W[0, n] for n in range(12)) ** 30, max_cost=c),
    "a long product of sums of matrices": lambda c: expect(Trace((W + A + B) ** 12), max_cost=c),
    "a determinant": lambda c: expect(sp.Determinant(W8) * Trace(W8 * Q8) ** 8, max_cost=c),
    "a determinant of a sum": lambda c: expect(sp.Determinant(W8 + Q8), max_cost=c),
    "a Kronecker power": lambda c: expect(
        sp.KroneckerProduct(*[HaarOrthogonal("W", 3)] * 8), max_cost=c
    ),
    "a high Kronecker power": lambda c: expect(
        sp.KroneckerProduct(*[HaarOrthogonal("W", 3)] * 12), max_cost=c
    ),
    "distinct constants": lambda c: expect(
        sp.prod(Trace(W * sp.MatrixSymbol(f"A{n}", d, d)) for n in range(10)), max_cost=c
    ),
    "a cumulant": lambda c: joint_cumulant(
        *[W[n, n] ** 2 * Trace(W * A) for n in range(12)], max_cost=c
    ),
    "an expansion": lambda c: asymptotic(W[0, 0] ** 2 * W[1, 1] ** 2, 10**6, max_cost=c),
    "a Gram matrix": lambda c: gram_matrix(10**6, d, max_cost=c),
    "a Gram inverse": lambda c: gram_inverse(10**6, d, max_cost=c),
    "a picture": lambda c: draw(Trace(W) ** 10**4, rows=10**9, max_cost=c),
    "a long vector": lambda c: wg_apply([1] * 135135, d, max_cost=c),
    "a long vector of floats": lambda c: wg_apply(np.ones(2027025), 5, max_cost=c),
    "a long series": lambda c: wg_series((3,), d, 10**6, max_cost=c),
    "a Weingarten function": lambda c: wg((10**6,), d, max_cost=c),
    "a Weingarten table": lambda c: wg_table(10**6, d, max_cost=c),
    "a zonal polynomial": lambda c: zonal_polynomial((10**6,), max_cost=c),
    "a Jack character": lambda c: jack_character((40,), (20, 20), sp.Symbol("a"), max_cost=c),
    "a diagonal moment": lambda c: diagonal_moment(200, d, max_cost=c),
    "a conjugation moment": lambda c: conjugation_moment([(0, 1)] * 60, d, max_cost=c),
    "a moment": lambda c: moment([[4] * 6] * 6, d, max_cost=c),
    "a long moment": lambda c: moment([[10**6]], d, max_cost=c),
    "a derivation": lambda c: derivation(Trace(W * A) ** 20, max_cost=c),
}


@pytest.mark.parametrize(
    "name", heavy_apart(NASTY, {"a determinant", "a long vector"}.__contains__)
)
def test_requests_end_within_the_promise(name):
    """Time is counted on the CPU: the clock on the wall also counts what else runs."""
    start = time.process_time()
    with pytest.raises(CostLimitError, match="pass max_cost=None to go on regardless"):
        NASTY[name](1.0)
    assert time.process_time() - start < 4


def test_none_is_never_refused(monkeypatch):
    """Without a limit no work is refused: it is started, here up to its first tick."""

    def started(*_):
        raise InterruptedError

    monkeypatch.setattr("weingarten.moments.methods.qr.row_polynomial", started)
    with pytest.raises(InterruptedError):
        NASTY["powers of many entries"](None)


@pytest.mark.campaign
def test_what_was_out_of_reach_is_answered():
    corner = W[:k, :r]
    start = time.process_time()
    value = cumulant(Trace(corner * corner.T), 3)
    # one entry: κ_3 of a Beta(1/2, (d-1)/2) variable
    beta = [sp.rf(sp.Rational(1, 2), n) / sp.rf(d / 2, n) for n in range(4)]
    third = beta[3] - 3 * beta[2] * beta[1] + 2 * beta[1] ** 3
    assert sp.simplify(value.subs({k: 1, r: 1}) - third) == 0
    twelfth = cumulant(W[0, 0] ** 2, 12)
    # κ from moments by the recursion κ_n = m_n - Σ C(n-1, j-1) κ_j m_{n-j}, at d = 3
    moments = [sp.Rational(1, 2 * n + 1) for n in range(13)]
    kappa = [sp.Integer(0)]
    for n in range(1, 13):
        known = sum(sp.binomial(n - 1, j - 1) * kappa[j] * moments[n - j] for j in range(1, n))
        kappa.append(moments[n] - known)
    assert twelfth.subs(d, 3) == kappa[12]
    assert time.process_time() - start < 30


def test_methods_that_do_not_fit_into_memory_are_passed_over():
    plan = moment_cost([[8] * 4] * 4)
    assert plan.estimates["qr"].seconds < plan.seconds
    assert plan.estimates["qr"].megabytes > module.MAX_MEGABYTES
    assert plan.method == "gorin-lopez"


@pytest.mark.parametrize(
    "text",
    [
        "(((((2**1000)**90)*x)**1000)**1000)**1000",
        "*".join(["W", "A", "W.T", "B"] * 900),
        "*".join(f"tr(W*A{n})" for n in range(700)),
        "+".join(f"x{n}**{n}" for n in range(1000)),
        "*".join(f"(x+{n})/(x-{n}-1)" for n in range(500)),
        heavy("(" + "*".join(["W", "A"] * 2000) + ")[0,0]"),
    ],
    ids=["numbers", "product", "traces", "sum", "fractions", "entry"],
)
def test_texts_are_read_in_seconds(text):
    start = time.process_time()
    try:
        parse_expression(text)
    except InvalidInputError as error:
        assert "too many digits" in str(error)  # noqa: PT017
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("mu", "order"), [((3,), 7), ((2, 1), 9), ((1, 1, 1), 5), ((4, 2), 6), ((1,), 3)]
)
def test_series_agree_with_the_functions(mu, order):
    """The series against the exact function: their difference is of the next order."""
    top, bottom = sp.fraction(sp.cancel(wg(mu, d) - wg_series(mu, d, order)))
    falls_as = sp.degree(bottom, d) - sp.degree(top, d)
    assert falls_as >= 2 * sum(mu) - len(mu) + order


def test_expansions_agree_with_long_division():
    value = asymptotic((2 * d**2 + A[0, 0] * d) / ((d - 1) * (d + 2)), 3, d)
    a = A[0, 0]
    assert sp.expand(value - (2 + (a - 2) / d + (6 - a) / d**2 + (3 * a - 10) / d**3)) == 0
    assert asymptotic(d + 3 + 1 / (d - 1), 2, d) == d + 3 + 1 / d + d**-2
    assert asymptotic(1 / d**5, 3, d) == 0
    assert asymptotic(sp.Integer(7), 0, d) == 7


def test_progress_is_told_once_a_second_with_what_was_predicted(monkeypatch):
    now, told = [100.0], []
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    budget = module.Budget(seconds=2, progress=lambda *report: told.append(report))
    with module.spending(budget, "a sum"), module.stage("its terms"):
        module.foresee("a long sum", 1.5)
        for _ in range(6):
            now[0] += 0.6
            module.tick()
        assert told == [("its terms", pytest.approx(spent), 1.5) for spent in (1.2, 2.4, 3.6)]
        now[0] += 1
        with pytest.raises(CostLimitError, match="was stopped after"):
            module.tick()
    assert len(told) == 3


def test_progress_has_to_be_callable():
    with pytest.raises(InvalidInputError, match=r"progress must be callable; got 3"):
        module.Budget(progress=3)


def test_an_expectation_tells_its_progress(monkeypatch):
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_REPORTS", 0.0)
    stages = []
    d = sp.Symbol("d")
    W, A = HaarOrthogonal("W", d), sp.MatrixSymbol("A", d, d)
    budget = module.Budget(progress=lambda stage, *_: stages.append(stage))
    expect(Trace(W * A) ** 4, max_cost=budget)
    assert "averaging over W" in stages
