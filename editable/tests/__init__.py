"""What `pip install -e .` puts in the place of ``tests``: the tests of the folder in which ``trial tests`` is run.

Trial, unlike pytest, does not look for tests in the current folder. In this checkout it finds those of fakebroker, in a
project of your own yours, and elsewhere none.
"""

import importlib.machinery
import importlib.util
import os
import sys

_folder = os.getcwd()  # noqa: PTH109 - imported by whoever imports `tests`: nothing but what is there anyway
_spec = importlib.machinery.PathFinder.find_spec(__name__, [_folder])
if _spec is None or _spec.loader is None:
    raise ModuleNotFoundError(f"No package {__name__!r}, with an __init__.py, in {_folder}", name=__name__)
sys.path.insert(0, _folder)
sys.modules[__name__] = _module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
