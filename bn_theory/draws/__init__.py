"""Samplers: one draw per independent network of what a formula predicts.

A sampler is a module-level function ``sampler(values, networks, rng)`` from plain numbers to an
array with the networks on its first axis. It is written from the definition of the network, by
:mod:`bn_theory.simulate`, and never imports a symbolic definition.
"""

from bn_theory.draws import backward, forward

__all__ = ["backward", "forward"]
