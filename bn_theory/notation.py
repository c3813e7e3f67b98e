r"""The symbols of the theory: each is defined here, once, and has one meaning everywhere.

Statements, keywords, the command line and the pages take symbols, meanings and domains from here.
The symbols carry no assumptions of SymPy, as symbols of one name with different assumptions do not
cancel: what the engine returns for ``Symbol("d")`` and a statement of the theory are in the same d.
What each symbol stands for is still assumed: :func:`assuming` puts it on, for expressions that meet
a ``Symbol("d", integer=True, positive=True)`` or are to be simplified.

Examples
--------
>>> import sympy
>>> from weingarten import wg
>>> d = sympy.Symbol("d")
>>> statement = 1 / (D * (D - 1) * (D + 2))
>>> statement + wg((2,), d)
0
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import sympy as sp

__all__ = [
    "ALPHA",
    "ARGUMENT",
    "CONSTANT",
    "CORRELATION",
    "COSINE",
    "DEPTH",
    "EIGENVALUE",
    "EPSILON",
    "EXPONENT",
    "GAP",
    "GROWTH",
    "INDICES",
    "LAYER",
    "LETTERS",
    "MEAN",
    "RANK",
    "RATE",
    "RUNNING",
    "SAMPLES",
    "SPECTRUM",
    "STEP",
    "VARIANCE",
    "D",
    "Letter",
    "T",
    "assuming",
    "central_power_sum",
    "coefficient",
    "letter_of",
    "meaning_of",
    "overlap",
    "power_sum",
    "symbol_names",
]

Expression = TypeVar("Expression", bound=sp.Basic)

D, SAMPLES, RANK, DEPTH = sp.symbols("d n r L")
MEAN, VARIANCE, GAP = sp.symbols("m v phi")
ALPHA, EXPONENT, CONSTANT, ARGUMENT, STEP, EPSILON = sp.symbols("alpha p C u eta epsilon")
#: Rows: i and j, and a second pair.
INDICES = sp.symbols("i j i2 j2")
#: The eigenvalue that a statement is about.
EIGENVALUE = sp.Symbol("s")
SPECTRUM = sp.IndexedBase("lambda", positive=True)
#: Functions whose values are numbers: rates of growth, and what an activation does.
RATE, GROWTH, COSINE, CORRELATION = map(sp.Function, ("rho", "chi", "omega", "beta_0"))
# bound in statements: what they run over is known, and SymPy needs it
T = sp.Symbol("t", positive=True)
RUNNING = sp.Symbol("i", integer=True, positive=True)
LAYER = sp.Symbol("l", integer=True, positive=True)

_COUNT = {"integer": True, "positive": True}
_SIZE = {"real": True, "nonnegative": True}


@dataclass(frozen=True)
class Letter:
    """One symbol of the notation.

    Parameters
    ----------
    latex : str
        How it prints.
    meaning : str
        What it stands for.
    name : str, optional
        The name of its SymPy symbol; of a family that is numbered (p1, p2, …), without the number.
        Empty for what statements only name, as W.
    domain : str, optional
        What it may be.
    keyword : str, optional
        By which ``evaluate`` takes it, if not by its name (which is accepted too).
    assumptions : mapping, optional
        What SymPy may assume of it.
    numbered : bool, optional
        Whether it stands for a family.
    relative : str, optional
        What it stands for where the spectrum is taken over its mean.
    """

    latex: str
    meaning: str
    name: str = ""
    domain: str = ""
    keyword: str = ""
    assumptions: Mapping[str, bool] = field(default_factory=dict)
    numbered: bool = False
    relative: str = ""

    def at(self, number: int, *, relative: bool = False) -> str:
        """Return the meaning of one member of the family."""
        text = self.relative if relative and self.relative else self.meaning
        return text.replace("^k", "" if number == 1 else f"^{number}")


#: Every symbol, in the order in which the theory builds up.
LETTERS: tuple[Letter, ...] = (
    Letter("d", "width of the layer", "d", "an integer >= 1", assumptions=_COUNT),
    Letter("n", "number of samples", "n", "an integer >= 1", assumptions=_COUNT),
    Letter("L", "number of layers", "L", "an integer >= 1", "depth", _COUNT),
    Letter("l", "layer, from 1 at the input; bound", "l", "1, …, L", assumptions=_COUNT),
    Letter("X_l", "state after layer l: one row for each unit, one column for each sample; X_0 is "
           "the batch, X where one layer is meant"),
    Letter("W", "weights of a layer, averaged over; W_l where there are several"),
    Letter("G", "Gram matrix X Xᵀ of the units; G_l after layer l"),
    Letter("K", "Gram matrix XᵀX of the samples"),
    Letter(r"\hat{G}", "Gram matrix W G Wᵀ of the units before normalisation"),
    Letter("a_j", "squared norm of row j of W X, by which the layer divides"),
    Letter(
        "i", "row of W X, keywords count from 0; in λ_i a running eigenvalue, from 1", "i",
        "an integer >= 0", assumptions={"integer": True, "nonnegative": True},
    ),
    *(
        Letter(latex, "row of W X, keywords count from 0", name, "an integer >= 0",
               assumptions={"integer": True, "nonnegative": True})
        for latex, name in (("j", "j"), ("i'", "i2"), ("j'", "j2"))
    ),
    Letter("k", "order: of a moment, a cumulant, or a power of a matrix", domain="an integer"),
    Letter("\\lambda_i", "eigenvalues of G, counted from 1", "lambda", "real numbers >= 0",
           "eigenvalues", {"real": True, "positive": True}),
    Letter("s", "which eigenvalue a statement is about, from 1", "s", "an integer >= 1",
           assumptions=_COUNT),
    Letter("m", "mean eigenvalue of G, tr G/d", "m", "a real number >= 0", assumptions=_SIZE),
    Letter("v", "population variance of the eigenvalues of G", "v", "a real number >= 0",
           assumptions=_SIZE, relative="population variance of the eigenvalues of G/m, m = tr G/d"),
    Letter("p_k", "power sum tr G^k", "p", "a real number >= 0", assumptions=_SIZE, numbered=True,
           relative="power sum tr (G/m)^k"),
    Letter("t_k", "power sum tr (G - m I)^k", "t", "a real number", assumptions={"real": True},
           numbered=True, relative="power sum tr (G/m - I)^k"),
    Letter("q_k", "overlap 1ᵀ K^k 1/n of the samples' Gram matrix K = XᵀX", "q",
           "a real number >= 0", assumptions=_SIZE, numbered=True),
    Letter(r"\Delta", "relative deviation G/m - I from isometry, with eigenvalues δ_i"),
    Letter(r"\phi(X_0)", "isometry gap of the batch, log m - (log det G)/d", "phi",
           "a real number >= 0", assumptions=_SIZE),
    Letter("D(l)", "mean isometry gap that layer l takes off, -log (a_j/m) at its spectrum"),
    Letter(
        r"\phi_K(X_l)",
        "isometry gap of the samples, log of the mean eigenvalue of K less the mean of their logs",
    ),
    Letter("r", "rank of the batch, its number of non-zero eigenvalues", "r", "an integer >= 1",
           "rank", _COUNT),
    Letter("C", "absolute constant of the bound", "C", "a real number > 0",
           assumptions={"real": True, "positive": True}),
    Letter(
        r"\epsilon", "what is added to a squared row norm", "epsilon", "a real number >= 0",
        assumptions=_SIZE,
    ),
    Letter(r"\ell", "loss, a function of X_L"),
    Letter(r"\nabla_l", "gradient ∂ℓ/∂X_l"),
    Letter(r"\Gamma_l", "gradient ∂ℓ/∂X_l where it is given from above"),
    Letter("g_s", "mean squared gradient below one layer, along eigenvector s of K"),
    Letter("A_l", "product ∇_l X_lᵀ; A where one layer is meant"),
    Letter("B_l", "antisymmetric part of A_l"),
    Letter("Q_l", "product X_lᵀ ∇_l"),
    Letter("P", "projection of the samples: I, or I - 11ᵀ/n with mean removal or biases"),
    Letter("M_l", "antisymmetric part of P Q_l P, which rotations of the samples conserve"),
    Letter(r"\gamma", "samples n/d for each unit"),
    Letter("D", "what layer l takes off the isometry gap on average, a function of l"),
    Letter(
        r"\tau", "how far L layers move the mean Gram matrix of the samples: eigenvalues become "
        "λ_s/(m + τ λ_s) up to a factor; a function of L"
    ),
    Letter(r"\rho", "growth of log‖∇_l‖ in d layers, a function of γ < 1"),
    Letter(r"\sigma_i", "singular value of the Jacobian ∂X_L/∂X_0, falling"),
    Letter(r"\Theta", "tangent kernel of X_L over all weights", ),
    Letter(r"\theta_i", "eigenvalue of Θ, falling"),
    Letter(
        r"\eta", "step size η of gradient descent", "eta", "a real number >= 0", assumptions=_SIZE
    ),
    Letter("f", "activation, odd and analytic at 0"),
    Letter("u", "argument of the activation, a pre-activation; bound", "u", "a real number",
           assumptions={"real": True}),
    Letter(r"\alpha", "gain α of the (first) layer", "alpha", "a real number >= 0",
           assumptions=_SIZE),
    Letter("p", "exponent of the gains α_l = α l^(-p)", "p", "a real number >= 0", "exponent",
           _SIZE),
    Letter("c_k", "coefficient of u^k in f(u)/f'(0) = u - c3 u³ + c5 u⁵ - …", "c",
           "a real number", assumptions={"real": True}, numbered=True),
    Letter(
        r"\beta_0", "squared correlation of the activation with its standard normal argument"
    ),
    Letter(r"\chi", "factor of squared gradient norms at an activation of a wide network"),
    Letter(r"\omega", "mean square cosine of two rows after one activation at isometry"),
    Letter("t", "variable of integration; bound", "t", "a real number > 0", assumptions=_SIZE),
    Letter(r"\mathbb{E}", "mean over what its subscript names: W or W_1, …, W_L, and Γ where it is "
           "isotropic"),
    Letter(r"\kappa_k", "cumulant of order k"),
    Letter(r"\delta_{i j}", "Kronecker's delta"),
    Letter(r"\psi", "digamma function"),
    Letter("H_L^{(k)}", "generalised harmonic number, the sum of l^(-k) up to L"),
    Letter("Z_1", "with a number: an abbreviation, written out behind “where”"),
)  # fmt: skip

_NUMBERED = re.compile(r"([a-z])([1-9]\d*)")
_BY_NAME = {letter.name: letter for letter in LETTERS if letter.name and not letter.numbered}
_FAMILIES = {letter.name: letter for letter in LETTERS if letter.numbered}


def power_sum(k: int) -> sp.Symbol:
    """Return the symbol p_k of tr G^k."""
    return sp.Symbol(f"p{k}")


def central_power_sum(k: int) -> sp.Symbol:
    """Return the symbol t_k of tr (G - m I)^k."""
    return sp.Symbol(f"t{k}")


def overlap(k: int) -> sp.Symbol:
    """Return the symbol q_k of 1ᵀ K^k 1/n."""
    return sp.Symbol(f"q{k}")


def coefficient(k: int) -> sp.Symbol:
    """Return the symbol c_k of a coefficient of the activation."""
    return sp.Symbol(f"c{k}")


def letter_of(symbol: sp.Basic) -> Letter | None:
    """Return what the notation says of a symbol; None if it is none of it.

    Examples
    --------
    >>> letter_of(power_sum(3)).meaning
    'power sum tr G^k'
    """
    name = str(getattr(symbol, "name", symbol)).partition("[")[0]
    found = _NUMBERED.fullmatch(name)
    if name in _BY_NAME or found is None:
        return _BY_NAME.get(name)
    return _FAMILIES.get(found[1])


def meaning_of(symbol: sp.Basic, *, relative: bool = False) -> str:
    """Return what a symbol stands for, with ``relative`` for a spectrum over its mean.

    Examples
    --------
    >>> meaning_of(central_power_sum(3)), meaning_of(central_power_sum(3), relative=True)
    ('power sum tr (G - m I)^3', 'power sum tr (G/m - I)^3')
    """
    letter = letter_of(symbol)
    if letter is None:
        return ""
    found = _NUMBERED.fullmatch(str(symbol))
    return letter.at(int(found[2]) if found and letter.numbered else 0, relative=relative)


def symbol_names() -> dict[sp.Symbol, str]:
    """Return the LaTeX of the symbols that do not print by their names."""
    return {
        sp.Symbol(letter.name): letter.latex
        for letter in LETTERS
        if letter.name in {"phi", "i2", "j2"}
    }


def assuming(expr: Expression) -> Expression:
    """Return an expression with the assumptions of the notation on its symbols.

    Examples
    --------
    >>> d = sp.Symbol("d", integer=True, positive=True)
    >>> assuming(sp.sqrt(D**2)), assuming(1 / D) - 1 / d
    (d, 0)
    """
    known = {
        symbol: sp.Symbol(symbol.name, **letter.assumptions)
        for symbol in expr.free_symbols
        if isinstance(symbol, sp.Symbol)
        and symbol == sp.Symbol(symbol.name)
        and (letter := letter_of(symbol)) is not None
    }
    return expr.xreplace(known)
