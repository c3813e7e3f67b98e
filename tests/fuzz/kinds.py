"""The kinds of expressions that are asked for: which productions of the grammar take part."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True)
class Kind:
    """The productions of one kind of expression, by name; a name twice is picked more often."""

    scalars: tuple[str, ...]
    matrices: tuple[str, ...] = ("word", "word", "plus")
    columns: tuple[str, ...] = ("image",)
    degrees: tuple[int, ...] = (2, 4)
    depth: int = 3
    matrix_valued: bool = False
    integer: bool | None = None
    assumed: bool = False
    #: Whether the answer is asked for below the range of the generic one as well.
    small_d: bool = False
    #: Whether constants may be inverted.
    inverses: bool = False
    #: Least share of cases that have to be answered.
    answered: float = 0.9


_ALL_SCALARS = ("entry", "times", "plus", "trace", "element", "form", "sum", "power", "sum")
_ALL_MATRICES = (
    "word", "word", "plus", "hadamard", "hadamard_power", "scaled", "power", "diagonal", "diag",
    "outer", "gram", "transpose", "slice", "inverse",
)  # fmt: skip
_ALL_COLUMNS = ("image", "image", "diagonal_of", "cut", "hadamard", "plus")

KINDS: dict[str, Kind] = {
    "entries": Kind(("entry", "times", "times", "plus", "power"), degrees=(2, 4, 6)),
    "sums": Kind(("sum", "sum", "entry", "times", "power", "plus")),
    "deep sums": Kind(("sum", "sum", "sum", "entry", "times", "power"), depth=5),
    "sums of elements": Kind(("sum", "element", "times"), ("word", "plus", "transpose")),
    "elements": Kind(("element", "form", "times", "power"), ("word", "plus", "power", "identity")),
    "traces": Kind(
        ("trace", "trace", "times", "power"), ("word",), degrees=(2, 4, 6), inverses=True
    ),
    "assumed": Kind(
        ("trace", "times", "power", "element"), ("word", "hadamard"), degrees=(2, 4), assumed=True
    ),
    "hadamard": Kind(
        ("trace", "element", "times", "form"),
        ("word", "hadamard", "hadamard_power", "diagonal", "diag", "plus"),
        ("image", "diagonal_of", "hadamard"),
    ),
    "slices": Kind(
        ("trace", "element", "form", "times"),
        ("gram", "slice", "word", "outer"),
        ("cut", "image"),
    ),
    "several": Kind(("trace", "element", "times", "sum"), ("word", "word", "far", "hadamard")),
    "matrices": Kind(_ALL_SCALARS, _ALL_MATRICES, _ALL_COLUMNS, matrix_valued=True, depth=2),
    "complex": Kind(
        ("trace", "element", "times", "form", "conjugate", "absolute", "part"),
        ("word", "hadamard", "adjoint", "adjoint", "conjugate", "plus", "diag", "scaled"),
        ("image", "conjugate"),
    ),
    "explicit": Kind(
        ("trace", "element", "times", "sum", "form"),
        ("word", "explicit", "hadamard", "block_part", "slice", "plus"),
        integer=True,
    ),
    "blocks": Kind(
        ("block_trace", "block_element", "times"), ("word", "plus"), integer=None, answered=0.5
    ),
    "block matrices": Kind(
        ("trace",), ("block", "kronecker", "partial", "explicit_entries"), matrix_valued=True,
        integer=True, depth=1, answered=0.5,
    ),
    "determinants": Kind(("determinant", "times", "entry", "trace"), ("word",), degrees=(2, 4)),
    "class functions": Kind(("class_function", "class_function", "times"), degrees=(4, 6, 8)),
    "bilinear": Kind(("bilinear", "bilinear", "times"), degrees=(4, 6, 8)),
    "small sizes": Kind(
        ("trace", "entry", "times", "power"), ("word",), degrees=(2, 4, 6), integer=False,
        small_d=True, depth=2, answered=0.7,
    ),
    "cumulants": Kind(("trace", "entry", "times", "sum", "element"), ("word", "plus", "hadamard")),
    "randomness": Kind(("entry", "times", "trace", "power", "sum", "plus"), ("word",), depth=2),
    "products": Kind(
        ("product", "permanent", "normalised", "dot", "times", "entry"), ("word", "plus")
    ),
    "cases": Kind(("cases", "sum", "entry", "times", "element"), ("word",)),
    "everything": Kind(_ALL_SCALARS, _ALL_MATRICES, _ALL_COLUMNS, depth=4),
}  # fmt: skip
