"""Stated conjectures against sampled networks."""

import pytest
import sympy as sp

import bn_theory
from tests.tiers import heavy_formulas_apart
from weingarten import InvalidInputError

DEPTH = "backward.isometric_depth"
AT = {"d": 4, "L": 3}
EXACT = "(1 - 1/d)*(1 + (d/(d + 2))^(L - 1))/2"


def word(expr, of=DEPTH, at=AT, **options):
    return bn_theory.check(expr, of=of, at=at, **options).word


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        (EXACT, "pass"),
        (f"103/100*({EXACT})", "rejected"),
        (f"<= {EXACT}", "pass"),
        ("<= 1", "pass"),
        ("≤ 1/d", "rejected"),
        (">= 1", "rejected"),
        (">= 1/d", "pass"),
        ("= 1 - 1/d", "rejected"),
        (1, "rejected"),
        (sp.Rational(52, 96) + 0, "pass"),
    ],
)
def test_what_is_right_passes_and_what_is_wrong_is_rejected(expr, wanted):
    assert word(expr, networks=20_000, seed=1) == wanted


@pytest.mark.parametrize(
    "name",
    heavy_formulas_apart(name for name in bn_theory.catalogue() if "shaping" not in name),
)
def test_the_statement_of_a_formula_passes_as_a_conjecture_of_what_it_samples(name):
    """Where the statement is a closed form in symbols and eigenvalues; at the first case."""
    law = bn_theory.formula(name)
    case = law.cases[0]
    law = law.at(**{key: value for key, value in case.values.items() if key in law.parameters})
    expr = law.expr
    if isinstance(expr, sp.MatrixBase) or expr.has(sp.Integral):
        with pytest.raises(InvalidInputError, match="expr must be"):
            bn_theory.check(expr, of=law.name, at=case.values, networks=10)
        return
    heuristic = law.status.kind == "heuristic"  # it needs long chains of layers
    found = bn_theory.check(
        expr,
        of=law.name,
        at=case.values,
        relation=law.relation,
        networks=10 if heuristic else min(case.samples, 2000),
    )
    # a conjecture leaves nothing out, as a heuristic law does
    assert heuristic or found.word in ("pass", "undecided")
    assert float(found[0].predicted) == pytest.approx(float(law.evaluate(**case.values)))


def test_a_function_of_the_statement_has_its_value_at_its_arguments():
    at, name = {"d": 24, "n": 12}, "backward.rank_deficient_growth"
    (found,) = bn_theory.check("rho(n/d)/d", of=name, at=at, networks=10)
    assert float(found.predicted) == float(bn_theory.formula(name).evaluate(**at))
    with pytest.raises(InvalidInputError, match=r"expr must have no other function .* rho\(n/d\)"):
        bn_theory.check(sp.Function("rho")(sp.Symbol("n")), of=name, at=at)
    with pytest.raises(InvalidInputError, match=r"(?s)got rho\(n\) at column 5.*write rho\(n/d\)"):
        bn_theory.check("1 + rho(n)", of=name, at=at)
    with pytest.raises(InvalidInputError, match="the function rh at column 1"):
        bn_theory.check("rh(n/d)/d", of=name, at=at)
    with pytest.raises(InvalidInputError, match="write a closed form"):
        bn_theory.check(sp.Function("rho")(sp.Symbol("d")), of=DEPTH, at=AT)


def test_a_closed_form_in_the_eigenvalues():
    at = {"eigenvalues": [4, 3, 2, 1]}
    texts = {
        "2*v/(d + 2)": "pass",
        "2*sum((lambda[k] - m)**2, k)/(d*(d + 2))": "pass",
        "2*(p2/d - m^2)/(d + 2)": "pass",
        "2*t2/(d*(d + 1))": "rejected",
    }
    for text, wanted in texts.items():
        assert word(text, "forward.row_norm_variance", at, networks=20_000) == wanted
    assert word("lambda[k]", "forward.spectrum_map", {**at, "k": 1}) == "rejected"


@pytest.mark.campaign
def test_without_values_it_is_tested_at_all_cases_of_the_formula():
    found = bn_theory.check(EXACT, of=DEPTH, networks=500)
    law = bn_theory.formula(DEPTH)
    assert [verdict.values for verdict in found] == [case.values for case in law.cases]
    assert found.passed
    assert {verdict.level for verdict in found} == {0.01}
    again = bn_theory.campaign([law], samples=500)
    assert [v.estimate.mean for v in found] == [v.estimate.mean for v in again]


