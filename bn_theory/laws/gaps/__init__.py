"""The isometry gap: one layer, over depth, and the published bound."""
