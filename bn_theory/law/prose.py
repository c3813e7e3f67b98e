r"""Text about formulas, with its mathematics typeset: "X_lᵀ" becomes ``$X_{l}^{\top}$``.

Titles, assumptions and meanings are written as one types them, for the command line. Pages and
papers show the same text: what is mathematics in it is found by its letters and signs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

__all__ = ["typeset"]

_SIGNS = {
    "<=": r"\leq", ">=": r"\geq", "<": "<", ">": ">", "=": "=", "≠": r"\neq", "≤": r"\leq",
    "≥": r"\geq", "∝": r"\propto", "+": "+", "-": "-", "→": r"\to", "/": "/", "·": r"\cdot",
    "in": r"\in",
}  # fmt: skip
#: Words that belong to mathematics where they stand beside it.
_NAMES = {
    "tr": r"\mathrm{tr}", "log": r"\log", "det": r"\det", "min": r"\min", "max": r"\max",
    "offdiag": r"\mathrm{offdiag}", "Anti": r"\mathrm{Anti}", "Sym": r"\mathrm{Sym}",
    "oo": r"\infty",
}  # fmt: skip
_LETTERS = {
    "ℓ": r"\ell", "χ": r"\chi", "∇": r"\nabla", "α": r"\alpha", "Γ": r"\Gamma", "δ": r"\delta",
    "Δ": r"\Delta", "κ": r"\kappa", "λ": r"\lambda", "Σ": r"\sum", "φ": r"\phi", "ψ": r"\psi",
    "∂": r"\partial", "‖": r"\|", "∞": r"\infty", "√": r"\sqrt", "…": r"\dots", "Ĝ": r"\hat{G}",
    "π": r"\pi", "η": r"\eta", "γ": r"\gamma", "ρ": r"\rho", "ε": r"\epsilon",
    "Θ": r"\Theta", "θ": r"\theta",
    "σ": r"\sigma", "τ": r"\tau", "∘": r"\circ",
    "⟨": r"\langle", "⟩": r"\rangle", "×": r"\times", "±": r"\pm", "|": r"\vert",
    **{sign: latex for sign, latex in _SIGNS.items() if not sign.isascii()},
}  # fmt: skip
_RAISED = {"ᵀ": r"\top", **{sign: str(n) for n, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}}
_SYMBOL = r"[A-ZΓΔ∇αδλφκτpqtcvnmdrlijksfuh]"
#: Brackets with spaces inside that are mathematics by what stands before or behind them.
_GROUP = re.compile(
    r"\([^()]*\)(?=[\^/])|(?:\b(?:N|min|max|offdiag|Anti|Sym)|∂)\([^()]*\)|\|[^|]*\||⟨[^⟨⟩]*⟩"
)
_JOINED = "\u00a0"
#: A word that is mathematics by itself; "a", "E" and "I" may be words.
_STRONG = re.compile(
    rf"[({{\[|]*(?:.*[_^=ᵀ∂‖ΓΔΣαδλφκχ∇√²³⁴⁵∞ĜηγρεΘθστ∘⟨{_JOINED}].*|(?![EI]$){_SYMBOL}'?|-?\d*[dnrkLpj]+|c\d"
    r"|[dnrkL\d()/+-]*\([dnrkL][dnrkL\d/+-]+\)[dnrkL\d()/+-]*"
    r"|XX.*|(?:offdiag|Anti|Sym)\(.*|[a-zA-Z0-9]/[a-zA-Z0-9]|E\[.*|[ONGU]\(.*|f\(.*|\d+[a-z]/\d+)[)\]|]*"
)
_WEAK = re.compile(r"[(\[]*(?:\d+(?:\.\d+)?|I|…|x'?|[A-Z]/[a-z])[)\]]*")
_WORD = re.compile(r"[A-Za-z]{3,}")
_END = re.compile(r"([,;.:]+)$")


def typeset(text: str, escape: Callable[[str], str] = lambda plain: plain) -> str:
    r"""Return a text with its mathematics between dollars; ``escape`` is applied to the rest.

    Examples
    --------
    >>> typeset("the gradient Γ_L at the output is fixed, n = d")
    'the gradient $\\Gamma_{L}$ at the output is fixed, $n = d$'
    """
    return "".join(
        f"${_formula(piece)}$" if mathematical else escape(piece)
        for piece, mathematical in _runs(text)
    )


def _kind(word: str) -> str:
    if word in _SIGNS and word != "in":
        return "sign"
    core = re.sub(r"'s$", "", word)
    if core in _NAMES:
        return "name"
    spelled = [x for x in _WORD.findall(core) if x not in _NAMES]
    if _STRONG.fullmatch(core) and not spelled and core == word:
        return "strong"
    return "weak" if _WEAK.fullmatch(word) else "text"


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield pieces of a text and whether they are mathematics."""
    parts: list[tuple[str, str]] = []
    text = _GROUP.sub(lambda found: found[0].replace(" ", _JOINED), text)
    for word in re.split(r"( +)", text):
        found = _END.search(word)
        front, end = (word[: found.start()], found[1]) if found else (word, "")
        opened = re.match(r"\((?=[^()]*$)", front)
        if opened:
            parts.append(("(", "text"))
            front = front[1:]
        closed = front.endswith(")") and front.count(")") > front.count("(")
        if closed:
            front = front[:-1]
        initial = end == "." and re.fullmatch("[A-Z]", front)
        kind = "space" if front.isspace() or not front else "text" if initial else _kind(front)
        parts.append((front, kind))
        if closed or end:
            parts.append((")" * closed + end, "text"))
    at = 0
    while at < len(parts):
        end = at
        while end < len(parts) and parts[end][1] != "text":
            end += 1
        yield from _trimmed(parts[at:end])
        if end < len(parts):
            yield parts[end][0], False
            end += 1
        at = end


