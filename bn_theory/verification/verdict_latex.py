"""LaTeX of verdicts, and of the package's own descriptive text.

Statements print themselves (:meth:`Formula.latex`); this is everything around them, for plain
``article`` with ``amsmath``, ``amssymb`` and ``longtable``.
"""

from __future__ import annotations

from collections.abc import Iterable

from bn_theory.verification.verdicts import Verdict
from weingarten.errors import InvalidInputError

__all__ = ["latex_number", "latex_text", "verdict_table"]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\ensuremath{|}",
    "…": r"\dots{}",
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "’": "'",
}
_MATH = {
    "ℓ": r"\ell", "χ": r"\chi", "∇": r"\nabla",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "Γ": r"\Gamma", "δ": r"\delta",
    "Δ": r"\Delta", "ε": r"\varepsilon", "θ": r"\theta", "κ": r"\kappa", "λ": r"\lambda",
    "Λ": r"\Lambda", "μ": r"\mu", "ν": r"\nu", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma",
    "τ": r"\tau",
    "Σ": r"\Sigma", "φ": r"\varphi", "ψ": r"\psi", "ω": r"\omega", "Π": r"\Pi",
    "∂": r"\partial", "‖": r"\|", "≥": r"\geq", "≤": r"\leq", "≠": r"\neq", "≈": r"\approx",
    "±": r"\pm", "×": r"\times", "·": r"\cdot", "→": r"\to", "∞": r"\infty", "∝": r"\propto",
    "η": r"\eta", "Θ": r"\Theta", "Ĝ": r"\hat{G}", "⟨": r"\langle", "⟩": r"\rangle", "∘": r"\circ",
    "∈": r"\in", "∫": r"\int", "√": r"\surd", "∏": r"\prod", "∑": r"\sum", "−": "-",
    "ᵀ": r"^{\mathsf T}", "⁻": "^{-}", "′": "'", "𝔼": r"\mathbb{E}",
    **{digit: f"^{{{value}}}" for value, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{digit: f"_{{{value}}}" for value, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip


def latex_text(text: str) -> str:
    r"""Return plain text as LaTeX: special characters escaped, mathematical letters in math mode.

    Characters beyond Latin-1 that have no translation become their code point, so that the source
    always compiles.

    Examples
    --------
    >>> latex_text("Γ_L & X_0")
    '\\ensuremath{\\Gamma}\\_L \\& X\\_0'
    """
    pieces = []
    for letter in text:
        if letter in _SPECIAL:
            pieces.append(_SPECIAL[letter])
        elif letter in _MATH:
            pieces.append(rf"\ensuremath{{{_MATH[letter]}}}")
        elif letter.isprintable() and ord(letter) < 256:
            pieces.append(letter)
        else:
            pieces.append(" " if letter.isspace() else f"[U+{ord(letter):04X}]")
    return "".join(pieces)


def latex_number(value: float, digits: int = 5) -> str:
    r"""Return a number in math mode, with a power of ten where the plain form has an exponent.

    Examples
    --------
    >>> latex_number(0.00001234), latex_number(0.5)
    ('$1.234 \\cdot 10^{-5}$', '$0.5$')
    """
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    power = rf" \cdot 10^{{{int(exponent)}}}" if exponent else ""
    return f"${mantissa.replace('inf', chr(92) + 'infty')}{power}$"


def _score(verdict: Verdict) -> str:
    if verdict.plain_z is not None:
        return f"${verdict.plain_z:+.2f}$".replace("inf", r"\infty")
    return rf"\parbox[t]{{0.14\linewidth}}{{\raggedright {latex_text(verdict.score)}\strut}}"


def verdict_table(verdicts: Iterable[Verdict]) -> str:
    r"""Return a LaTeX ``longtable`` of verdicts.

    Examples
    --------
    >>> import bn_theory
    >>> law = bn_theory.formula("backward.isometric_depth")
    >>> table = verdict_table([law.verify(samples=100, d=4, depth=2)])
    >>> table.splitlines()[0]
    '\\begin{longtable}{@{}p{0.22\\linewidth}rrrrl@{}}'
    """
    head = r"formula & predicted & sampled mean & std.\ error & $z$ & verdict \\"
    lines = [
        r"\begin{longtable}{@{}p{0.22\linewidth}rrrrl@{}}",
        r"\hline",
        head,
        r"\hline\endhead",
        r"\hline\endfoot",
    ]
    for verdict in verdicts if isinstance(verdicts, Iterable) else [verdicts]:
        if not isinstance(verdict, Verdict):
            raise InvalidInputError(
                "verdicts", "must be verdicts", verdict, "pass what bn_theory.campaign returns"
            )
        name = verdict.formula.replace(".", ".\\allowbreak{}").replace("_", r"\_\allowbreak{}")
        setting = latex_text(f"{verdict.setting}; {verdict.samples} networks, seed {verdict.seed}")
        cells = [
            rf"\raggedright {name}\newline {{\footnotesize {setting}}}",
            latex_number(float(verdict.predicted)),
            latex_number(float(verdict.estimate.mean)),
            latex_number(verdict.stderr, 2),
            _score(verdict),
            rf"\textbf{{{verdict.word}}}" if verdict.word == "rejected" else verdict.word,
        ]
        lines.append(" & ".join(cells) + r" \\")
    lines.append(r"\end{longtable}")
    return "\n".join(lines)
