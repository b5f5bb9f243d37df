"""What a Python task of Skein may want: its context, its output, and its ways to end.

    import skein

    rows = skein.upstream("extract")["rows"]
    if rows == 0:
        raise skein.Skip("nothing to load")
    skein.output({"loaded": rows, "day": skein.params["day"]})

It needs nothing but the standard library (Python 3.8 or newer), and every Python task can import it.
Run as a program, it calls a function: `skein.py CALL_FILE`, where the file holds JSON with `name`
("package.module:function"), `args` and `kwargs`.
"""

import json
import os
import sys

__all__ = ["Fail", "Retry", "Skip", "context", "output", "upstream"]

_context = None


def context():
    """All that the task was told: runId, taskId, mapIndex, attempt, token, logicalDate,
    dataInterval, params, item, trigger, upstream... See the guide about tasks."""
    global _context
    if _context is None:
        with open(os.environ["SKEIN_CONTEXT"], encoding="utf-8") as file:
            _context = json.load(file)
    return _context


def upstream(task=None):
    """The output of a task directly upstream; without a name, all of them by name.

    The list of a mapped task has one element for each instance. A task that wrote no output gives
    None; so does one that is not there."""
    outputs = context()["upstream"]
    return outputs if task is None else outputs.get(task)


def output(value):
    """Makes the value, as JSON, the output of the task. The last call counts."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    with open(os.environ["SKEIN_OUTPUT"], "w", encoding="utf-8") as file:
        file.write(text)


class _Ending(SystemExit):
    """Ends the task by its exit code. No `except Exception` stops it on its way."""

    exit_code = 1

    def __init__(self, reason=""):
        super().__init__(self.exit_code)
        self.reason = reason
        if reason:
            print("%s: %s" % (type(self).__name__, reason), file=sys.stderr, flush=True)

    def __str__(self):
        return str(self.reason)


class Skip(_Ending):
    """The task is skipped."""

    exit_code = 101


class Retry(_Ending):
    """The task failed, and another attempt is wanted."""

    exit_code = 99


class Fail(_Ending):
    """The task failed, and another attempt would fail too."""

    exit_code = 100


def __getattr__(name):
    """`params` and `item` of the context, without a call."""
    if name in ("params", "item"):
        return context()[name]
    raise AttributeError("module 'skein' has no attribute %r" % name)


def _call(path):
    """Calls the function that the file names; what it returns is the output."""
    import importlib

    with open(path, encoding="utf-8") as file:
        call = json.load(file)
    # As with `python -m`: the modules of the task's own directory come first.
    sys.path[0] = os.getcwd()
    module, _, names = call["name"].partition(":")
    target = importlib.import_module(module)
    for name in names.split("."):
        target = getattr(target, name)
    value = target(*call["args"], **call["kwargs"])
    if value is not None:
        output(value)


if __name__ == "__main__":
    # By its name, so that the exceptions which tasks raise are of the same classes.
    import skein

    skein._call(sys.argv[1])
