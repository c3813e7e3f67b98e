"""The frozen description of a batch-normalised multilayer perceptron.

Conventions, said once for the whole package: a batch is a matrix of features (rows) by samples
(columns); layer l computes ``M = W X`` and ``X' = diag(a)^(-1/2) M`` with ``a_j`` the squared norm
of row j of M (unit row norm, no epsilon); layers are counted from 1, states from 0, so layer l maps
state l-1 to state l.
"""

from __future__ import annotations

from dataclasses import dataclass

from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError

__all__ = ["WEIGHT_LAWS", "NetworkSpec"]

WEIGHT_LAWS = ("haar", "gaussian")


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSpec:
    """A BN-MLP: widths, batch size, depth and the law of its weights.

    Parameters
    ----------
    width : int
        Number of units d of every layer, at least 1.
    batch : int
        Number of samples n, at least 1; at least 2 with mean removal.
    depth : int
        Number of layers L, at least 1.
    input_width : int, optional
        Number of input features; the width by default. If it differs, the first layer is a random
        semi-orthogonal map (orthonormal rows if it narrows, orthonormal columns if it widens).
    weights : {"haar", "gaussian"}
        Haar-distributed orthogonal matrices, or independent centred normal entries of variance
        1/(number of inputs); the normalisation makes that scale immaterial.
    mean_removal : bool
        Whether each row of W X is centred over the batch before it is normalised.

    Examples
    --------
    >>> spec = NetworkSpec(width=32, batch=32, depth=50, input_width=64)
    >>> spec.weight_shapes[:2]
    ((32, 64), (32, 32))
    """

    width: int
    batch: int
    depth: int
    input_width: int | None = None
    weights: str = "haar"
    mean_removal: bool = False

    def __post_init__(self) -> None:
        for name in ("width", "batch", "depth"):
            object.__setattr__(self, name, as_integer(getattr(self, name), name, minimum=1))
        given = self.width if self.input_width is None else self.input_width
        object.__setattr__(self, "input_width", as_integer(given, "input_width", minimum=1))
        if not isinstance(self.weights, str) or self.weights not in WEIGHT_LAWS:
            raise InvalidInputError(
                "weights", 'must be "haar" or "gaussian"', self.weights, "choose one of the two"
            )
        if not isinstance(self.mean_removal, bool):
            raise InvalidInputError(
                "mean_removal", "must be True or False", self.mean_removal, "pass a bool"
            )
        if self.mean_removal and self.batch < 2:
            raise InvalidInputError(
                "batch", "must be at least 2 with mean removal", self.batch, "add samples"
            )

    @property
    def weight_shapes(self) -> tuple[tuple[int, int], ...]:
        """Shapes of the weight matrices of layers 1 to L."""
        first = (self.width, self.input_width or self.width)
        return (first, *[(self.width, self.width)] * (self.depth - 1))
