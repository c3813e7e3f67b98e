"""The oracle against averages known by hand, and the judge against answers spoiled on purpose."""

import inspect
import re
import time
from dataclasses import dataclass

import numpy as np
import pytest
import sympy as sp

from tests.fuzz import grammar
from tests.fuzz.cases import ExpectCase
from tests.fuzz.harness import PREAMBLE, FailureError, Tally, judge
from tests.fuzz.nodes import haar_nodes, node_count
from tests.fuzz.oracle import mean_of
from tests.fuzz.reader import Reader, UndefinedError
from tests.fuzz.scene import Scene, make_scene
from tests.fuzz.text import as_code, confused_names, free_names, read_text
from weingarten import HaarOrthogonal, InvalidInputError
from weingarten.networks.lowering import RULES

d = sp.Symbol("d", integer=True, positive=True)
i, j, k = sp.symbols("i j k", integer=True)
W = HaarOrthogonal("W", d)
A = sp.MatrixSymbol("A", d, d)
VALUE = np.array([[1, 2j, -1], [0, 3, 1 + 1j], [2, 0, 1]])


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("degree", [1, 2, 5, 8])
def test_nodes_are_orthogonal_and_average_invariantly(size, degree):
    matrices, weights = haar_nodes(size, degree)
    assert len(weights) == node_count(size, degree)
    assert np.allclose(weights.sum(), 1)
    assert np.allclose(matrices @ np.swapaxes(matrices, 1, 2), np.eye(size))
    rng = np.random.default_rng(size)
    turn, _ = np.linalg.qr(rng.normal(size=(size, size)))
    directions = rng.normal(size=(degree, size, size))

    def polynomial(at):
        return weights @ np.prod(np.einsum("nij,kij->nk", at, directions), axis=1)

    for turned in (turn @ matrices, matrices @ turn, np.swapaxes(matrices, 1, 2)):
        assert np.isclose(polynomial(turned), polynomial(matrices))


