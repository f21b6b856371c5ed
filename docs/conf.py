"""How Sphinx builds these pages: ``sphinx-build -W --keep-going -b html docs OUT``, from ``pip install '.[docs]'``."""

import re
from pathlib import Path
from typing import Any

import fakebroker
from fakebroker import __version__, faults

ROOT = Path(__file__).parent.parent
ELSEWHERE = {"start": "README", "contributing": "CONTRIBUTING", "security": "SECURITY", "changes": "CHANGELOG"}
"""Pages here that are files of the folder above."""

project = "fakebroker"
author = "fakebroker's authors"
copyright = author  # noqa: A001, that is what Sphinx calls it
release = version = __version__
root_doc = "contents"
exclude_patterns = ["ci/*"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "imported-members": True, "show-inheritance": True}
autodoc_inherit_docstrings = False  # fifty actions need not say fifty times what every action has
add_module_names = False
python_use_unqualified_type_names = True

html_theme = "alabaster"  # comes with Sphinx
html_theme_options = {"description": "An AMQP broker for tests", "page_width": "70em", "sidebar_width": "16em"}
html_show_copyright = False

# ``:ivar host:`` of one class is taken for a link, to which the attributes of that name of other classes are as good.
suppress_warnings = ["ref.python"]
for module in (fakebroker, faults):  # what these load when it is asked for, autodoc does not see before it is
    vars(module).update((name, getattr(module, name)) for name in module.__all__)


def setup(app: Any) -> None:
    """README.md and its like are pages here, too, and links to them and from them are made to fit."""
    app.connect("source-read", read)


def read(app: Any, name: str, source: list[str]) -> None:
    """Called with what Sphinx has read, which may be replaced."""
    if name in ELSEWHERE:
        text = (ROOT / f"{ELSEWHERE[name]}.md").read_text(encoding="utf-8")
        source[0] = re.sub(r"\]\((?!https?:|#)", "](../", text).replace("](../docs/", "](")
    for page, file in ELSEWHERE.items():
        source[0] = source[0].replace(f"](../{file}.md", f"]({page}.md")
