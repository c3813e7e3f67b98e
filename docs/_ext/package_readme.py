"""Build hook: the description that a package index shows is README.md without its relative links.

A package index has no files beside the description, so what only works in the repository stands
between markers there and is left out here.
"""

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

REPOSITORY_ONLY = re.compile(r"<!-- repository only -->\n.*?<!-- end -->\n+", re.DOTALL)
RELATIVE_LINK = re.compile(r"\]\((?!https?:|#)([^)]+)\)")


def description(readme):
    """Return the README as an index may show it; raise if a link in it leads nowhere there."""
    text = REPOSITORY_ONLY.sub("", readme)
    found = RELATIVE_LINK.findall(text)
    if found:
        raise ValueError(f"README.md has links that only work in the repository: {found}")
    return text


class Description(MetadataHookInterface):
    """Sets the dynamic field ``readme``."""

    PLUGIN_NAME = "custom"

    def update(self, metadata):
        """Fill in the description."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": description(text)}
