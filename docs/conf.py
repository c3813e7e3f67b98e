"""Sphinx configuration: executed cells, numpydoc; the Makefile makes warnings errors."""

import hashlib
import os
import sys
from importlib import metadata, resources
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))


def _digest_of_sources() -> str:
    """Digest both packages: outputs cached for other sources are stale even if the page is not."""
    digest = hashlib.sha256()
    for package in ("weingarten", "bn_theory"):
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# Cells draw into the page, whatever backend the shell asks for.
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

project = "weingarten-bn"
author = "the weingarten-bn authors"
project_copyright = author
release = metadata.version("weingarten-bn")
version = release

extensions = [
    "catalogue_pages",
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]

html_theme = "furo"
html_title = "weingarten-bn"
# MathJax in one file, from the package that the dependency group installs: no network, no fonts
_MATHJAX = resources.files("mathjax") / "static" / "mathjax" / "es5" / "tex-svg-full.js"
html_static_path = ["_static", str(_MATHJAX)]
mathjax_path = "tex-svg-full.js"
html_css_files = ["custom.css"]
html_copy_source = False
html_search_scorer = str(ROOT / "docs" / "_ext" / "search_scorer.js")
html_show_copyright = False

# On math: $…$ in the pages; SymPy results come as LaTeX.
myst_enable_extensions = ["amsmath", "deflist", "dollarmath"]
myst_heading_anchors = 3

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

nb_execution_mode = "cache"
nb_execution_cache_path = str(ROOT / "docs" / "_build" / "cells" / _digest_of_sources())
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_render_markdown_format = "myst"

# documented without being installed
autodoc_mock_imports = ["array_api_compat", "jax", "torch"]
autosummary_generate = True
autosummary_imported_members = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"
numpydoc_show_class_members = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
