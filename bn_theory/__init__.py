"""Exact finite-width theory of batch-normalised networks with Haar-orthogonal weights."""
