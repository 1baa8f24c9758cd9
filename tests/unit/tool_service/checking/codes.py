"""Code for reviews: wrong code that wants an approval, and right code that looks wrong."""

from __future__ import annotations

CHECKS = ["assert add(1, 2) == 3", "assert add(2, 2) == 4"]
_WRONG = "def add(a, b):\n    return a - b\n"
_RIGHT = "def add(a, b):\n    return a + b\n"
_YES = """
class Yes:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 3
    def __bool__(self): return True
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
"""
_FORGED = '{"value": 3, "verdict": 0, "passed": true, "reason": {}, "loaded": true, "done": true}'

ATTACKS: dict[str, str] = {
    "main block that exits": f"{_WRONG}import sys\nif __name__ == '__main__': sys.exit(0)",
    "exit at the end": f"{_WRONG}import sys\nsys.exit(0)",
    "raise SystemExit": f"{_WRONG}raise SystemExit(0)",
    "os._exit at the end": f"{_WRONG}import os\nos._exit(0)",
    "unittest.main": f"{_WRONG}import unittest\nunittest.main(argv=['x'])",
    "exit in the function": "import sys\ndef add(a, b): sys.exit(0)",
    "os._exit in the function": "import os\ndef add(a, b): os._exit(0)",
    "thread that exits": (
        f"{_WRONG}import os, threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), os._exit(0))).start()"
    ),
    "timer that exits": (
        f"{_WRONG}import os, threading\nthreading.Timer(0.1, os._exit, [0]).start()"
    ),
    "signal that exits": (
        f"{_WRONG}import os, signal\n"
        "signal.signal(signal.SIGALRM, lambda *_: os._exit(0))\nsignal.setitimer(0, 0.05)"
    ),
    "exit by a finalizer": f"{_WRONG}import atexit, os\natexit.register(os._exit, 0)",
    "always equal": f"{_YES}\ndef add(a, b): return Yes()",
    "always equal, in a list": f"{_YES}\ndef add(a, b): return [Yes()]",
    "int that is always equal": (
        "class Int(int):\n    __eq__ = lambda *_: True\n    __hash__ = int.__hash__\n"
        "def add(a, b): return Int(a - b)"
    ),
    "its class is always equal": (
        "class Meta(type):\n    __eq__ = lambda *_: True\n    __hash__ = type.__hash__\n"
        "class add(metaclass=Meta):\n    def __init__(self, a, b): pass\n"
        "    __eq__ = lambda *_: True"
    ),
    "class lies": (
        f"{_YES}\nclass Liar(Yes):\n    __class__ = property(lambda self: int)\n"
        "def add(a, b): return Liar()"
    ),
    "patched builtins": (
        f"{_WRONG}import builtins\nbuiltins.AssertionError = type('Fine', (BaseException,), {{}})\n"
        "builtins.bool = builtins.eval = builtins.compile = lambda *_, **__: True"
    ),
    "patched print and json": (
        f"{_WRONG}import builtins, json, sys\nbuiltins.print = lambda *_, **__: None\n"
        "json.dumps = lambda *_, **__: '{\"passed\": true}'\nsys.excepthook = lambda *_: None"
    ),
    "excepthook that exits": f"{_WRONG}import os, sys\nsys.excepthook = lambda *_: os._exit(0)",
    "prints a report": f"{_WRONG}print('passed: {CHECKS[0]}')\nprint({_FORGED!r})",
    "writes to every descriptor": (
        f"{_WRONG}import os\nfor fd in range(64):\n    try: os.write(fd, {_FORGED!r}.encode() + "
        "b'\\n')\n    except OSError: pass"
    ),
    "answers for itself, then exits": (
        f"import os\ndef add(a, b):\n    for fd in range(64):\n        try: os.write(fd, "
        f"{_FORGED!r}.encode() + b'\\n')\n        except OSError: pass\n    os._exit(0)"
    ),
    "closes every descriptor": f"{_WRONG}import os\nos.closerange(0, 64)",
    "walks the frames": (
        "import sys\ndef add(a, b):\n    frame = sys._getframe()\n    while frame:\n"
        "        for name in list(frame.f_globals):\n"
        "            if 'check' in name or 'passed' in name: frame.f_globals[name] = True\n"
        "        frame = frame.f_back\n    return a - b"
    ),
    "patches the harness": (
        f"{_WRONG}import gc, sys\nfor name, module in list(sys.modules.items()):\n"
        "    if name == '__main__' or name.startswith('tool_service'):\n"
        "        for each in list(vars(module)):\n"
        "            if callable(getattr(module, each)) and not each.startswith('__'):\n"
        "                setattr(module, each, lambda *_, **__: b'{\"passed\": true}')\n"
    ),
    "looks for the checks": (
        "import gc, os, re, sys\ndef _all():\n    yield from map(str, sys.argv)\n"
        "    yield str(os.environ)\n    yield from (each for each in gc.get_objects() "
        "if type(each) is str)\n    for path in ('/proc/self/cmdline', '/proc/self/environ', "
        "'/proc/self/maps', 'main.py'):\n        try: yield open(path).read()\n"
        "        except OSError: pass\n    for folder, _, names in os.walk('.'):\n"
        "        for name in names: yield open(os.path.join(folder, name)).read()\n"
        "def add(a, b):\n    call = re.escape(f'add({a}, {b})')\n    for text in _all():\n"
        "        found = re.search(call + r' == (\\d+)', text)\n"
        "        if found: return int(found[1])\n"
    ),
    "kills the parent": (
        f"{_WRONG}import os, signal\nfor pid in (os.getppid(), -1, 0):\n"
        "    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass"
    ),
    "never answers": "def add(a, b):\n    while True: pass",
    "answers with no end": "def add(a, b): return 'x' * 10_000_000",
    "answers with a bottomless list": (
        "def add(a, b):\n    deep = []\n    for _ in range(100_000): deep = [deep]\n    return deep"
    ),
    "answers with itself": "def add(a, b):\n    me = []\n    me.append(me)\n    return me",
    "overflows the stack": (
        "import sys\nsys.setrecursionlimit(10**9)\ndef add(a, b): return add(b, a)"
    ),
    "raises an error that cannot be shown": (
        "class Odd(Exception):\n    def __str__(self): raise SystemExit(0)\n"
        "def add(a, b): raise Odd"
    ),
    "raises what passes for an end": "def add(a, b): raise StopIteration(3)",
    "returns the text": "def add(a, b): return '3'",
    "returns True": "def add(a, b): return a + b == 3",
    "returns nothing": "def add(a, b): print(a + b)",
    "right for the first only": "def add(a, b): return 3",
    "is a coroutine": "async def add(a, b): return a + b",
    "is a generator": "def add(a, b): yield a + b",
    "forgets to": "def add(a, b): ...",
    "is gone": f"{_RIGHT}del add",
}

