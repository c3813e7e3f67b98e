"""Records of the row norms at isometry with fewer samples or inputs than units, or centred rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.domains import OrderDomain, WeightsDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import IntegerDomain, Quantity
from bn_theory.law.spectrum import Spectrum
from bn_theory.laws.beta_laws import derive, sample
from bn_theory.laws.common import moment_numbers as numbers
from bn_theory.laws.common.digamma import digammas_at
from bn_theory.laws.common.second_moments import Infinite, Twice
from bn_theory.laws.common.settings import moment_latex
from bn_theory.laws.common.shared import METEREZ, eigenvalues, width
from bn_theory.notation import RANK, SAMPLES, meaning_of
from weingarten.errors import NOTHING, InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 50

_RECTANGULAR = (
    "a_j is the squared norm of row j of W X, with W Haar-distributed on O(d), and G = X Xᵀ has "
    "r eigenvalues 1, the others 0",
    "a batch of r orthonormal samples; or a semi-orthogonal first layer from r inputs to d units "
    "on an orthogonal batch (from more inputs than units: d counts the inputs)",
)
_CENTRED = (
    "W is Haar-distributed on O(d), independent of the batch X",
    "the rows of W X are centred over the n samples before they are normalised",
)
_BETA = f"Beta law from the diagonal conjugation moments; setting of {METEREZ}"
_RANK = Quantity(
    "rank",
    f"{meaning_of(RANK)}; for orthonormal samples their number n",
    IntegerDomain(1),
    RANK,
    aliases=("n",),
)
_BATCH = Quantity("n", meaning_of(SAMPLES), IntegerDomain(2), SAMPLES)
_POWER = Quantity("k", "order of the moment, may be negative", OrderDomain(), default=-1)
_OVERLAPS = Quantity(
    "overlaps",
    "squared components of 1/√n along the right singular vectors, in the order of the eigenvalues",
    WeightsDomain(),
)


def _rank_fits(values: Mapping[str, Any]) -> None:
    rank, d = values.get("rank"), values.get("d")
    if isinstance(rank, sp.Integer) and isinstance(d, sp.Integer) and rank > d:
        raise InvalidInputError("rank", f"must be at most d = {d}", rank, "take a larger d")


def _batch_fits(values: Mapping[str, Any]) -> None:
    n, d = values.get("n"), values.get("d")
    if isinstance(n, sp.Integer) and isinstance(d, sp.Integer) and n > d:
        raise InvalidInputError(
            "n", f"must be at most d = {d} for orthonormal samples", n, "take a smaller batch"
        )


def _power_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Substitute; a negative moment of a Beta law with too few degrees of freedom is infinite."""
    given = _given(expr, values)
    rank = values["rank"] if "rank" in values else values.get("n", SAMPLES) - 1
    if isinstance(rank, sp.Integer) and rank <= -2 * values["k"] and rank != values.get("d"):
        return sp.oo
    result = expr.xreplace(given)
    # 0/0 for a full rank of at most -2k: the row norm is 1 in every draw
    return sp.Integer(1) if result is sp.nan else sp.factor(result)


def _log_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    return sp.expand(digammas_at(expr, _given(expr, values)))


def _given(expr: sp.Expr, values: Mapping[str, Any]) -> dict[sp.Symbol, sp.Expr]:
    """Return the values of r, n and d, or raise for those that are missing."""
    names = {"r": "rank", "n": "n", "d": "d"}
    found = {symbol: values.get(names[symbol.name]) for symbol in expr.free_symbols}
    missing = sorted(names[symbol.name] for symbol, value in found.items() if value is None)
    if missing:
        keywords = ", ".join(f"{name}=" for name in missing)
        raise InvalidInputError(", ".join(missing), "must be given", NOTHING, f"pass {keywords}")
    return found


def _overlaps_fit(values: Mapping[str, Any]) -> None:
    spectrum, overlaps = values.get("eigenvalues"), values.get("overlaps")
    if spectrum is not None and overlaps is not None and len(spectrum) != len(overlaps):
        raise InvalidInputError(
            "overlaps",
            f"must be as many as there are eigenvalues ({len(spectrum)})",
            len(overlaps),
            "pass 0 for directions without overlap",
        )


def _centred_at(values: Mapping[str, Any]) -> sp.Expr | None:
    spectrum, overlaps, order = values.get("eigenvalues"), values.get("overlaps"), values["k"]
    if not isinstance(spectrum, Spectrum) or overlaps is None:
        return None
    eigenvalues = spectrum.values()
    weighted = [
        sp.Add(*(w * x**j for w, x in zip(overlaps, eigenvalues, strict=True)))
        for j in range(1, order + 1)
    ]
    both = numbers.as_exact([*(spectrum.power_sum(j) for j in range(1, order + 1)), *weighted])
    if both is None:
        return None
    sums = numbers.centred_sums(both[:order], both[order:])
    return numbers.from_exact(numbers.moments_from_sums(sums, len(spectrum))[order])