@pytest.mark.parametrize(
    ("expr", "right"),
    [
        (W[0, 0] ** 2, lambda n: 1 / n),
        (W[0, 0] ** 4, lambda n: 3 / (n * (n + 2))),
        (W[0, 0] ** 8, lambda n: 105 / (n * (n + 2) * (n + 4) * (n + 6))),
        (sp.Trace(W) ** 2, lambda _: 1),
        (sp.Trace(W) ** 4, lambda n: 1 if n == 1 else 3),
        (sp.Trace(W) ** 6, lambda n: [1, 10, 15][n - 1]),
        (sp.Determinant(W) ** 2, lambda _: 1),
        (sp.Sum(i * W[0, i] ** 2, (i, 0, d - 1)), lambda n: (n - 1) / 2),
        (sp.Trace(W * A * W.T * sp.Adjoint(A)), lambda n: abs(VALUE[:n, :n].trace()) ** 2 / n),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_averages_known_by_hand(expr, right, size):
    constants = {A: VALUE[:size, :size]}
    assert np.isclose(mean_of(expr, {W: size}, constants, {d: size}).value, right(size))


def read(expr, **scope):
    given = {d: 3} | {sp.Symbol(name, integer=True): x for name, x in scope.items()}
    return Reader({A: VALUE[None]}, given)(sp.sympify(expr))[0]


def test_readings_follow_the_mathematics():
    assert np.array_equal(read(A[::2, 1:]), VALUE[::2, 1:])
    assert np.array_equal(read(sp.Adjoint(A)), VALUE.conj().T)
    assert np.array_equal(read(A.conjugate()), VALUE.conj())
    assert np.array_equal(read(sp.KroneckerProduct(A, A)), np.kron(VALUE, VALUE))
    assert np.array_equal(read(sp.BlockMatrix([[A, A.T], [A.T, A]]))[:3, 3:], VALUE.T)
    # the last limit is the outermost, and its own limits are read outside all of them
    assert read(sp.Sum(1, (i, 0, j), (j, 0, 2)), j=0) == 6
    assert read(sp.Sum(1, (j, 0, 2), (i, 0, j)), j=1) == 6
    assert read(sp.Sum(sp.Sum(A[i, i], (i, 0, j)) * i, (i, 0, 1)), j=2) == VALUE.trace()
    spread = sp.FunctionMatrix(2, 3, sp.Lambda((i, k), 10 * i + k))
    assert np.array_equal(read(spread), [[0, 1, 2], [10, 11, 12]])
    assert read(sp.Piecewise((1, sp.Eq(d, 2)), (sp.pi, sp.Ge(d, 3) & (d < 9)))) == np.pi
    assert read(sp.Abs(A[0, 1]) ** 2 + sp.conjugate(A[0, 1])) == 4 - 2j


@pytest.mark.parametrize(
    "expr",
    [
        A[i, 0].subs(i, 3),
        sp.Sum(A[i, 0], (i, 0, d)),
        A[1 : d - 1, :] + A[1:, :],
        sp.Symbol("stray"),
        1 / (d - 3),
        sp.Trace(A[:2, :]),
    ],
    ids=str,
)
def test_what_has_no_value_is_said_so(expr):
    with pytest.raises(UndefinedError):
        read(expr)


# names and text ---------------------------------------------------------------------------


def test_names():
    assert free_names(sp.Sum(A[i, j], (i, 0, j), (j, 0, k))) == {A, d, k}
    assert free_names(sp.Sum(A[i, j], (j, 0, k), (i, 0, j))) == {A, d, j, k}
    assert free_names(sp.Lambda((i,), i + j)) == {j}
    assert not confused_names(sp.Sum(A[i, i], (i, 0, k)) * sp.Sum(A[0, i], (i, 0, k)) * i)
    twin = sp.Symbol("i")
    nested = sp.Mul(i, sp.Sum(A[twin, twin], (twin, 0, k)))
    assert confused_names(sp.Sum(nested, (i, 0, k)))
    assert confused_names(sp.Sum(A[i, twin], (i, 0, k)))


def test_text_is_read_as_it_stands():
    lam = sp.MatrixSymbol("lam", d, 1)
    honest = sp.Sum(lam[i, 0] * A[i, j] ** 2, (i, 0, d - 1)) / (d + 2) - sp.Trace(A.T * A**2)
    again = read_text(honest)
    assert again.replace(lambda x: isinstance(x, sp.Dummy), lambda _: i) == honest
    twin = sp.Symbol("i")
    lying = sp.Sum(A[i, i] * sp.Sum(A[i, twin], (twin, 0, d - 1)), (i, 0, d - 1))
    right, wrong = (read(expr) for expr in (lying, read_text(lying)))
    assert not np.isclose(wrong, right)
    assert read_text(A[0, 0] + sp.Trace(sp.HadamardProduct(A, A))) is None


def test_reproductions_build_the_expression_again():
    twin, other = sp.Symbol("i"), sp.Dummy("i", integer=True, dummy_index=5)
    exprs = [
        W[i, 0] * sp.Sum(A[twin, other], (other, 0, d - 1)) ** -2,
        sp.Trace(W.T * A[:, :1] * A[:1, :]),
        sp.Determinant(sp.BlockMatrix([[A, W], [W, A]])),
        sp.HadamardProduct(W, sp.Adjoint(A)),
    ]  # fmt: skip
    lines, texts = as_code(*exprs)
    space: dict[str, object] = {}
    exec("from tests.fuzz.harness import PREAMBLE; exec(PREAMBLE)", space)
    exec("\n".join(lines), space)
    assert [eval(text, space) for text in texts] == exprs


# spoiled answers --------------------------------------------------------------------------

SCENE: Scene = make_scene(lambda options: list(options)[0], symbolic=True)  # noqa: RUF015


@dataclass(frozen=True)
class Spoiled(ExpectCase):
    """A question whose answer is made up."""

    answer: object = None

    def asked(self, max_cost):
        return self.answer() if callable(self.answer) else self.answer, sp.true


def judged(expr, answer):
    tally = Tally()
    try:
        judge(Spoiled(SCENE, expr, False, answer), tally)
    except FailureError as failure:
        return failure.what
    return "refused" if tally.refused else "right" if tally.compared else "nothing compared"


def refuse():
    raise InvalidInputError("expr", "must be", 1, "something else")


def stumble():
    return SCENE.haars[len(SCENE.haars)]


def idle():
    end = time.process_time() + 60
    while time.process_time() < end:
        pass


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (sp.Trace(A) / d, "right"),
        (sp.Trace(A) / d * sp.Rational(21, 20), "wrong value"),
        (sp.Trace(A.T) / d + sp.Integer(1) / 10**7, "wrong value"),
        (sp.Trace(sp.Adjoint(A)) / d, "wrong value"),
        (sp.Sum(A[k, k], (k, 0, d - 1)) / d, "right"),
        (sp.Sum(A[k, k], (k, 0, d)) / d, "meaningless answer"),
        (sp.Sum(A[k, i], (k, 0, d - 1)) / d, "meaningless answer"),
        (sp.Sum(A[k, k] * sp.Sum(1, (sp.Symbol("k"), 0, 0)), (k, 0, d - 1)) / d, "confused names"),
        (sp.ImmutableMatrix([[sp.Trace(A) / d]]), "wrong shape"),
        (refuse, "refused"),
        (stumble, "IndexError"),
    ],
    # not the address of a function, which differs between processes
    ids=lambda case: getattr(case, "__name__", str(case)),
)
def test_spoiled_answers_are_caught(answer, verdict):
    assert judged((W * A * W.T)[0, 0], answer) == verdict


