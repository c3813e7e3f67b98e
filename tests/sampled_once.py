"""A formula whose networks are sampled once, however many statements they are to judge."""

import dataclasses

__all__ = ["sampled_once"]


def sampled_once(entry):
    """Return the formula with a sampler that repeats draws asked for with one generator."""
    kept = {}

    def sampler(values, networks, rng):
        asked = (networks, repr(sorted(values.items())), repr(rng.bit_generator.state))
        if asked in kept:
            draws, rng.bit_generator.state = kept[asked]
            return draws.copy()
        draws = entry.sampler(values, networks, rng)
        kept[asked] = draws.copy(), rng.bit_generator.state
        return draws

    return dataclasses.replace(entry, sampler=sampler)
