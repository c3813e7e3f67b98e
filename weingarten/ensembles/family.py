"""All ensembles by name: a new one is a file beside this one and a name in this list."""

from __future__ import annotations

from weingarten.ensembles.base import Ensemble
from weingarten.ensembles.circular_ensembles import CIRCULAR_ORTHOGONAL, CIRCULAR_SYMPLECTIC
from weingarten.ensembles.orthogonal_group import ORTHOGONAL
from weingarten.ensembles.symplectic_group import SYMPLECTIC
from weingarten.ensembles.unitary_group import UNITARY
from weingarten.errors import InvalidInputError

__all__ = ["FAMILY", "as_ensemble"]

#: Every ensemble by the name of its group.
FAMILY: dict[str, Ensemble] = {
    ensemble.group: ensemble
    for ensemble in (ORTHOGONAL, UNITARY, SYMPLECTIC, CIRCULAR_ORTHOGONAL, CIRCULAR_SYMPLECTIC)
}


def as_ensemble(group: object, *also: str) -> Ensemble:
    """Return the ensemble of a group named by its letters, or raise.

    ``also`` are other groups that the caller serves by itself.

    Examples
    --------
    >>> as_ensemble("U")
    <unitary group U(d)>
    """
    if not isinstance(group, str) or group not in FAMILY:
        names = ", ".join(map(repr, (*FAMILY, *also)))
        raise InvalidInputError(
            "group", f"must be one of {names}", group, 'pass for instance group="O"'
        )
    return FAMILY[group]
