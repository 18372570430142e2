"""Whole-command tests as text: plays a Markdown document and holds every output against what it says.

``tests/README.md`` tells how such a document is written, and how its outputs are accepted anew. One document is
one test: its commands stand in the order in which a person would give them, in one working folder.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from sybil import Document, Example, Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ENVIRONMENT = {"GRANTKIT_NOW": "2024-07-15T09:00:00", "GRANTKIT_USER": "j.smith"}
ACCEPT = "GRANTKIT_ACCEPT"
FOLDER = "FOLDER"
HASH = "HASH"

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)
#: Signs that only a shell understands; a command that has none of them runs inside the test.
_SHELL_SIGNS = frozenset("|&;<>()$`*?~#")
#: What the shell leaves as it is.
_QUOTED = re.compile(r"""'[^']*'|"[^"$`\\]*\"""")
#: A command whose output (``> FILE``) or errors (``2> FILE``) go into a file.
_INTO_FILE = re.compile(r"\s(2?)> ?([\w.-]+)")
_INTO_FILES = re.compile(rf"(?P<command>.*?)(?P<into>(?:{_INTO_FILE.pattern.replace('(2?)', '2?')})+)")
#: Takes root's privileges away and leaves its name, so that permissions count and its own interpreter still runs.
_UNPRIVILEGED = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")
_HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Block:
    """A fenced block of a document: what stands behind the fence, the text, and where that begins."""

    info: tuple[str, ...]
    body: str
    start: int
    line: int


@dataclass(frozen=True)
class Step:
    """A command of a console block with the output that is expected, exit code included, and its line."""

    command: str
    expected: str
    line: int