def _centred_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Substitute p_j = Σ λ_i^j, q_j = Σ w_i λ_i^j."""
    spectrum, overlaps = values.get("eigenvalues"), values.get("overlaps")
    if not isinstance(spectrum, Spectrum) or overlaps is None:
        raise InvalidInputError(
            "eigenvalues, overlaps", "must be given", NOTHING, "pass eigenvalues= and overlaps="
        )
    numbers = spectrum.values()
    given: dict[sp.Symbol, sp.Expr] = {}
    for symbol in expr.free_symbols:
        value = spectrum.value_of(symbol)
        if value is None and symbol.name.startswith("q"):
            order = int(symbol.name[1:])
            value = sp.Add(*(w * x**order for w, x in zip(overlaps, numbers, strict=True)))
        if value is not None:
            given[symbol] = value
    return expr.xreplace(given)


def _cases(name: str, **values: object) -> tuple[Case, ...]:
    return tuple(
        Case({"d": d, name: count, **values}, samples=samples)
        for d, count, samples in ((8, 7, 10_000), (16, 8, 4_000), (64, 24, 500))
    )


RECTANGULAR_STEP = Formula(
    name="forward.rectangular_step",
    title="Moments of a squared row norm at isometry with r < d samples or inputs",
    left=moment_latex,
    derivation=derive.rectangular_step,
    quantities=(width(), _RANK, _POWER),
    sampler=sample.rectangular_power,
    second_moment=Twice("k"),
    exact_square=Infinite("k"),
    sampled_at=("d", "rank"),
    cases=(*_cases("rank", k=-1), *_cases("rank", k=2)),
    assumptions=_RECTANGULAR,
    validity="every d >= 1, 1 <= r <= d; a negative moment is infinite unless r > -2k",
    reference=_BETA,
    evaluator=_power_value,
    constraint=_rank_fits,
)

RECTANGULAR_LOG = Formula(
    name="forward.rectangular_log",
    title="Mean logarithm of a squared row norm at isometry with r < d samples or inputs",
    left=r"\mathbb{E}_{W} \log a_j",
    derivation=derive.rectangular_log,
    quantities=(width(), _RANK),
    sampler=sample.rectangular_log,
    sampled_at=("d", "rank"),
    cases=_cases("rank"),
    assumptions=_RECTANGULAR,
    validity="every d >= 1, 1 <= r <= d",
    reference=_BETA,
    evaluator=_log_value,
    constraint=_rank_fits,
)

MEAN_REMOVAL = Formula(
    name="forward.mean_removal",
    title="Moments of a squared row norm at isometry with mean removal: n becomes n - 1",
    left=moment_latex,
    derivation=derive.mean_removal,
    quantities=(width(), _BATCH, _POWER),
    sampler=sample.mean_removal_power,
    second_moment=Twice("k"),
    exact_square=Infinite("k"),
    sampled_at=("d", "n"),
    cases=(*_cases("n", k=-1), *_cases("n", k=2)),
    assumptions=(*_CENTRED, "n orthonormal samples, XᵀX = I"),
    validity="2 <= n <= d; a negative moment is infinite unless n - 1 > -2k",
    reference=_BETA,
    evaluator=_power_value,
    constraint=_batch_fits,
)

MEAN_REMOVAL_LOG = Formula(
    name="forward.mean_removal_log",
    title="Mean logarithm of a squared row norm at isometry with mean removal",
    left=r"\mathbb{E}_{W} \log a_j",
    derivation=derive.mean_removal_log,
    quantities=(width(), _BATCH),
    sampler=sample.mean_removal_log,
    sampled_at=("d", "n"),
    cases=_cases("n"),
    assumptions=(*_CENTRED, "n orthonormal samples, XᵀX = I"),
    validity="2 <= n <= d",
    reference=_BETA,
    evaluator=_log_value,
    constraint=_batch_fits,
)

MEAN_REMOVAL_MOMENT = Formula(
    name="forward.mean_removal_moment",
    title="Moments of a squared row norm with mean removal, for any batch",
    left=moment_latex,
    derivation=derive.centred_moment,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("k", "order of the moment", OrderDomain(1), default=1),
        _OVERLAPS,
    ),
    sampler=sample.centred_power,
    second_moment=Twice("k"),
    exact_square=Infinite("k"),
    sampled_at=("eigenvalues", "overlaps"),
    cases=(
        Case({"eigenvalues": [4, 3, 2, 1], "overlaps": [0.4, 0.3, 0.2, 0.1], "k": 2}, 10_000),
        Case({"eigenvalues": [4, 3, 2, 1], "overlaps": [0.4, 0.1, 0, 0], "k": 3}, 10_000),
        Case({"eigenvalues": [8] + [1] * 15, "overlaps": [1] + [0] * 15, "k": 1}, 4_000),
    ),
    assumptions=(*_CENTRED, "p_k = tr G^k and q_k = 1ᵀ K^k 1/n with K = XᵀX"),
    validity="every integer d >= 1 and every batch",
    reference=f"diagonal conjugation moments of X (I - 11ᵀ/n) Xᵀ; setting of {METEREZ}",
    evaluator=_centred_value,
    direct=_centred_at,
    constraint=_overlaps_fit,
)

ENTRIES = (RECTANGULAR_STEP, RECTANGULAR_LOG, MEAN_REMOVAL, MEAN_REMOVAL_LOG, MEAN_REMOVAL_MOMENT)
