r"""LaTeX of statements as MathML, which browsers typeset without a network, a font or a script.

It reads the part of LaTeX that SymPy and the catalogue write: fractions, roots, scripts, fences,
large operators, names, matrices. What it does not know is an error, and is shown as source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

__all__ = ["formula_html", "mathml"]

_TOKEN = re.compile(r"\\text\{[^{}]*\}|\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|[^\s\\]")

_LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "ϕ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ",
    "infty": "∞", "partial": "∂", "nabla": "∇", "top": "⊤",
}  # fmt: skip
_OPERATORS = {
    "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "cdot": "⋅",
    "times": "×", "mid": "|", "in": "∈", "to": "→", "ldots": "…", "dots": "…", "cdots": "⋯",
    "otimes": "⊗", "circ": "∘", "odot": "⊙", "pm": "±", "approx": "≈", "lvert": "|", "rvert": "|",
    "lVert": "‖", "rVert": "‖", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋",
    "lceil": "⌈", "rceil": "⌉", "vert": "|", "Vert": "‖", "colon": ":", "wedge": "∧", "vee": "∨",
    "lbrace": "{", "rbrace": "}",
}  # fmt: skip
_LARGE = {"sum": "∑", "prod": "∏", "int": "∫"}
_NAMES = ("log", "exp", "max", "min", "sup", "inf", "det", "lim", "sin", "cos", "tanh", "arg", "Pr")
_SPACES = {",": "0.17em", ":": "0.22em", ";": "0.28em", " ": "0.25em", "quad": "1em",
           "qquad": "2em", "!": "-0.17em"}  # fmt: skip
_UPRIGHT = ("operatorname", "operatorname*", "mathrm", "mathsf", "mathbf")
_DOUBLE = {"E": "𝔼", "R": "ℝ", "C": "ℂ", "N": "ℕ", "Z": "ℤ", "P": "ℙ", "1": "𝟙"}
_SIZES = ("bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "big", "Big", "middle")
_IGNORED = ("limits", "nolimits", "displaystyle", "textstyle", "nonumber")
_ROWS = (
    "matrix",
    "pmatrix",
    "bmatrix",
    "cases",
    "aligned",
    "gathered",
    "split",
    "array",
    "smallmatrix",
)
_LINES = ("aligned", "gathered", "split")
_FENCES = {"pmatrix": "()", "bmatrix": "[]", "cases": "{"}


class _UnknownError(ValueError):
    """LaTeX beyond what is read here."""


def mathml(latex: str, *, display: bool = True) -> str:
    r"""Return a ``math`` element of a formula, its LaTeX inside as an annotation.

    Raises
    ------
    ValueError
        If it has something that is not read.

    Examples
    --------
    >>> print(mathml(r"\frac{2 v}{d}", display=False).split("<annotation")[0])
    <math><semantics><mrow><mfrac><mrow><mn>2</mn><mi>v</mi></mrow><mi>d</mi></mfrac></mrow>
    """
    reader = _Reader(latex)
    body = reader.row(lambda token: False)
    if reader.tokens:
        raise _UnknownError(reader.tokens[0])
    kind = ' display="block"' if display else ""
    return (
        f"<math{kind}><semantics><mrow>{body}</mrow>"
        f'<annotation encoding="application/x-tex">{escape(latex)}</annotation></semantics></math>'
    )


def formula_html(latex: str, *, display: bool = True) -> str:
    r"""Return HTML of a formula: MathML where it can be read, else its source.

    Examples
    --------
    >>> formula_html(r"\unknown{x}")
    '<code class="formula">\\unknown{x}</code>'
    """
    try:
        return mathml(latex, display=display)
    except _UnknownError:
        return f'<code class="formula">{escape(latex)}</code>'


class _Reader:
    """Reads tokens from the left; every method returns MathML."""

    def __init__(self, latex: str) -> None:
        self.tokens = [t for t in _TOKEN.findall(latex) if not t.isspace()]

    def next(self) -> str:
        if not self.tokens:
            raise _UnknownError("the formula ends too early")
        return self.tokens.pop(0)

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def row(self, ends: Callable[[str], bool]) -> str:
        parts = []
        while self.tokens and not ends(self.peek()):
            parts.append(self.scripted())
        return "".join(parts)

    def group(self) -> str:
        """Read a token or a group in braces, as one element."""
        if self.peek() != "{":
            return self.atom()
        self.next()
        inside = self.row(lambda token: token == "}")
        if self.next() != "}":
            raise _UnknownError("a brace is not closed")
        single = re.fullmatch(r"<(m[ion])>[^<]*</\1>", inside)
        return inside if single else f"<mrow>{inside}</mrow>"

    def word(self) -> str:
        """Read a group as text."""
        if self.peek() != "{":
            return self.next()
        self.next()
        letters = []
        while self.peek() != "}":
            letters.append(self.next())
        self.next()
        return "".join(" " if letter in ("\\ ", "\\,") else letter for letter in letters)

    def scripted(self) -> str:
        """Read an element with what stands below and above it."""
        large = self.peek()[1:] if self.peek()[1:] in _LARGE else ""
        base = self.group()
        below = above = ""
        while self.peek() in ("^", "_", "'", "\\limits"):
            mark = self.next()
            if mark == "_":
                below = self.group()
            elif mark == "^":
                above = f"<mrow>{above}{self.group()}</mrow>" if above else self.group()
            elif mark == "'":
                above += "<mo>′</mo>"
        kind = "munderover" if large in ("sum", "prod") else "msubsup"
        if below and above:
            return f"<{kind}>{base}{below}{above}</{kind}>"
        if below:
            kind = {"munderover": "munder", "msubsup": "msub"}[kind]
            return f"<{kind}>{base}{below}</{kind}>"
        return f"<msup>{base}{above}</msup>" if above else base

    def fence(self, stretchy: bool = True) -> str:
        token = self.next()
        sign = _OPERATORS.get(token[1:], "") if token.startswith("\\") else token
        sign = {"\\|": "‖", "\\{": "{", "\\}": "}", ".": ""}.get(token, sign)
        stretch = ' stretchy="true"' if stretchy else ' stretchy="false"'
        return f'<mo fence="true"{stretch}>{escape(sign)}</mo>' if sign else ""

    def atom(self) -> str:
        token = self.next()
        if token.startswith("\\text{"):
            return f"<mtext>{escape(token[6:-1])}</mtext>"
        if token.startswith("\\"):
            return self.command(token[1:])
        if token in "{}^_&":
            if token == "{":
                self.tokens.insert(0, token)
                return self.group()
            raise _UnknownError(token)
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha():
            return f"<mi>{token}</mi>"
        sign = {"-": "−", "*": "∗", "'": "′"}.get(token, token)
        if token in "()[]|":
            return f'<mo stretchy="false">{sign}</mo>'
        return f"<mo>{escape(sign)}</mo>"

    def command(self, name: str) -> str:
        if name in _LETTERS:
            return f"<mi>{_LETTERS[name]}</mi>"
        if name in _OPERATORS:
            return f"<mo>{_OPERATORS[name]}</mo>"
        if name in _LARGE:
            return f"<mo>{_LARGE[name]}</mo>"
        if name in _NAMES:
            return f"<mi>{name}</mi>"
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}"></mspace>'
        if name in _UPRIGHT:
            return f'<mi mathvariant="normal">{escape(self.word())}</mi>'
        if name == "mathbb":
            return f"<mi>{_DOUBLE[self._known(self.word(), _DOUBLE)]}</mi>"
        if name in _SIZES:
            return self.fence(stretchy=False)
        if name in _IGNORED:
            return "<mrow></mrow>"
        if name == "|":
            return '<mo stretchy="false">‖</mo>'
        if name in "{}%&#_$":
            return f'<mo stretchy="false">{escape(name)}</mo>'
        if name in ("frac", "tfrac", "dfrac"):
            return f"<mfrac>{self.group()}{self.group()}</mfrac>"
        if name in ("binom", "tbinom"):
            pair = f'<mfrac linethickness="0">{self.group()}{self.group()}</mfrac>'
            return f"<mrow><mo>(</mo>{pair}<mo>)</mo></mrow>"
        if name == "sqrt":
            return self.root()
        if name == "left":
            return self.fenced()
        if name in ("overline", "bar", "tilde", "widetilde", "hat"):
            sign = {"overline": "‾", "bar": "‾"}.get(name, "^" if name == "hat" else "~")
            return f"<mover>{self.group()}<mo>{sign}</mo></mover>"
        if name == "begin":
            return self.rows()
        raise _UnknownError(f"\\{name}")

    @staticmethod
    def _known(word: str, words: dict[str, str]) -> str:
        if word not in words:
            raise _UnknownError(word)
        return word

    def root(self) -> str:
        if self.peek() != "[":
            return f"<msqrt>{self.group()}</msqrt>"
        self.next()
        degree = self.row(lambda token: token == "]")
        self.next()
        return f"<mroot>{self.group()}<mrow>{degree}</mrow></mroot>"

    def fenced(self) -> str:
        opening = self.fence()
        inside = self.row(lambda token: token == "\\right")
        if self.next() != "\\right":
            raise _UnknownError("a fence is not closed")
        return f"<mrow>{opening}{inside}{self.fence()}</mrow>"

    def rows(self) -> str:
        name = self.word()
        if name not in _ROWS:
            raise _UnknownError(name)
        if name == "array":
            self.word()
        rows: list[str] = []
        cells: list[str] = []
        while True:
            cells.append(self.row(lambda token: token in ("&", "\\\\", "\\end")))
            end = self.next()
            if end == "&":
                continue
            rows.append("".join(f"<mtd>{cell}</mtd>" for cell in cells))
            cells = []
            if end == "\\end":
                break
        if self.word() != name:
            raise _UnknownError(name)
        lines = ' class="lines" displaystyle="true"' if name in _LINES else ""
        table = f"<mtable{lines}>" + "".join(f"<mtr>{row}</mtr>" for row in rows) + "</mtable>"
        fences = _FENCES.get(name, "")
        around = [f'<mo fence="true" stretchy="true">{sign}</mo>' for sign in fences] + ["", ""]
        return f"<mrow>{around[0]}{table}{around[1]}</mrow>"