@dataclass
class Play:
    """One document being played in its working folder."""

    folder: Path
    accepting: bool
    failures: list[str] = field(default_factory=list)
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    shown_as: dict[str, str] = field(default_factory=dict)
    holders: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def directives(self) -> dict[str, object]:
        """What a python block may call."""
        return {"write": self.write, "hold": self.hold, "release": self.release}

    def write(self, name: str, data: bytes) -> None:
        """Write a file into the working folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def hold(self, name: str) -> None:
        """Let another process open a ledger for writing until ``release``; its number is shown as PID."""
        holder = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, name],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.holders.append(holder)
        self.shown_as[f"process {holder.pid}"] = "process PID"
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"

    def release(self) -> None:
        """Let go of what is held."""
        while self.holders:
            self.holders.pop().communicate()


# --- reading a document -----------------------------------------------------------------------------------------


def parse(document: Document) -> Iterable[Region]:
    """The whole document as one example, as its blocks follow on each other."""
    blocks = [
        Block(
            info=tuple(found["info"].split()),
            body=found["body"],
            start=found.start("body"),
            line=document.text.count("\n", 0, found.start("body")) + 1,
        )
        for found in _FENCE.finditer(document.text)
    ]
    if blocks:
        yield Region(blocks[0].start, len(document.text), blocks, play)


def steps(block: Block) -> Iterator[Step]:
    """The commands of a console block."""
    command, output, began = "", list[str](), 0
    for number, line in enumerate(block.body.splitlines()):
        if line.startswith("$ "):
            if command:
                yield Step(command, "\n".join(output), block.line + began)
            command, output, began = line[2:], [], number
        elif command.endswith("\\") and not output:
            command = f"{command[:-1]}{line}"
        else:
            output.append(line)
    if command:
        yield Step(command, "\n".join(output), block.line + began)


# --- playing it -------------------------------------------------------------------------------------------------


def play(example: Example) -> str | None:
    """Play a document; what differs, or nothing."""
    accepting = os.environ.get(ACCEPT, "") not in ("", "0")
    with working_folder() as folder:
        playing = Play(folder, accepting)
        namespace = playing.directives()
        try:
            for block in example.parsed:
                play_block(playing, block, namespace)
        finally:
            playing.release()
    if playing.edits:
        rewrite(Path(example.path), playing.edits)
    return "\n".join(playing.failures) or None


def play_block(playing: Play, block: Block, namespace: dict[str, object]) -> None:
    """Write the file, run the code or play the commands that a block holds; any other block is prose."""
    match block.info:
        case ("console", *how):
            runs = [play_step(playing, step, how) for step in steps(block)]
            if playing.accepting and any(actual is not None for _, actual in runs):
                text = "".join(transcript(step, actual) for step, actual in runs)
                playing.edits.append((block.start, block.start + len(block.body), text))
        case ("python",):
            exec(compile(block.body, "<document>", "exec"), namespace)
        case (_, name):
            playing.write(name, block.body.encode())


def play_step(playing: Play, step: Step, how: list[str]) -> tuple[Step, str | None]:
    """Run one command; its output where that is not what the document says, and none where it is."""
    output, crash = run(step.command, how, playing.folder)
    output = "\n".join(line.rstrip() for line in output.rstrip().splitlines())
    for found, shown in {str(playing.folder): FOLDER, **playing.shown_as}.items():
        output = output.replace(found, shown)
    output = _SHA256.sub(HASH, output)
    if crash or "Traceback (most recent call last)" in output:
        last = "\n".join([*output.splitlines(), *crash.splitlines()][-12:])
        playing.failures.append(f"line {step.line}: $ {step.command}\nends in a traceback:\n{last}\n")
        return step, None
    if same(step.expected, output):
        return step, None
    if not playing.accepting:
        playing.failures.append(difference(step, output))
    return step, output


def same(expected: str, output: str) -> bool:
    """Whether an output is as expected: ``...`` alone on a line stands for any lines."""
    lines = [line.rstrip() for line in expected.rstrip().splitlines()]
    pattern = "".join("(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in lines)
    return re.fullmatch(pattern, output + "\n" if output else "") is not None


def difference(step: Step, output: str) -> str:
    """What differs, as a unified diff."""
    lines = difflib.unified_diff(
        step.expected.rstrip().splitlines(), output.splitlines(), "expected", "shown", lineterm=""
    )
    return "\n".join([f"line {step.line}: $ {step.command}", *lines, ""])


def transcript(step: Step, actual: str | None) -> str:
    """A step as it is to stand in the document, an output that was as expected left as it is."""
    command = f"$ {step.command}\n"
    output = step.expected if actual is None else actual
    return command + (f"{output}\n" if output else "")


def rewrite(path: Path, edits: list[tuple[int, int, str]]) -> None:
    """Put new outputs into a document."""
    text = path.read_text(encoding="utf-8")
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    path.write_text(text, encoding="utf-8")


# --- running a command ------------------------------------------------------------------------------------------


def run(command: str, how: list[str], folder: Path) -> tuple[str, str]:
    """What a command shows, its exit code below where that is not 0; and the traceback where it broke down."""
    found = _INTO_FILES.fullmatch(command)
    bare, into = (found["command"], dict(_INTO_FILE.findall(found["into"]))) if found else (command, {})
    words = shlex.split(bare) if not how and not _SHELL_SIGNS.intersection(_QUOTED.sub("", bare)) else []
    assigned = {}
    while words and (found := _ASSIGNMENT.fullmatch(words[0])):
        assigned[found[1]] = found[2]
        words.pop(0)
    if words[:1] == ["grantkit"]:
        with mock.patch.dict(os.environ, assigned):
            output, code, crash = run_inside(words[1:], into)
    else:
        output, code, crash = *run_outside(command, how, folder), ""
    ended = "" if output.endswith("\n") or not output else "\n"
    return (output if code == 0 else f"{output}{ended}[exit {code}]"), crash


def run_inside(argv: list[str], into: Mapping[str, str]) -> tuple[str, int, str]:
    """Run grantkit in this process: output and errors as they come, the exit code, and a traceback or nothing.

    ``into`` names the file that the output ("") or the errors ("2") go into instead.
    """
    from grantkit.cli import main

    shown = io.BytesIO()
    stream = io.TextIOWrapper(shown, encoding="utf-8", newline="\n", write_through=True)
    code, crash = 1, ""
    with contextlib.ExitStack() as opened:
        streams = {
            which: opened.enter_context(Path(name).open("w", encoding="utf-8", newline="\n"))
            for which, name in into.items()
        }
        opened.enter_context(contextlib.redirect_stdout(streams.get("", stream)))
        opened.enter_context(contextlib.redirect_stderr(streams.get("2", stream)))
        opened.enter_context(mock.patch("sys.stdin", io.StringIO()))
        try:
            code = main(argv)
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
        except Exception:  # noqa: BLE001 (whatever it is, a person would have seen a traceback)
            crash = traceback.format_exc()
    return shown.getvalue().decode("utf-8"), code, crash


def run_outside(command: str, how: list[str], folder: Path) -> tuple[str, int]:
    """Run a command line by the shell, grantkit at hand; ``unprivileged`` as somebody whom permissions bind."""
    prefix: tuple[str, ...] = ()
    if "unprivileged" in how and hasattr(os, "geteuid") and os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv to give that up")
        prefix = _UNPRIVILEGED
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [*prefix, "sh", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode("utf-8", errors="replace"), done.returncode


@contextlib.contextmanager
def working_folder() -> Iterator[Path]:
    """A fresh folder to work in, with the clock and the user of the examples."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRANTKIT_")}
    before = Path.cwd()
    folder = Path(tempfile.mkdtemp(prefix="grantkit-")).resolve()
    try:
        os.chdir(folder)
        with mock.patch.dict(os.environ, {**kept, **ENVIRONMENT}, clear=True):
            yield folder
    finally:
        os.chdir(before)
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder, whatever its permissions have become."""
    for inside, _, _ in os.walk(folder):
        Path(inside).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
