"""Rendering of a finished study: page, LaTeX, JSON and plots. Nothing is computed here."""

from bn_theory.report.writer import write_report

__all__ = ["write_report"]
