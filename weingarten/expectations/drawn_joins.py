"""What joins the random factors of a picture: pairings, bijections, set partitions, by the law.

A way to join is named by its position in a list. The law says which, in its ``drawn``:

* ``"factors"``, of real matrices and Hermitian ones: pairings of the factors, as
  :func:`weingarten.pairings` lists; of complex ones: bijections of plain with conjugated factors,
  in lexicographic order, drawn as arrows from plain to conjugated;
* ``"signed pairings"``, for Sp: pairings of all factors, conj(S) being Jᵀ S J, with an arrow in the
  order of J and the sign;
* ``"ends"``, for COE and CSE: bijections of the ends of plain with those of conjugated factors,
  rows and columns together, drawn between the indices;
* ``"set partitions"``, of permutation matrices: their blocks drawn as chains.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise
from math import factorial
from typing import NamedTuple, TypeAlias

from weingarten.coerce import as_integer
from weingarten.combinatorics.pairings import number_of_pairings, pairing_at
from weingarten.combinatorics.set_partitions import set_partitions
from weingarten.costs import number_of_set_partitions
from weingarten.errors import InvalidInputError
from weingarten.networks.model import Label, Tensor, is_conjugate, random_of

__all__ = ["DrawnJoin", "drawn_join", "label_node"]

#: A node of the picture: a tensor by its position, or a label.
Node: TypeAlias = tuple[str, object]
Pairs: TypeAlias = list[tuple[int, int]]


class DrawnJoin(NamedTuple):
    """The lines of a way to join, whether they are arrows, and what the legend says of it."""

    lines: list[tuple[Node, Node]]
    arrows: bool
    words: str

    @property
    def between_boxes(self) -> bool:
        """Whether the lines join matrices, not indices."""
        return all(one[0] == "tensor" for one, _ in self.lines)


def label_node(label: Label) -> Node:
    """Return the node of an index."""
    return ("label" if isinstance(label, int) else "fixed", label)


def drawn_join(
    which: int, argument: str, tensors: Sequence[Tensor], slots: Sequence[int]
) -> DrawnJoin:
    """Return the way to join at a position, for the law of the factors in the slots."""
    position = as_integer(which, argument, minimum=0)
    matrices = {random_of(tensors[at][0]) for at in slots}
    matrix = next(iter(matrices)) if len(matrices) == 1 else None
    if matrix is None:
        raise _unfit(argument, "factors of one random matrix", tensors, slots)
    law = matrix.ensemble
    if not law.drawn:
        raise InvalidInputError(
            argument,
            f"must be left out for {law.title}: what joins its factors has no picture",
            which,
            "draw without it",
        )
    flags = [is_conjugate(tensors[at][0]) for at in slots]
    boxes: list[Node] = [("tensor", at) for at in slots]
    if law.drawn == "set partitions":
        pairs = _blocks(argument, position, len(slots))
        return DrawnJoin([(boxes[a], boxes[b]) for a, b in pairs], False, f"{argument} coincide")
    signed = law.drawn == "signed pairings"
    alike = matrix.is_real_matrix or matrix.is_hermitian_matrix
    if signed or (law.drawn == "factors" and alike):
        if len(slots) % 2:
            raise _unfit(argument, "an even number of factors of one random matrix", tensors, slots)
        pairs = _pairing(argument, position, len(slots))
        lines = [(boxes[a], boxes[b]) for a, b in pairs]
        if signed:
            crossings = sum(a < c < b < e for a, b in pairs for c, e in pairs)
            sign = "-" if crossings % 2 else "+"
            return DrawnJoin(lines, True, f"{argument} paired by J, sign {sign}")
        return DrawnJoin(lines, False, f"{argument} paired")
    plain, others = ([a for a, flag in enumerate(flags) if flag == kind] for kind in (False, True))
    if len(plain) != len(others):
        needed = "as many conjugated as plain factors of one random matrix"
        raise _unfit(argument, needed, tensors, slots)
    if law.drawn == "factors":
        pairs = _bijection(argument, position, plain, others, "factors")
        return DrawnJoin([(boxes[a], boxes[b]) for a, b in pairs], True, f"{argument} joined")
    if argument != "rows":
        raise InvalidInputError(
            argument,
            "must be left out for a circular ensemble: rows and columns are joined together",
            which,
            "pass rows, the position of a bijection of all ends",
        )
    ends = [
        [label_node(x) for a in kind for x in tensors[slots[a]][1:]] for kind in (plain, others)
    ]
    number = len(ends[0])
    pairs = _bijection(
        argument, position, list(range(number)), list(range(number, 2 * number)), "ends"
    )
    lines = [(ends[0][a], ends[1][b - number]) for a, b in pairs]
    return DrawnJoin(lines, True, "ends joined")


def _pairing(argument: str, position: int, number: int) -> Pairs:
    if position >= number_of_pairings(number // 2):
        raise _too_large(argument, "a pairing", number, "factors", position)
    return list(pairing_at(number // 2, position))


def _bijection(
    argument: str, position: int, plain: list[int], others: list[int], things: str
) -> Pairs:
    """Return the bijection at a position of their lexicographic order."""
    if position >= factorial(len(plain)):
        raise _too_large(argument, "a bijection", len(plain) + len(others), things, position)
    left, pairs = list(others), []
    for slot in plain:
        at, position = divmod(position, factorial(len(left) - 1))
        pairs.append((slot, left.pop(at)))
    return pairs


def _blocks(argument: str, position: int, number: int) -> Pairs:
    if position >= number_of_set_partitions(number):
        raise _too_large(argument, "a set partition", number, "factors", position)
    (blocks,) = islice(set_partitions(range(number)), position, position + 1)
    return [pair for block in blocks for pair in pairwise(block)]


def _too_large(
    argument: str, what: str, number: int, things: str, position: int
) -> InvalidInputError:
    constraint = f"must be the position of {what} of {number} {things}"
    return InvalidInputError(argument, constraint, position, "use a smaller position")


def _unfit(
    argument: str, needed: str, tensors: Sequence[Tensor], slots: Sequence[int]
) -> InvalidInputError:
    matrices = sorted({str(random_of(tensors[at][0])) for at in slots})
    return InvalidInputError(
        argument,
        f"needs {needed}",
        f"{len(slots)} factors of {matrices}",
        "draw without it",
    )
