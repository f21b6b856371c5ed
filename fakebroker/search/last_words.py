"""What a program that has failed says last: the error, and the place in its own code where it was raised.

Tracebacks of Python, Java, JavaScript and Go are read. Of everything else the last line is what it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

LONGEST = 300
"""The longest error that is told."""

COLORS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

PYTHON_FRAME = re.compile(r'\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?')
PYTHON_OTHERS = re.compile(r"site-packages|dist-packages|/lib/python\d|^<frozen|/fakebroker/testing/")
JAVA_ERROR = re.compile(r'(?:Exception in thread "[^"]*" |Caused by: )?(?P<error>(?:[\w$]+\.)+[A-Z][\w$]*(?:: .*)?)$')
JAVA_FRAME = re.compile(r"\s+at (?P<function>[\w$.<>/@]+)\((?P<file>[\w$]+\.(?:java|kt|scala|groovy)):(?P<line>\d+)\)")
JAVA_OTHERS = re.compile(r"(?:[\w.]+/)?(?:java|javax|jdk|sun|com\.rabbitmq|org\.springframework|io\.netty)\.")
SCRIPT_FRAME = re.compile(
    r"\s+at (?:async )?(?:(?P<function>[^(]+?) \()?(?P<file>[^()\s]+):(?P<line>\d+):\d+\)?(?: \{)?$"
)
SCRIPT_OTHERS = re.compile(r"^node:|/node_modules/|^internal/")
SCRIPT_REMARK = re.compile(
    r"Emitted 'error' event (?:on \S+ instance )?at:$|\s+\[\.\.\. lines matching original stack trace \.\.\.\]$"
)
"""What Node adds behind an error: where it was emitted, and what it leaves out there."""
GO_FRAME = re.compile(r"\s+(?P<file>\S+\.go):(?P<line>\d+)(?: \+0x[0-9a-f]+)?$")
GO_OTHERS = re.compile(r"/pkg/mod/|/go/src/|/usr/lib/go|/golang/")


class LastWords(NamedTuple):
    """An error in one line, and where it was raised; the place is empty when it is not known."""

    error: str
    place: str = ""


def last_words(output: str) -> LastWords:
    """Read the end of a program's output."""
    lines = [COLORS.sub("", line.rstrip()) for line in output.splitlines()]
    for read in (_python, _java, _script, _go):
        found = read(lines)
        if found is not None:
            return LastWords(found.error[:LONGEST], found.place)
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return LastWords(last[:LONGEST])


def _python(lines: Sequence[str]) -> LastWords | None:
    inner = [re.sub(r"^[ +|-]*\| ?", "", line) for line in lines]  # exception groups are drawn with bars
    heads = [index for index, line in enumerate(inner) if line.strip().endswith("Traceback (most recent call last):")]
    if not heads:
        return None
    frames = []
    for line in inner[heads[-1] + 1 :]:
        frame = PYTHON_FRAME.match(line)
        if frame is not None:
            frames.append(frame)
        elif line and not line.startswith(" "):
            return LastWords(line, _place(frames, PYTHON_OTHERS, last=True))
    return None


def _java(lines: Sequence[str]) -> LastWords | None:
    heads = [
        index
        for index, line in enumerate(lines[:-1])
        if JAVA_ERROR.match(line) and JAVA_FRAME.match(lines[index + 1]) and not line.startswith("Caused by")
    ]
    if not heads:
        return None
    errors = []
    frames = []
    for line in lines[heads[-1] :]:
        error, frame = JAVA_ERROR.match(line), JAVA_FRAME.match(line)
        if error is not None:
            errors.append(error["error"])
        elif frame is not None:
            frames.append(frame)
    return LastWords(", caused by ".join(dict.fromkeys((errors[0], errors[-1]))), _place(frames, JAVA_OTHERS))


def _script(lines: Sequence[str]) -> LastWords | None:
    heads = [
        index
        for index in range(len(lines) - 1)
        if SCRIPT_FRAME.match(lines[index + 1])
        and not SCRIPT_FRAME.match(lines[index])
        and not SCRIPT_REMARK.match(lines[index])
        and lines[index].strip()
    ]
    if not heads:
        return None
    frames = []
    for line in lines[heads[-1] + 1 :]:
        frame = SCRIPT_FRAME.match(line)
        if frame is None:
            break
        frames.append(frame)
    return LastWords(lines[heads[-1]].strip(), _place(frames, SCRIPT_OTHERS))


def _go(lines: Sequence[str]) -> LastWords | None:
    heads = [index for index, line in enumerate(lines) if line.startswith(("panic: ", "fatal error: "))]
    if not heads:
        return None
    frames = [frame for line in lines[heads[-1] :] if (frame := GO_FRAME.match(line)) is not None]
    return LastWords(lines[heads[-1]], _place(frames, GO_OTHERS))


def _place(frames: Sequence[re.Match[str]], others: re.Pattern[str], last: bool = False) -> str:
    """The innermost frame that is the program's own.

    :param others: finds code that is not the program's.
    :param last: whether the innermost frame is the last one.
    """
    innermost = list(reversed(frames)) if last else list(frames)
    own = [
        frame
        for frame in innermost
        if not others.search(frame["file"]) and not others.match(frame.groupdict().get("function") or "")
    ]
    if not (own or innermost):
        return ""
    frame = (own or innermost)[0]
    name = re.split(r"[/\\]", frame["file"])[-1]
    function = (frame.groupdict().get("function") or "").strip()
    return f"{name}:{frame['line']}" + (f" in {function}" if function else "")
