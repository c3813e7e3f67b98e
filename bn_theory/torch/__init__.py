"""The BN-MLP in PyTorch, and what the theory says of any model: needs the extra ``torch``.

PyTorch's layout holds throughout: a batch is samples (rows) by features (columns), the transpose
of what :mod:`bn_theory.networks.spec` calls X; ``nn.Linear.weight`` is W as it stands there. What
normalises does so to unit variance, as ``nn.BatchNorm1d`` does, where the theory has unit row norm:
states are √n times as large, gradients with respect to them √n times as small, and an ε added to a
variance is n times as large as one added to a squared row norm. Layers are counted from 1, states
from 0, the batch.

Nothing here is imported by the rest of the package; a name is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from weingarten.extras import importing_extras
from weingarten.public_names import loaded_late

with importing_extras("bn_theory.torch"):
    import torch  # noqa: F401 - the one place that says what is missing

if TYPE_CHECKING:
    from bn_theory.torch.advice import orthogonal_init_, shape_gains_
    from bn_theory.torch.comparison import Comparison, compare
    from bn_theory.torch.modules import BNMLP, BatchNormalisation, ShapedActivation
    from bn_theory.torch.probing import Probe, Track, probe
    from bn_theory.torch.readings import LayerReading

__all__ = [
    "BNMLP",
    "BatchNormalisation",
    "Comparison",
    "LayerReading",
    "Probe",
    "ShapedActivation",
    "Track",
    "compare",
    "orthogonal_init_",
    "probe",
    "shape_gains_",
]

#: Where the public names live: what compares loads the engine, what samples and probes does not.
_HOMES = {
    "BNMLP": "bn_theory.torch.modules",
    "BatchNormalisation": "bn_theory.torch.modules",
    "Comparison": "bn_theory.torch.comparison",
    "LayerReading": "bn_theory.torch.readings",
    "Probe": "bn_theory.torch.probing",
    "ShapedActivation": "bn_theory.torch.modules",
    "Track": "bn_theory.torch.probing",
    "compare": "bn_theory.torch.comparison",
    "orthogonal_init_": "bn_theory.torch.advice",
    "probe": "bn_theory.torch.probing",
    "shape_gains_": "bn_theory.torch.advice",
}

if not TYPE_CHECKING:  # a type checker would accept any name
    __getattr__, __dir__ = loaded_late(__name__, _HOMES)