def test_confused_names_and_long_waits_are_caught(monkeypatch):
    inner = sp.Sum(sp.Sum(A[k, sp.Symbol("k")], (sp.Symbol("k"), 0, 0)) * A[k, 0], (k, 0, d - 1))
    assert judged(inner.xreplace({k: j, sp.Symbol("k"): i}) + 0 * W[0, 0], inner) in (
        "wrong text",
        "confused names",
    )
    monkeypatch.setattr("tests.fuzz.harness.TIME_LIMIT", 0.05)
    assert judged(W[0, 0] ** 2, idle) == "no answer in time"


#: What has a row and a meaning; what stands for any other matrix has none of its own.
LOWERED = {node for rule in RULES for node in rule.nodes} - {sp.MatrixExpr}
#: What productions write without its name: by operators, brackets, and as symbols of a scene.
UNNAMED = {
    "Add", "Mul", "Pow", "MatAdd", "MatMul", "MatPow", "MatrixSlice", "ZeroMatrix", "MatrixBase",
    "MatrixSymbol", "RandomMatrix", "OrthonormalColumns",
}  # fmt: skip


def test_every_node_that_is_lowered_is_read_by_the_oracle():
    read = Reader.__dict__["_read"].dispatcher.dispatch
    missing = {node for node in LOWERED if read(node) is read(object)}
    assert not missing, "tell tests/fuzz/reader.py what it means"


def test_every_node_that_is_lowered_is_asked_about():
    named = set(re.findall(r"\w+", inspect.getsource(grammar)))
    missing = {node.__name__ for node in LOWERED} - named - UNNAMED
    assert not missing, "write a production in tests/fuzz/grammar.py"


def test_reproductions_know_every_node():
    known: dict[str, object] = {}
    exec(PREAMBLE, known)
    laws = {"RandomMatrix", "OrthonormalColumns"}
    missing = {node.__name__ for node in LOWERED} - known.keys() - laws
    assert not missing, "import it in PREAMBLE of tests/fuzz/harness.py"
