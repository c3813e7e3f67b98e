"""Which assumption of which formula a model breaks, in words.

An assumption is found in the catalogue by words of its own text, so that a formula added there is
named here without being listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bn_theory.collection.names import catalogue, formula
from bn_theory.torch.probing import Probe
from weingarten.errors import WeingartenError

__all__ = ["ORTHOGONAL", "Finding", "broken_assumptions"]

#: Relative distance from orthogonality up to which a weight counts as orthogonal.
ORTHOGONAL = 1e-3
#: Share of ε in what is normalised, and relative spread of a spectrum, that count as none.
_SMALL = 1e-6
#: Drift of a conserved matrix that is more than rounding of single precision.
_DRIFT = 1e-3

_HAAR = ("Haar-distributed", "orthogonal weights")
_SQUARE = ("n = d",)
_CENTRED = ("no mean removal",)
_LINEAR = ("linear activation",)
_NORMALISED = ("a_j is the squared norm",)
_ISOMETRIC = ("X_0 orthogonal", "XXᵀ ∝ I")
_FULL_RANK = ("full rank",)
_INDEPENDENT = ("independent and Haar-distributed",)


@dataclass(frozen=True)
class Finding:
    """An assumption that the model breaks.

    Attributes
    ----------
    assumption : str
        In the words of the catalogue.
    observed : str
        What was seen of the model instead.
    consequence : str
        What theory says then, and what to do.
    formulas : tuple of str
        Names of the formulas of the catalogue that assume it.
    """

    assumption: str
    observed: str
    consequence: str
    formulas: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.formulas[:3])
        more = f" and {len(self.formulas) - 3} more" if len(self.formulas) > 3 else ""
        return f'"{self.assumption}" ({named}{more}): {self.observed}. {self.consequence}'


def _finding(words: tuple[str, ...], observed: str, consequence: str) -> Finding:
    names = []
    for name, entry in catalogue().items():
        if any(word in text for text in entry.assumptions for word in words):
            names.append(name)
    return Finding(words[0], observed, consequence, tuple(names))


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def broken_assumptions(probe: Probe) -> tuple[Finding, ...]:
    """Return what the catalogue assumes and the probed model breaks; most telling first.

    Examples
    --------
    >>> import torch
    >>> from bn_theory.torch import BNMLP, probe
    >>> broken_assumptions(probe(BNMLP(3, 2, rng=0), torch.eye(3), rng=0))
    ()
    >>> found = broken_assumptions(probe(BNMLP(3, 2, rng=0), torch.eye(3)[:2], rng=0))
    >>> found[0].assumption, found[0].observed
    ('n = d', 'n = 2 samples for d = 3 units')
    """
    return tuple(
        finding
        for rule in (_weights, _samples, _means, _activations, _normalisations, _others, _batch)
        for finding in rule(probe)
    ) or tuple(_unexplained(probe))


def _weights(probe: Probe) -> Iterator[Finding]:
    far = [x for x in probe.layers if x.weight is not None and x.defect > ORTHOGONAL]
    if far:
        worst = max(far, key=lambda x: x.defect)
        yield _finding(
            _HAAR,
            f"{len(far)} weights are not orthogonal, {worst.weight!r} the least: "
            f"{worst.defect:.2g} away (independent entries: 0.53)",
            "With independent entries the gap grows by up to 1 per layer instead of shrinking "
            "(forward.gaussian_step), and gradients explode with it; orthogonal_init_(model) draws "
            "orthogonal weights.",
        )


def _samples(probe: Probe) -> Iterator[Finding]:
    last = probe.layers[-1]
    n, d = last.samples, last.features
    if n == d or (probe.facts.mean_removal and n == d + 1):
        return
    observed = f"n = {n} samples for d = {d} units"
    if n > d:
        text = (
            "What depends on X Xᵀ alone holds as it stands, and at isometry gradients stay bounded "
            "at any depth; their size depends on n."
        )
    else:
        text = (
            "X Xᵀ is singular, its gap infinite, and gradients grow in every layer "
            "(backward.batch_gain gives the first); take at least as many samples as units."
        )
    yield _finding(_SQUARE, observed, text)


def _means(probe: Probe) -> Iterator[Finding]:
    if not any(norm.mean_removal and norm.over_batch for norm in probe.facts.norms):
        return
    n, d = probe.layers[-1].samples, probe.layers[-1].features
    observed = f"means are removed from n = {n} samples for d = {d} units"
    if n > d:
        text = f"The {n - 1} centred directions span all units: read n - 1 for n."
    else:
        text = (
            f"The centred batch has rank {n - 1} < d at most, so that gradients grow with depth "
            f"even at n = d, there by about 2/d² in log‖∂ℓ/∂X‖ per layer at large d "
            f"(backward.centred_explosion); take n >= {d + 1}."
        )
    yield _finding(_CENTRED, observed, text)


def _activations(probe: Probe) -> Iterator[Finding]:
    acting = [a for a in probe.facts.activations if a.function != "identity"]
    if not acting:
        return
    strongest = max(acting, key=lambda a: a.gain)
    observed = (
        f"{len(acting)} activations, {strongest.function} with gain {strongest.gain:.3g} "
        f"the strongest ({strongest.name!r})"
    )
    width = probe.layers[-1].features
    try:
        injected = formula("shaping.injected_gap").evaluate(
            d=width, alpha=strongest.gain, activation=strongest.function
        )
        text = (
            f"At isometry it injects a variance of {float(injected):.2g} into the spectrum "
            "(shaping.injected_gap), of which every layer keeps d/(d+2)."
        )
    except WeingartenError as error:
        text = (
            f"It is outside the range of the shaping formulas: {error}. shape_gains_(model) "
            "lowers the gains layer by layer."
        )
    yield _finding(_LINEAR, observed, text)


def _normalisations(probe: Probe) -> Iterator[Finding]:
    norms = probe.facts.norms
    if not norms:
        yield _finding(_NORMALISED, "nothing normalises", "Nothing of the theory is about it.")
    advice = {
        True: "Batch normalisation does so in training mode only: call model.train().",
        False: "They normalise each sample by itself, which no formula here is about; "
        "nn.BatchNorm1d or BatchNormalisation would normalise over the batch.",
    }
    for batch_kind, text in advice.items():
        other = [x for x in norms if not x.over_batch and x.of_batches == batch_kind]
        if other:
            kinds = ", ".join(sorted({norm.kind for norm in other}))
            names = _some([norm.name for norm in other])
            yield _finding(_NORMALISED, f"{names} ({kinds}) do not normalise by this batch", text)
    share = max((norm.eps_share for norm in norms), default=0.0)
    # the default of nn.BatchNorm1d, 1e-5 for unit variances, is seen and said to be small
    if share > _SMALL:
        size = "small: rows are short of unit norm by half of it" if share < 1e-2 else "too large"
        yield _finding(
            _NORMALISED,
            f"ε is {share:.2g} of the variances it is added to",
            f"That is {size}. It acts as if ε were added to every eigenvalue of X Xᵀ.",
        )
    affine = [norm.name for norm in norms if not norm.trivial]
    if affine:
        yield _finding(
            _NORMALISED,
            f"{_some(affine)} rescale or shift the units unequally",
            "Equal factors and no shifts change nothing; these act like another weight matrix.",
        )


def _others(probe: Probe) -> Iterator[Finding]:
    facts = probe.facts
    if facts.biases and not facts.mean_removal:
        yield _finding(
            _NORMALISED,
            f"{_some(list(facts.biases))} add a bias",
            "Use bias=False, or remove means.",
        )
    if facts.shared:
        yield _finding(
            _INDEPENDENT,
            f"{_some(list(facts.shared))} multiply by the weights of an earlier layer",
            "What holds for one layer holds for each; averages over depth are those of layers "
            "with weights of their own.",
        )
    if facts.residuals:
        (name, source), *rest = facts.residuals
        place = f"what enters {name!r}" if name else "the output"
        more = f", and so in {len(rest)} more places" if rest else ""
        yield _finding(
            _NORMALISED,
            f"{source} is added to {place}{more}",
            "No formula here is about residual connections: predictions are those of the layers "
            "without them.",
        )
    if facts.dropouts:
        yield _finding(_LINEAR, f"{_some(list(facts.dropouts))} drop units", "Set p=0.")


def _batch(probe: Probe) -> Iterator[Finding]:
    first, second = probe.layers[0], probe.layers[min(1, len(probe.layers) - 1)]
    full = min(first.features, second.features)
    if first.rank < full <= first.samples - probe.facts.mean_removal:
        yield _finding(
            _FULL_RANK,
            f"the batch has rank {first.rank} for {full} units",
            "The gap is infinite, and stays so; remove samples or features that repeat others.",
        )
    elif first.spread > _SMALL and second.spread > _SMALL:
        yield _finding(
            _ISOMETRIC,
            f"the spectrum of the batch has relative variance {first.spread:.2g}",
            "Predictions at isometry hold once the gap is small: it shrinks by d/(d+2) per layer "
            "in the end (forward.contraction).",
        )


def _unexplained(probe: Probe) -> Iterator[Finding]:
    drift = np.array([layer.drift for layer in probe.layers])
    moved = np.flatnonzero(drift > _DRIFT)
    if len(moved):
        where = probe.layers[int(moved[-1])].name
        yield _finding(
            _LINEAR,
            f"the antisymmetric part of X ∂ℓ/∂Xᵀ changes above {where!r}, and no module that "
            "was seen explains it",
            "Something between the states is not linear: an activation called as a function?",
        )
