"""Networks as numbers: their description and their simulation; nothing symbolic."""
