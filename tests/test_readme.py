"""README.md tells the truth: its Python sessions and its console sessions run as shown."""

import doctest
import importlib
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

README = Path(__file__).parents[1] / "README.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = {
    "weingarten": "weingarten.cli.commands",
    "bn-theory": "bn_theory.cli.catalogue_commands",
}


def blocks(text, language):
    """Return (line number of the first line, source) of each fenced block in a language."""
    return [
        (text.count("\n", 0, match.start(2)) + 1, match[2])
        for match in FENCE.finditer(text)
        if match[1] == language
    ]


def run_python(text):
    """Run the ``python`` blocks in order in one namespace; return how many there are."""
    found = blocks(text, "python")
    namespace = {}
    for line, source in found:
        test = doctest.DocTestParser().get_doctest(
            source, namespace, f"README.md:{line}", str(README), line - 1
        )
        assert test.examples, f"the block at line {line} shows no session"
        report = []
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
        runner.run(test, out=report.append, clear_globs=False)
        assert not report, "".join(report)
        namespace = test.globs
    return len(found)


def run_console(text):
    """Run the commands of both packages that ``console`` blocks show with output; count them."""
    count = 0
    for line, source in blocks(text, "console"):
        for session in re.split(r"^\$ ", source, flags=re.MULTILINE)[1:]:
            command, _, expected = session.partition("\n")
            name, *arguments = shlex.split(command, comments=True)
            if name not in COMMANDS or not expected.strip():
                continue
            main = importlib.import_module(COMMANDS[name]).main
            result = CliRunner().invoke(main, arguments)
            assert result.exit_code == 0, f"line {line}: {command}\n{result.output}"
            assert result.stdout.split() == expected.split(), f"line {line}: {command}"
            count += 1
    return count


def test_python_sessions():
    assert run_python(README.read_text(encoding="utf-8")) >= 3


def test_console_sessions():
    assert run_console(README.read_text(encoding="utf-8")) >= 2


def test_relative_links_lead_somewhere():
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", README.read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (README.parent / target).exists()] == []


def test_a_wrong_output_is_noticed():
    text = "```python\n>>> half = 1 / 2\n```\n\n```python\n>>> half\n0.25\n```\n"
    with pytest.raises(AssertionError, match=r"README\.md:6"):
        run_python(text)
    with pytest.raises(AssertionError, match="weingarten moment 2"):
        run_console("```console\n$ weingarten moment 2\n2/d\n```\n")
