"""What the laws of several subjects share: domains, integrals, recursions, values."""
