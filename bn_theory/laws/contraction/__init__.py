"""How one layer changes the spectrum near isometry."""
