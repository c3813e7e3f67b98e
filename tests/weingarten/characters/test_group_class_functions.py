"""Averages of class functions against Weyl's integration formula, as constant terms."""

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations
from math import factorial, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weingarten.characters.group_class_functions import class_validity, group_class_average
from weingarten.exact.dimension import Dimension

# --- Laurent polynomials as dicts, and the density of each group on its torus ---------------------


def times(f, g):
    product = defaultdict(int)
    for a, x in f.items():
        for b, y in g.items():
            product[tuple(i + j for i, j in zip(a, b, strict=True))] += x * y
    return product


def monomial(rank, *powers):
    exponents = [0] * rank
    for position, power in powers:
        exponents[position] += power
    return tuple(exponents)


def density(group, d):
    """Return the eigenvalues, the density, and its total weight times the constant term."""
    if group in ("U", "SU"):
        rank = d
        roots = [((i, 1), (j, -1)) for i in range(rank) for j in range(rank) if i != j]
        eigenvalues, order = [monomial(rank, (i, 1)) for i in range(rank)], factorial(rank)
    else:
        rank = d // 2
        both = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        roots = [((i, a), (j, b)) for i, j in combinations(range(rank), 2) for a, b in both]
        eigenvalues = [monomial(rank, (i, s)) for i in range(rank) for s in (1, -1)]
        order = 2**rank * factorial(rank)
        if group == "Sp":
            roots += [((i, 2 * s),) for i in range(rank) for s in (1, -1)]
        elif d % 2:
            roots += [((i, s),) for i in range(rank) for s in (1, -1)]
            eigenvalues.append(monomial(rank))
        else:
            order //= 2
    weight = {monomial(rank): 1}
    for root in roots:
        weight = times(weight, {monomial(rank): 1, monomial(rank, *root): -1})
    return eigenvalues, weight, order


def integral(group, powers, conjugated, d):
    eigenvalues, total, order = density(group, d)
    for table, sign in ((powers, 1), (conjugated, -1)):
        for part, number in table.items():
            trace = Counter(tuple(sign * part * e for e in value) for value in eigenvalues)
            for _ in range(number):
                total = times(total, trace)
    # over SU(d) the product of all eigenvalues is 1
    constant = sum(
        c
        for exponents, c in total.items()
        if (len(set(exponents)) == 1 if group == "SU" else not any(exponents))
    )
    return Fraction(constant, order)


GROUPS = [
    *[("U", d) for d in (1, 2, 3)],
    *[("SU", d) for d in (2, 3)],
    *[("Sp", d) for d in (2, 4)],
    *[("SO", d) for d in (2, 3, 4, 5)],
]


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(GROUPS),
    st.dictionaries(st.integers(1, 4), st.integers(1, 3), max_size=2),
    st.dictionaries(st.integers(1, 4), st.integers(1, 3), max_size=2),
)
def test_weyl_integration(group, powers, conjugated):
    name, d = group
    if sum(k * m for t in (powers, conjugated) for k, m in t.items()) > 12:
        conjugated = powers = {1: 2, 2: 1}
    expected = integral(name, powers, conjugated, d)
    assert group_class_average(name, powers, conjugated, Dimension(d)) == expected


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("powers", [{1: 6}, {1: 4}, {2: 2, 1: 2}, {3: 2}, {1: 3}, {2: 1}])
def test_weyl_integration_of_small_words(group, powers):
    name, d = group
    for conjugated in ({}, powers, {1: sum(k * m for k, m in powers.items())}):
        expected = integral(name, powers, conjugated, d)
        assert group_class_average(name, powers, conjugated, Dimension(d)) == expected


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(["O", "SO", "U", "SU", "Sp"]),
    st.dictionaries(st.integers(1, 4), st.integers(1, 3), max_size=3),
    st.dictionaries(st.integers(1, 4), st.integers(1, 3), max_size=3),
)
def test_the_stable_value_holds_from_where_it_says(group, powers, conjugated):
    least = class_validity(group, powers, conjugated)
    expected = group_class_average(group, powers, conjugated, Dimension(None))
    for d in range(least, least + 3):
        if group == "Sp" and d % 2:
            continue
        assert group_class_average(group, powers, conjugated, Dimension(d)) == expected


def test_the_groups_of_two_by_two_matrices_agree():
    for n in range(0, 22, 2):
        catalan = factorial(n) // factorial(n // 2) // factorial(n // 2 + 1)
        assert group_class_average("SU", {1: n}, {}, Dimension(2)) == catalan
        assert group_class_average("Sp", {1: n}, {}, Dimension(2)) == catalan


@pytest.mark.parametrize(("d", "n"), [(2, 7), (3, 6), (4, 5)])
def test_unitary_moments_count_increasing_subsequences(d, n):
    # Rains 1998: permutations without an increasing subsequence longer than d
    from itertools import permutations

    def longest(s):
        lengths = []
        for i, x in enumerate(s):
            lengths.append(1 + max((lengths[j] for j in range(i) if s[j] < x), default=0))
        return max(lengths)

    count = sum(longest(s) <= d for s in permutations(range(n)))
    assert group_class_average("U", {1: n}, {1: n}, Dimension(d)) == count


def test_high_degrees_take_no_time():
    assert group_class_average("O", {1: 20}, {}, Dimension(None)) == 654729075
    assert group_class_average("U", {1: 30}, {1: 30}, Dimension(None)) == factorial(30)
    assert group_class_average("Sp", {1: 40}, {}, Dimension(4)) > 0
    assert group_class_average("U", {1: 40}, {1: 40}, Dimension(3)) > prod([3] * 60)


def test_symplectic_sums_by_rows_and_by_columns(monkeypatch):
    from weingarten.characters import group_class_functions as module

    for powers in ({1: 8}, {1: 4, 2: 2}, {3: 2, 2: 1, 1: 2}, {4: 2, 1: 2}):
        for d in (2, 4, 6, 8):
            values = []
            for shortest in (False, True):
                with monkeypatch.context() as patch:
                    patch.setattr(
                        module, "class_work", lambda _p, _n, rows, s=shortest: rows if s else -rows
                    )
                    values.append(group_class_average("Sp", powers, {}, Dimension(d)))
            assert values[0] == values[1]