def test_parameters_may_stand_in_the_name_or_among_the_values():
    at = {"eigenvalues": [2, 1, 1]}
    text = "(p1^3 + 6*p1*p2 + 8*p3)/(d*(d + 2)*(d + 4))"
    assert word(text, "forward.row_norm_moment(3)", at) == "pass"
    assert word(text, "forward.row_norm_moment", {**at, "k": 3}) == "pass"
    assert word(text, "forward.row_norm_moment", at) == "rejected"


def test_a_number_is_conjectured_of_each_component():
    at = {"d": 6, "L": 4}
    assert word("<= 0", "backward.isometric_invariant", at, networks=50) == "pass"
    assert word("<= -1/100", "backward.isometric_invariant", at, networks=50) == "rejected"


def test_symbols_of_any_assumptions_are_those_of_the_formula():
    width, depth = sp.symbols("d L", integer=True, positive=True)
    expr = (1 - 1 / width) * (1 + (width / (width + 2)) ** (depth - 1)) / 2
    assert word(expr) == "pass"


def test_what_an_activation_determines():
    at = {"d": 6, "alpha": 0.02, "activation": "tanh"}
    law = bn_theory.formula("shaping.injected_gap(4)")
    assert "c3" in str(law.expr)
    assert word(law.expr, law, at) == "pass"
    assert word(law.expr * 2, law, at) == "rejected"


def test_a_formula_of_ones_own_is_a_quantity():
    law = bn_theory.formula(DEPTH)
    assert word(EXACT, law) == "pass"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"of": "backward.isometric_dept"}, "of must be a formula .* did you mean backward.isom"),
        ({"of": 3}, "of must be a formula"),
        ({"at": {"d": 4}}, "at must give a value of depth .* got 'd'; add depth"),
        ({"at": {}}, "at must give a value of d .* got nothing"),
        ({"at": {"d": 4, "L": 3, "x": 1}}, "x is not a quantity of backward.isometric_depth"),
        ({"at": {"d": 4, "L": 3, "depth": 1}}, "beside another keyword"),
        ({"at": {"d": 0, "L": 3}}, "d must be an integer >= 2"),
        ({"at": {"d": sp.Symbol("d"), "L": 3}}, "at must give a value of d"),
        ({"at": "d=4"}, "at must map names to values"),
        ({"expr": "1/n"}, "expr must be an expression; got n at column 3"),
        ({"expr": "< 1"}, "expr must begin with =, <= or >="),
        ({"expr": "<= 1", "relation": ">="}, "contradicts relation"),
        ({"expr": "<= x"}, "got x at column 4"),
        ({"expr": "<="}, "expr must be an expression"),
        ({"expr": None}, "expr must be text, a SymPy expression or a number"),
        ({"expr": True}, "expr must be text"),
        ({"expr": float("nan")}, "expr must be a finite real number"),
        ({"expr": sp.Symbol("dept")}, "did you mean depth"),
        ({"expr": sp.Integral(sp.Symbol("t"), (sp.Symbol("t"), 0, 1))}, "expr must"),
        ({"expr": 1, "relation": "<"}, "relation must be one of"),
        ({"networks": 1}, "networks must be an integer >= 2"),
        ({"level": 2}, "level must lie between 0 and 1"),
    ],
)
def test_mistakes_are_named(options, words):
    given = {"expr": "1 - 1/d", "of": DEPTH, "at": AT, "networks": 50, **options}
    with pytest.raises(InvalidInputError, match=words):
        bn_theory.check(given.pop("expr"), **given)


def test_missing_eigenvalues_are_asked_for():
    with pytest.raises(InvalidInputError, match="at must give a value of eigenvalues"):
        bn_theory.check("v", of="forward.row_norm_variance", at={"d": 3, "v": 1})
    with pytest.raises(InvalidInputError, match="must count the 3 eigenvalues from 1"):
        bn_theory.check("lambda[0]", of="forward.row_norm_variance", at={"eigenvalues": [2, 1, 1]})


def test_a_campaign_has_the_word_of_its_worst():
    good, bad = (bn_theory.check(text, of=DEPTH, at=AT) for text in (EXACT, "2"))
    both = type(good)((*good, *bad))
    assert (both.word, both.passed) == ("rejected", False)
    assert str(both).splitlines() == [str(good[0]), str(bad[0])]
    assert type(good)().word == "undecided"
