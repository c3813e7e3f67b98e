"""Every symbol of a random matrix is a citizen of SymPy: a new one is put into SAMPLES."""

import importlib
import pickle
import pkgutil
from pathlib import Path

import pytest
import sympy as sp
from sympy.stats.rv import RandomMatrixSymbol, random_symbols

import weingarten.symbols
from tests.fuzz import matrix_laws
from weingarten import (
    CircularOrthogonal,
    CircularSymplectic,
    GaussianMatrix,
    GaussianOrthogonal,
    GaussianUnitary,
    HaarSymplectic,
    InvalidInputError,
    RandomPermutation,
    SpecialOrthogonal,
    SpecialUnitary,
    Stiefel,
    UniformSphere,
    parse_expression,
)
from weingarten.cli.declarations import LAWS, law_named
from weingarten.symbols.haar import HaarOrthogonal
from weingarten.symbols.random_matrices import (
    RandomEntry,
    RandomMatrix,
    RandomSlice,
    random_matrices,
)
from weingarten.symbols.randomness import other_random_symbols
from weingarten.symbols.unitary import HaarUnitary

d = sp.Symbol("d", integer=True, positive=True)
n = sp.Symbol("n", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
DOCS = Path(__file__).parents[3] / "docs"

#: One matrix of symbolic size for each law.
SAMPLES = [
    HaarOrthogonal("W", d),
    HaarUnitary("U", d),
    GaussianMatrix("G", d, n),
    GaussianMatrix("Z", d, n, field="complex"),
    GaussianOrthogonal("H", d),
    GaussianUnitary("K", d),
    Stiefel("Q", d, n),
    UniformSphere("x", d),
    RandomPermutation("P", d),
    SpecialOrthogonal("R", d),
    SpecialUnitary("V", d),
    CircularOrthogonal("C", d),
    CircularSymplectic("X", 2 * n),
    HaarSymplectic("S", 2 * n),
]


def laws(parent=RandomMatrix):
    for law in parent.__subclasses__():
        yield law
        yield from laws(law)


#: The same laws on an index of several legs.
LEGS = [type(x)(f"{x.name}_2", (2, n)) for x in SAMPLES if len(x.args) == 2]


def nodes():
    for matrix in [*SAMPLES, *LEGS]:
        yield from (matrix, matrix[0, 0], matrix[i, 0], matrix[:1, :], matrix.T, matrix.H, matrix.C)
        yield from (
            sp.Trace(matrix * matrix.H),
            sp.conjugate(matrix[0, 0]),
            sp.Abs(matrix[0, 0]) ** 2,
        )
        yield sp.Sum(matrix[i, 0] ** 2, (i, 0, matrix.rows - 1))


def test_every_law_has_a_sample():
    for module in pkgutil.walk_packages(weingarten.symbols.__path__, "weingarten.symbols."):
        importlib.import_module(module.name)
    members = {law for law in laws() if not law.__subclasses__()}
    assert {type(sample) for sample in SAMPLES} == members
    assert {law.__name__ for law in members} <= set(weingarten.__all__)
    assert {law.symbol for law in LAWS.values()} == members
    assert {type(matrix) for matrix, _ in matrix_laws.LAWS.values()} == members, "make fuzz asks"


@pytest.mark.parametrize("word", LAWS)
def test_every_law_is_told_of(word):
    law = LAWS[word]
    assert LAWS[law_named(law.symbol.__name__)].symbol is law.symbol
    option = "haar" if word == "orthogonal" else word
    for page, text in (
        ("guide/ensembles.md", f"`{law.symbol.__name__}("),
        ("reference/command-line.md", f"`--{option} "),
    ):
        told = text in (DOCS / page).read_text(encoding="utf-8")
        assert told, f"write a row {text} in docs/{page}"
    assert f'"{word}"' in parse_expression.__doc__


@pytest.mark.parametrize("node", list(nodes()), ids=str)
def test_node_is_a_citizen(node):
    assert all(isinstance(arg, sp.Basic) for arg in node.args)
    assert node.func(*node.args) == node
    assert hash(node.func(*node.args)) == hash(node)
    assert pickle.loads(pickle.dumps(node)) == node
    scope = {**vars(sp), "RandomEntry": RandomEntry, "RandomSlice": RandomSlice}
    scope |= {type(sample).__name__: type(sample) for sample in SAMPLES}
    scope |= {"Str": sp.core.symbol.Str}
    assert eval(sp.srepr(node), scope) == node  # our own text
    assert sp.latex(node)
    assert sp.pretty(node)
    assert node.subs(d, 4).subs(d, 6) == node.subs(d, 4)
    assert node.xreplace({d: d}) == node


@pytest.mark.parametrize("matrix", SAMPLES, ids=str)
def test_sympy_takes_it_for_random(matrix):
    assert isinstance(matrix, RandomMatrixSymbol)
    assert random_symbols(matrix[0, 0]) == [matrix]
    assert other_random_symbols(matrix[0, 0]) == []
    assert matrix.free_symbols >= {matrix, *matrix.dimension.free_symbols}


@pytest.mark.parametrize("matrix", SAMPLES, ids=str)
def test_what_sympy_knows_of_it(matrix):
    entry = matrix[0, 0]
    assert entry.is_commutative
    assert entry.is_finite
    assert entry.is_complex
    assert entry.is_real is (True if matrix.is_real_matrix else None)
    assert (sp.conjugate(entry) == entry) is matrix.is_real_matrix
    assert (matrix == matrix.C) is matrix.is_real_matrix
    assert (matrix.H == matrix.T) is matrix.is_real_matrix
    assert matrix.C.T == matrix.H
    assert sp.adjoint(matrix) == matrix.H
    assert sp.ask(sp.Q.real_elements(matrix)) is (True if matrix.is_real_matrix else None)
    for predicate in matrix.predicates:
        assert sp.ask(getattr(sp.Q, predicate.name)(matrix))
    if matrix.is_unitary_matrix:
        assert sp.ask(sp.Q.unitary(matrix))
        assert matrix.I == matrix.inverse() == matrix.H


@pytest.mark.parametrize("matrix", SAMPLES, ids=str)
def test_a_name_stands_for_one_law(matrix):
    for other in SAMPLES:
        twin = other.xreplace({other.args[0]: matrix.args[0]})
        if twin != matrix and type(other) is type(matrix):
            with pytest.raises(InvalidInputError, match=r"real\) and .*complex|complex\) and"):
                random_matrices(twin[0, 0] * matrix[0, 0])
        elif type(other) is type(matrix):
            assert random_matrices(twin[0, 0] * matrix[0, 0]) == [matrix]
            with pytest.raises(InvalidInputError, match="different sizes"):
                random_matrices(twin.subs(d, 4).subs(n, 4)[0, 0] * matrix[0, 0])
        else:
            with pytest.raises(InvalidInputError, match=r"name . for random matrices of different"):
                random_matrices(twin[0, 0] * matrix[0, 0])


@pytest.mark.parametrize("matrix", SAMPLES, ids=str)
def test_checks_of_name_size_and_index(matrix):
    law = type(matrix)
    for name in ("", 3, None):
        with pytest.raises(InvalidInputError, match="name must be a non-empty string"):
            law(name, *matrix.args[1:])
    with pytest.raises(InvalidInputError, match=r"row index of . must be an integer from 0"):
        matrix[-1, 0]
    with pytest.raises(InvalidInputError, match=r"column index of . must be an integer from 0"):
        matrix[0, matrix.cols]
    with pytest.raises(InvalidInputError, match="must lie within"):
        matrix[: matrix.rows + 1, :]


def test_an_entry_of_a_constant_put_in_is_its_entry():
    entry = HaarUnitary("U", 2)[0, 1]
    constant = sp.MatrixSymbol("A", 2, 2)
    assert entry.xreplace({entry.parent: constant}) == constant[0, 1]
    assert entry.xreplace({entry.parent: sp.ImmutableMatrix([[1, 2], [3, 4]])}) == 2


#: Laws with two sizes.
_TWO_SIZES = {"GaussianMatrix": (3, 2), "Stiefel": (3, 2)}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda x: type(x).__name__)
def test_wrong_sizes_are_refused_in_words(sample):
    law = type(sample)
    right = _TWO_SIZES.get(law.__name__, (4,))
    law("X", *right)
    with pytest.raises(InvalidInputError, match="name must be a non-empty string"):
        law()
    for sizes, named in (
        (right[:-1], {}),
        ((*right, "real", 5), {}),
        (right, {"size": 3}),
        *(((*right[:-1], wrong), {}) for wrong in (2.5, sp.S.Half, 0, -2, "d", None, True, ())),
        *(((*right[:-1], wrong), {}) for wrong in ((0, 2), (2, 1.5), sp.Matrix([1]), sp.oo)),
    ):
        with pytest.raises(InvalidInputError) as error:
            law("X", *sizes, **named)
        assert error.value.remedy, (sizes, named)
    if len(right) == 2:
        with pytest.raises(InvalidInputError, match=f"sizes of {law.__name__} must be .*; got '3'"):
            law("X", 3)
    words = "rows, columns" if law is GaussianMatrix else "d, k" if len(right) == 2 else "d"
    with pytest.raises(InvalidInputError, match=rf"be {words}, .*; got nothing; .*, {words}\)$"):
        law("X")
