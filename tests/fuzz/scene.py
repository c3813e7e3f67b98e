"""What random expressions are made of: sizes, matrices, symbols, and names easily confused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten import HaarOrthogonal

__all__ = ["Pick", "Scene", "instances", "make_scene", "values_of"]

#: Chooses one of several: a draw of Hypothesis. Simple choices stand first, for it shrinks to them.
Pick = Callable[[Sequence[Any]], Any]

_D, _N = (sp.Symbol(name, integer=True, positive=True) for name in "dn")
_PLAIN = [sp.Symbol(name, integer=True) for name in "ijkpq"]
#: The engine's own names for what it sums over, and symbols that only look alike.
_HOSTILE = [
    *(sp.Symbol(name, integer=True) for name in ("k", "l", "m", "i", "j", "n", "row", "column")),
    *(sp.Symbol(name, integer=True, nonnegative=True) for name in ("k", "_row", "_column", "l")),
    *(sp.Symbol(name) for name in ("k", "i", "_k", "r", "c")),
    *(sp.Dummy(name, dummy_index=10**6 + at, integer=True) for at, name in enumerate("kkil")),
    sp.Dummy("row", dummy_index=10**6 + 9, integer=True, nonnegative=True),
]
_PLAIN_SIZES = [_D, _D, _D, 2 * _N, _N + 1]
_HOSTILE_SIZES = [
    sp.Symbol("k", integer=True, positive=True),
    sp.Symbol("d", integer=True, positive=True),
    sp.Symbol("l"),
    sp.Symbol("n", integer=True),
    sp.Dummy("d", dummy_index=10**6 + 20, integer=True, positive=True),
]


@dataclass
class Scene:
    """One set of symbols to build expressions from."""

    size: sp.Expr
    other: sp.Expr
    haars: list[HaarOrthogonal]
    far: HaarOrthogonal
    matrices: list[sp.MatrixSymbol]
    bridge: sp.MatrixSymbol
    columns: list[sp.MatrixSymbol]
    scalars: list[sp.Symbol]
    free: list[sp.Symbol]
    names: list[sp.Symbol]
    roles: dict[sp.MatrixSymbol, str]

    @property
    def integer(self) -> bool:
        """Whether the sizes are integers."""
        return bool(self.size.is_Integer)

    @property
    def assumptions(self) -> sp.Basic:
        """What is known of the constant matrices."""
        known = {
            "symmetric": sp.Q.symmetric,
            "diagonal": sp.Q.diagonal,
            "orthogonal": sp.Q.orthogonal,
        }
        return sp.And(*(known[role](matrix) for matrix, role in self.roles.items()))


def make_scene(pick: Pick, *, symbolic: bool | None = None, assumed: bool = False) -> Scene:
    """Draw a scene; half of them use hostile names."""
    hostile = pick([False, True])
    symbolic = pick([True, False, False]) if symbolic is None else symbolic
    pool = _HOSTILE if hostile else _PLAIN
    if symbolic:
        size = pick(_HOSTILE_SIZES if hostile else _PLAIN_SIZES)
        other = sp.Symbol("m", integer=True, positive=True)
    else:
        size, other = (sp.Integer(pick(numbers)) for numbers in ([2, 3, 1], [3, 2, 1]))
    usable = [s for s in pool if s not in size.free_symbols | other.free_symbols]
    labels = ["A", "B", "k", "l"] if hostile else ["A", "B", "C", "D"]
    matrices = [sp.MatrixSymbol(name, size, size) for name in labels]
    roles = {}
    if assumed:
        roles = dict(zip(matrices, pick(_ROLES), strict=False))
        roles = {matrix: role for matrix, role in roles.items() if role}
    names = ["x", "k"] if hostile else ["x", "t"]
    return Scene(
        size,
        other,
        [HaarOrthogonal(name, size) for name in "WV"],
        HaarOrthogonal("U", other),
        matrices,
        sp.MatrixSymbol("C", size, other),
        [sp.MatrixSymbol(name, size, 1) for name in ("x", "y", "lam")],
        [sp.Symbol(names[0]), sp.Symbol(names[1], real=True)],
        [pick(usable), pick(usable)],
        usable,
        roles,
    )


def _sizes(scene: Scene) -> list[dict[sp.Basic, int]]:
    """Return the numbers for the symbols in the sizes, each size from 1 to 3."""
    symbols = sorted(scene.size.free_symbols | scene.other.free_symbols, key=sp.srepr)
    if not symbols:
        return [{}]
    found = []
    for numbers in product(range(1, 4), repeat=len(symbols)):
        given = dict(zip(symbols, numbers, strict=True))
        size, other = (side.subs(given) for side in (scene.size, scene.other))
        if size <= 3 and (other - size) % 3 in (0, 2):
            found.append((size, other, given))
    best = {size: given for size, _, given in sorted(found, key=lambda x: x[:2])}
    return [best[size] for size in sorted(best, reverse=True)]


_ROLES = [("symmetric",), ("symmetric", "symmetric"), ("diagonal", ""), ("", "orthogonal"), ("",)]


def values_of(
    scene: Scene, symbols: set[sp.Basic], sizes: dict[sp.Basic, int]
) -> dict[sp.Basic, np.ndarray]:
    """Return complex integer values of the matrix symbols at these sizes."""
    found = {}
    ordered = [*scene.matrices, scene.bridge, *scene.columns]
    for at, symbol in enumerate(s for s in ordered if s in symbols):
        shape = [int(side.subs(sizes)) for side in symbol.shape]
        rng = np.random.default_rng([at, *shape])
        value = rng.integers(-3, 4, shape) + 1j * rng.integers(-2, 3, shape)
        role = scene.roles.get(symbol)
        if role == "symmetric":
            value = value + value.T
        elif role == "diagonal":
            value = np.diag(np.diag(value))
        elif role == "orthogonal":
            value = np.roll(np.eye(shape[0]), at + 1, axis=0).astype(complex)
            value[:, -1] *= -1
        found[symbol] = value
    return found


def instances(
    scene: Scene, inputs: Sequence[sp.Basic], symbols: set[sp.Basic], limit: int
) -> list[dict[sp.Basic, complex]]:
    """Return several ways to give numbers to the free symbols: sizes, indices and scalars.

    A symbolic size is larger than every number that stands as an index, and than the shifts.
    """
    indices = {x for e in inputs for m in e.atoms(MatrixElement) for x in m.args[1:]}
    indices |= {x for e in inputs for m in e.atoms(sp.KroneckerDelta) for x in m.args}
    least = max((int(x) + 1 if x.is_Integer else 1 + x.is_Add for x in indices), default=1)
    found = []
    for given in _sizes(scene):
        top = int(scene.size.subs(given))
        if not scene.integer and top < least:
            continue
        rng = np.random.default_rng(top)
        labels = [s for s in dict.fromkeys(scene.free) if s in symbols]
        places = list(product(range(top), repeat=len(labels)))
        rng.shuffle(places)
        for place in places[:limit]:
            scope: dict[sp.Basic, complex] = {s: complex(n) for s, n in given.items()}
            scope |= {s: complex(n) for s, n in zip(labels, map(int, place), strict=True)}
            scope |= {s: 0.5 if s.is_real else 0.75 - 0.5j for s in scene.scalars if s in symbols}
            found.append(scope)
    return found