def _trimmed(parts: list[tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    """Yield what stands between two pieces of text: mathematics, if anything in it is."""
    kinds = [kind for _, kind in parts]
    solid = [n for n, kind in enumerate(kinds) if kind != "space"]
    certain = "strong" in kinds or ("sign" in kinds and "weak" in kinds)
    if not certain:
        yield "".join(piece for piece, _ in parts), False
        return
    # a name or a number at the end belongs to the words beside it unless a sign joins it
    while kinds[solid[-1]] == "name":
        solid.pop()
    while len(solid) > 1 and kinds[solid[0]] == "weak" and kinds[solid[1]] == "strong":
        solid.pop(0)
    while len(solid) > 1 and kinds[solid[-1]] == "weak" and kinds[solid[-2]] == "strong":
        if parts[solid[-1]][0][:1] in "EI1":
            break
        solid.pop()
    first, last = solid[0], solid[-1] + 1
    yield "".join(piece for piece, _ in parts[:first]), False
    yield "".join(piece for piece, _ in parts[first:last]), True
    yield "".join(piece for piece, _ in parts[last:]), False


def _formula(text: str) -> str:
    text = (
        text.replace(_JOINED, " ")
        .replace("11ᵀ", r"\mathbf{1}\mathbf{1}ᵀ")
        .replace("1ᵀ", r"\mathbf{1}ᵀ")
    )
    text = re.sub(r"(K\^\w+) 1/", r"\1 \\mathbf{1}/", text)
    text = re.sub(r"√(\w)", r"\\sqrt{\1}", text)
    text = re.sub(r"\b([cpqt])(\d)\b", r"\1_{\2}", text)
    text = re.sub(r"_(\w+?)(?![A-Za-z0-9])", r"_{\1}", text)
    text = re.sub(r"\^\(([^)]*)\)|\^(\w+)", lambda m: f"^{{{m[1] or m[2]}}}", text)
    raised = f"[{''.join(_RAISED)}]+"
    text = re.sub(raised, lambda m: f"^{{{' '.join(_RAISED[x] for x in m[0])}}}", text)
    text = re.sub(r"(.'(?:_\{\w+\})?)(?=\^)", r"{\1}", text)
    text = re.sub("<=|>=", lambda m: _SIGNS[m[0]], text)
    text = re.sub(r"(?<![\\A-Za-z{])([A-Za-z]{2,})(?![A-Za-z])", _named, text)
    text = re.sub(r"\bE(?=[‖\[ ])", r"\\mathbb{E}", text)
    return _spelled(text)


def _named(match: re.Match[str]) -> str:
    name = _NAMES.get(match[1], match[1])
    return name + r"\," * name.startswith(r"\mathrm")


def _spelled(text: str) -> str:
    pieces = []
    for n, letter in enumerate(text):
        latex = _LETTERS.get(letter, letter)
        follows = text[n + 1 : n + 2]
        pieces.append(
            latex
            + (
                " "
                if latex[-1:].isalpha()
                and latex != letter
                and (follows.isalnum() or follows == "'")
                else ""
            )
        )
    return "".join(pieces)