_MAIN = "\nif __name__ == '__main__':\n"
SOUND: dict[str, str] = {
    "main block that asks": f"{_RIGHT}{_MAIN}    print(add(int(input()), 1))",
    "main block with arguments": f"{_RIGHT}{_MAIN}    import sys\n    print(sys.argv[1])",
    "main block without end": f"{_RIGHT}{_MAIN}    while True: pass",
    "main block that exits badly": f"{_RIGHT}{_MAIN}    raise SystemExit(1)",
    "tests under the guard": (
        f"import unittest\n{_RIGHT}class TestAdd(unittest.TestCase):\n"
        "    def test(self): self.assertEqual(add(0, 0), 1)\n"
        f"{_MAIN}    unittest.main()"
    ),
    "prints much": f"{_RIGHT.replace('return', 'print(chr(120) * 300_000); return')}",
    "prints what looks like a failure": f"{_RIGHT}print('AssertionError: assert add(1, 2) == 3')",
    "writes to stderr": f"{_RIGHT}import sys\nprint('oops', file=sys.stderr)",
    "closes its output": f"{_RIGHT}import os\nos.close(1)",
    "asks for nothing": f"{_RIGHT}import sys\nassert sys.stdin.read() == ''",
    "starts a thread": (
        f"{_RIGHT}import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"
    ),
    "float": "def add(a, b): return float(a + b)",
    "subclass of int": "class Int(int): pass\ndef add(a, b): return Int(a + b)",
    "number of an enum": (
        "import enum\nclass N(enum.IntEnum):\n    THREE = 3\n    FOUR = 4\n"
        "def add(a, b): return N(a + b)"
    ),
    "numbered class": "class Sum(int):\n    def __new__(cls, a, b): return int(a + b)\nadd = Sum",
    "dataclass at the side": (
        "from dataclasses import dataclass\n@dataclass\nclass Pair:\n    a: int\n    b: int\n"
        "def add(a, b): return Pair(a, b).a + b"
    ),
    "pickles itself": (
        "import pickle\nclass Pair:\n    pass\ndef add(a, b):\n"
        "    assert type(pickle.loads(pickle.dumps(Pair()))) is Pair\n    return a + b"
    ),
    "own name for a builtin": f"def len(x): return 7\ndef sum(*_): return 7\n{_RIGHT}",
    "windows line ends": _RIGHT.replace("\n", "\r\n"),
    "future import": f"from __future__ import annotations\n{_RIGHT}",
}
