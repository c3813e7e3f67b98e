"""Exact mean squares of the draws of row norms and of entries of Ĝ: their spread before sampling.

Each draw is an average of products of entries of Ĝ = W G Wᵀ, or of Ĝ - m, m = tr G/d. The mean of
a product of two of them is a moment of the same kind, at twice the degree. The rows are
exchangeable, so products that differ by the names of rows have the same mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import sympy as sp

from bn_theory.laws.common.shared import given_spectrum
from bn_theory.networks.network_draws import ROWS
from bn_theory.notation import power_sum
from weingarten.moments.conjugation import conjugation_moment

__all__ = [
    "gram_covariance_square",
    "gram_mean_square",
    "gram_product_square",
    "offdiagonal_square",
    "row_norm_joint_square",
    "row_norm_power_square",
    "row_norm_product_square",
    "row_norm_spread_square",
]

Values = Mapping[str, Any]
Product = tuple[tuple[int, int], ...]

# of the doubled product: beyond, the moment is no matter of milliseconds
_MOST_FACTORS = 8


# rows are exchangeable: many products have one mean
@lru_cache(maxsize=256)
def _moment(indices: Product, d: int) -> sp.Expr:
    # one product of entries, given by its indices: what this function takes
    return conjugation_moment(indices, d)


def _renamed(product: Product) -> Product:
    """Return a product with its rows numbered as they come."""
    names: dict[int, int] = {}
    return tuple((names.setdefault(i, len(names)), names.setdefault(j, len(names)))
                 for i, j in product)  # fmt: skip


def _mean_square(
    values: Values, draw: Sequence[Product], *, centred: bool = False, alike: bool = True
) -> sp.Expr | None:
    """Return the mean square of the average of products; None if it takes long.

    ``alike`` if some renaming of rows takes each product to each other and the average to itself.
    """
    spectrum = given_spectrum(values)
    if 2 * len(draw[0]) > _MOST_FACTORS:
        return None
    first = draw[:1] if alike else draw
    pairs = Counter(_renamed((*one, *two)) for one in first for two in draw)
    moment = sp.Add(*(n * _moment(pair, len(spectrum)) for pair, n in pairs.items()))
    sums = spectrum.central_power_sum if centred else spectrum.power_sum
    given = {power_sum(j): sums(j) for j in range(1, 2 * len(draw[0]) + 1)}
    return moment.xreplace(given) / (len(first) * len(draw))


def _pair(values: Values, row: str, column: str) -> tuple[int, int]:
    return int(values[row]), int(values[column])


def gram_mean_square(_: object, values: Values) -> sp.Expr | None:
    """Return E Ĝ_ij²."""
    return _mean_square(values, [(_pair(values, "i", "j"),)])


def gram_covariance_square(_: object, values: Values) -> sp.Expr | None:
    """Return the mean square of a product of two deviations of entries from their means."""
    draw = [(_pair(values, "i", "j"), _pair(values, "i2", "j2"))]
    return _mean_square(values, draw, centred=True)


def gram_product_square(_: object, values: Values) -> sp.Expr | None:
    """Return the mean square of a product of entries; symbols take the values of that name."""
    named = {sp.Symbol(n): v for n, v in values.items() if n in ("i", "j", "i2", "j2")}
    rows = [tuple(named.get(sp.Symbol(str(x)), x) for x in pair) for pair in values["indices"]]
    return _mean_square(values, [tuple((int(i), int(j)) for i, j in rows)])


def row_norm_spread_square(_: object, values: Values) -> sp.Expr | None:
    """Return the mean square of the mean over all rows of (a_j - m)²."""
    rows = range(len(given_spectrum(values)))
    return _mean_square(values, [((j, j),) * 2 for j in rows], centred=True)


def row_norm_product_square(_: object, values: Values) -> sp.Expr | None:
    """Return the mean square of the mean over pairs of rows of (a_i - m)(a_j - m)."""
    pairs = combinations(range(_rows(values)), 2)
    return _mean_square(values, [((i, i), (j, j)) for i, j in pairs], centred=True)


def row_norm_power_square(_: object, values: Values) -> sp.Expr | None:
    """Return the mean square of the mean over some rows of a_j^k."""
    return _mean_square(values, [((j, j),) * int(values["k"]) for j in range(_rows(values))])


def row_norm_joint_square(_: object, values: Values) -> sp.Expr | None:
    """Return the mean square of Π a_i^{k_i}, averaged over the cyclic shifts of some rows."""
    powers = [int(power) for power in values["k"]]
    count = _rows(values, max(ROWS, len(powers)))
    shifts = [
        tuple(
            ((s + i) % count, (s + i) % count)
            for i, power in enumerate(powers)
            for _ in range(power)
        )
        for s in range(count)
    ]
    return _mean_square(values, shifts)


def offdiagonal_square(_: object, values: Values) -> sp.Expr | None:
    """Return the mean square of the mean over neighbouring rows of Ĝ_ij²."""
    pairs = pairwise(range(_rows(values)))
    return _mean_square(values, [((i, j),) * 2 for i, j in pairs], alike=False)


def _rows(values: Values, most: int = ROWS) -> int:
    return min(len(given_spectrum(values)), most)
