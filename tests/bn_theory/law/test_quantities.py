"""Domains and spectra: exact in, exact out, and errors that name the value."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from bn_theory.law.quantities import IntegerDomain, PowersDomain, RealDomain, SpectrumDomain
from bn_theory.law.spectrum import Spectrum, as_number
from bn_theory.notation import meaning_of
from weingarten.errors import InvalidInputError


@given(st.lists(st.fractions(0, 20, max_denominator=9), min_size=1, max_size=6), st.integers(1, 5))
def test_moments_of_exact_spectra(values, k):
    if not any(values):
        values[0] = Fraction(1)
    spectrum = Spectrum(values)
    mean = sum(values) / len(values)
    assert spectrum.power_sum(k) == sp.Rational(sum(v**k for v in values))
    assert spectrum.mean == sp.Rational(mean)
    assert spectrum.variance == sp.Rational(sum((v - mean) ** 2 for v in values) / len(values))
    assert spectrum.central_power_sum(k) == sp.Rational(sum((v - mean) ** k for v in values))


def test_float_moments_neither_cancel_nor_overflow():
    values = np.full(1000, 1.0)
    values[0] += 1e-7
    spread = (values[0] - 1) ** 2 * Fraction(999, 1000) / 1000
    assert float(Spectrum(values).variance) == pytest.approx(float(spread), rel=1e-6)
    huge = Spectrum([1e200, 2e200])
    assert abs(huge.power_sum(4) / sp.Float("17e800") - 1) < 1e-14
    assert abs(huge.variance / sp.Float("0.25e400") - 1) < 1e-14


@pytest.mark.parametrize(
    ("values", "kind"),
    [([2, 1], sp.Rational), ([2.0, 1.0], sp.Float), ([2, 1.0], sp.Float),
     (np.array([2, 1]), sp.Rational), (np.array([2.0, 1.0]), sp.Float),
     ((sp.Rational(2), Fraction(1, 3)), sp.Rational)],
)  # fmt: skip
def test_exactness_is_kept(values, kind):
    assert isinstance(Spectrum(values).mean, kind)


def test_symbols_stand_for_eigenvalues():
    a, b = sp.symbols("a b", positive=True)
    assert sp.simplify(Spectrum([a, b]).variance - (a - b) ** 2 / 4) == 0
    with pytest.raises(InvalidInputError, match="eigenvalues must be numbers to be computed with"):
        Spectrum([a, b]).as_array()


def test_symbols_of_a_spectrum():
    spectrum = Spectrum([2, 1, 1])
    values = {name: spectrum.value_of(sp.Symbol(name)) for name in ("d", "m", "v", "p3", "t3", "x")}
    assert values == {
        "d": 3, "m": sp.Rational(4, 3), "v": sp.Rational(2, 9), "p3": 10, "t3": sp.Rational(2, 9),
        "x": None,
    }  # fmt: skip
    assert meaning_of(sp.Symbol("p3")) == "power sum tr G^3"
    assert not Spectrum.knows(sp.Symbol("p0"))


@pytest.mark.parametrize(
    "values",
    [[], [0, 0], [0.0], [1, -1], [1.0, -1.0], [1.0, float("nan")], [1.0, np.inf], [1, sp.nan],
     [1, sp.I], [1, sp.oo], "12", 5, [[1, 2], [3, 4]], np.eye(2), [True, 2], ["1"], [None]],
    ids=str,
)  # fmt: skip
def test_bad_spectra_are_refused_by_name(values):
    with pytest.raises(InvalidInputError, match=r"^eigenvalues"):
        Spectrum(values)


@pytest.mark.parametrize(
    ("domain", "value", "message"),
    [
        (IntegerDomain(2), 1, "x must be an integer >= 2; got 1"),
        (IntegerDomain(2), 2.0, "x must be an integer >= 2; got 2.0"),
        (IntegerDomain(2), "3", "x must be an integer >= 2; got '3'"),
        (IntegerDomain(2), sp.Rational(5, 2), "x must be an integer >= 2; got 5/2"),
        (RealDomain(0), -0.5, "x must be a real number >= 0; got -0.5"),
        (RealDomain(0, strict=True), 0, "x must be a real number > 0; got 0"),
        (RealDomain(0, maximum=1), 2, "x must be a real number >= 0 and <= 1; got 2"),
        (RealDomain(), "1", "x must be a finite real number; got '1'"),
        (PowersDomain(), (2, 0), "x must be an integer >= 1; got 0"),
        (PowersDomain(), (), "x must be a sequence of integers >= 1; got ()"),
        (PowersDomain(), "21", "x must be a sequence of integers >= 1; got '21'"),
        (SpectrumDomain(2), [1], "x must be a sequence of at least 2 non-negative numbers"),
    ],
)
def test_values_outside_a_domain(domain, value, message):
    with pytest.raises(InvalidInputError) as caught:
        domain.read("x", value)
    assert str(caught.value).startswith(message)


def test_symbols_pass_a_domain_but_cannot_be_sampled():
    d = sp.Symbol("d")
    for domain in (IntegerDomain(1), RealDomain(0)):
        assert domain.read("x", 2 * d) == 2 * d
        with pytest.raises(InvalidInputError, match="x must be a number to be sampled"):
            domain.plain("x", 2 * d)
    assert as_number("x", np.float32(0.5)) == sp.Float(0.5)


@pytest.mark.parametrize(
    "eigenvalues", [[1e200, 1e-200, 1.0], [1e-310, 1.0], [1e308, 1.0], [1e-320, 1e-320]]
)
def test_eigenvalues_that_no_float_tells_apart_from_zero_are_refused(eigenvalues):
    with pytest.raises(InvalidInputError, match=r"eigenvalues must be 0 or lie between 1e-300"):
        Spectrum(eigenvalues)


def test_exact_eigenvalues_of_any_size_are_kept_until_they_are_computed_with():
    spectrum = Spectrum([10**200, sp.Rational(1, 10**200), 1])
    assert spectrum.power_sum(1) == 10**200 + 1 + sp.Rational(1, 10**200)
    with pytest.raises(InvalidInputError, match="smaller factor"):
        spectrum.as_array()
    assert Spectrum([1e140, 1e-140, 0.0]).as_array().tolist() == [1e140, 1e-140, 0.0]
