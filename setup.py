"""How fakebroker and the connector are packaged; the tools' settings are in pyproject.toml."""

import re
import sys
from pathlib import Path

from setuptools import find_packages, setup


def read(path: str) -> str:
    """The text of a file of this checkout."""
    return (Path(__file__).parent / path).read_text(encoding="utf-8")


def version() -> str:
    """The version, whose one home is fakebroker/_version.py; read, not imported, for Twisted may be missing."""
    found = re.search(r'^__version__ = "(.+)"$', read("fakebroker/_version.py"), re.MULTILINE)
    assert found is not None
    return found.group(1)


EDITABLE = "editable_wheel" in sys.argv
# `trial tests` then runs the tests of the folder it is in: trial, unlike pytest, does not look there by itself.
IF_EDITABLE = ["tests"] if EDITABLE else []
# Twisted finds plugins by the folder that they lie in, which is its own; the one file here is `twist fakebroker`.
IF_INSTALLED = [] if EDITABLE else ["twisted.plugins"]

CONNECTOR = ["txAMQP>=0.8.2"]
TLS = ["pyOpenSSL>=22", "service-identity>=21", "trustme>=1.1"]
# What runs tests that are coroutines.
PLUGINS = ["anyio>=4.4", "pytest-asyncio>=1.3"]
# The clients of which the tests ask most; the others are tried where they are installed.
CLIENTS = ["aio-pika", "celery", "kombu", "pika>=1.3"]
TEST = [*CONNECTOR, *TLS, *CLIENTS, "hypothesis>=6.100", "pamqp>=3.3", "pytest>=8", "pytest-xdist", *PLUGINS]
DOCS = [*CONNECTOR, *TLS, "myst-parser>=3", "sphinx>=7.2"]
TOOLS = ["build", "coverage>=7.10", "mypy>=2.4,<2.5", "mypy-zope", "PyYAML", "ruff>=0.17,<0.18"]
DEV = [*TEST, *DOCS, *TOOLS, "AMQPStorm"]  # which is not for every version of Python

setup(
    name="fakebroker",
    version=version(),
    description="An in-memory AMQP broker for tests, true to RabbitMQ 3.10, that fails exactly as told",
    long_description=read("README.md"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.10",
    install_requires=["Twisted>=22.10"],
    extras_require={"connector": CONNECTOR, "tls": TLS, "test": TEST, "docs": DOCS, "dev": DEV},
    packages=[
        *find_packages(include=["fakebroker", "fakebroker.*", "connector", "connector.*"]),
        "fakebroker.specs",
        "connector.specs",
        *IF_EDITABLE,
        *IF_INSTALLED,
    ],
    # One folder of specifications; each package takes its own copy along, so neither needs the other.
    package_dir={
        "fakebroker.specs": "specs",
        "connector.specs": "specs",
        "twisted.plugins": "twist",
        "tests": "editable/tests",
    },
    package_data={"": ["*.css", "*.html", "*.js", "*.json", "*.pyi", "*.typed", "*.xml"]},
    entry_points={
        "console_scripts": ["fakebroker = fakebroker.control.main:main"],
        "pytest11": ["fakebroker = fakebroker.pytest_plugin"],
    },
    keywords=["amqp", "rabbitmq", "testing", "fake", "fault injection", "twisted", "trial"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Framework :: Twisted",
        "Intended Audience :: Developers",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Topic :: Software Development :: Testing",
        "Topic :: System :: Networking",
        "Typing :: Typed",
    ],
)
