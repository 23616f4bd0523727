"""The rules of the code base as functions over one parsed module; each returns what it caught."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "phoenix_dr"
SHARED_ADAPTERS = {
    "base",
    "_cluster",
    "_command",
    "_secrets",
    "_http",
    "_idmap",
    "_kube",
    "_kube_access",
    "_lines",
    "_tree",
    "_yaml",
    "_room",
    "_settings",
    "_shut_in",
    # The form of a VM's archive: no engine, read by whoever holds one.
    "vma",
    "_tls",
    "_watch",
}
LAYERS: dict[str, set[str]] = {
    "surfaces": {"app", "render", "codec", "core", "errors"},
    "app": {
        "adapters", "sandboxes", "core", "config", "ledger", "render", "codec", "errors",
    },
    "render": {"core", "errors"},
    "adapters": {"core", "errors"},
    "sandboxes": {"core", "errors"},
    "ledger": {"codec", "core", "errors"},
    "config": {"core", "errors"},
    "codec": {"core", "errors"},
    "core": {"errors"},
    "errors": set(),
    "__main__": {"surfaces"},
    "__init__": set(),
}  # fmt: skip
PURE = {"core", "render"}
NOT_PURE = {
    "os", "io", "subprocess", "socket", "sqlite3", "shutil", "tempfile", "threading", "logging",
    "time", "urllib", "http", "ssl", "signal", "multiprocessing", "asyncio", "glob",
}  # fmt: skip

# What may be named only in some modules: origin of the name -> modules that may.
ONLY_IN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("subprocess", "multiprocessing", "pty", "os.system", "os.popen", "os.fork", "os.forkpty",
         "os.exec*", "os.spawn*", "os.posix_spawn*"),
        ("adapters._command",),
    ),
    **dict.fromkeys(
        ("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today",
         "datetime.date.today", "time.time", "time.time_ns", "time.localtime", "time.strftime"),
        ("app.context",),
    ),
    **dict.fromkeys(
        ("os.environ", "os.environb", "os.getenv", "os.putenv"), ("config", "surfaces.cli.main")
    ),
    **dict.fromkeys(
        ("print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout", "sys.stderr", "SystemExit"),
        ("surfaces", "__main__"),
    ),
    **dict.fromkeys(
        ("socket", "http", "urllib.request", "requests", "httpx", "httpx2", "aiohttp",
         "urllib3"),
        ("adapters._http", "adapters._kube", "adapters._watch"),
    ),
    "ssl": ("adapters._http", "adapters._kube", "adapters._tls"),
    "pydantic": ("config",),
    "ruamel": ("config", "adapters._yaml", "adapters._kube_access"),
}  # fmt: skip
CALLS_ONLY_IN = {"Permit": "core.guard", "Plan": "core.plan", ".perform": "app.apply"}


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its dotted name below phoenix_dr, text and syntax tree."""

    name: str
    text: str
    tree: ast.Module

    @property
    def layer(self) -> str:
        """First part of the name: the row of the layer table."""
        return self.name.split(".", 1)[0]

    @property
    def lines(self) -> int:
        """Number of lines of the file."""
        return len(self.text.splitlines())


def module(name: str, text: str) -> Module:
    """A module from source text; the broken twins are made this way."""
    return Module(name, text, ast.parse(text))


def modules(source: Path) -> Iterator[Module]:
    """Every module of the package below `source`."""
    for path in sorted((source / PACKAGE).rglob("*.py")):
        parts = path.relative_to(source / PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        yield module(name, path.read_text(encoding="utf-8"))


def imports(found: Module) -> Iterator[tuple[str, int]]:
    """Dotted names imported anywhere in the module, with their lines; `from a import b` is a.b."""
    for node in ast.walk(found.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module if node.level == 0 else "RELATIVE"
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def wrong_imports(found: Module) -> list[str]:
    """Imports the layer table does not allow."""
    caught = []
    for name, line in imports(found):
        if name.startswith("RELATIVE"):
            caught.append(f"{found.name}:{line} imports relatively")
        elif name.split(".")[0] == PACKAGE and not _may_import(found, name.split(".")[1:]):
            caught.append(f"{found.name}:{line} imports {name}")
        elif found.layer in PURE and _impure(found, name):
            caught.append(f"{found.name}:{line} is pure and imports {name}")
    return caught


def _may_import(found: Module, name: list[str]) -> bool:
    if not name or name[0] == "__version__":
        return True
    layer = name[0]
    if layer == "adapters" and found.layer in ("adapters", "sandboxes"):
        return _may_import_adapter(found, name[1] if len(name) > 1 else "")
    return layer == found.layer or layer in LAYERS.get(found.layer, set())


def _may_import_adapter(found: Module, wanted: str) -> bool:
    own = found.name.split(".")[1] if found.layer == "adapters" and "." in found.name else None
    registry = found.name == "adapters"
    return registry or wanted in SHARED_ADAPTERS or wanted == own


def _impure(found: Module, name: str) -> bool:
    top = name.split(".")[0]
    if top in NOT_PURE or name == "pathlib.Path":
        return True
    third_party = top != PACKAGE and top not in sys.stdlib_module_names
    return third_party and (found.layer, top) != ("core", "cronsim")


def wrong_names(found: Module) -> list[str]:
    """Uses of a clock, process, environment, output or socket outside the one place for it."""
    caught = []
    for origin, line in origins(found):
        for banned, homes in ONLY_IN.items():
            if _matches(origin, banned) and not _inside(found.name, homes):
                caught.append(f"{found.name}:{line} uses {origin}")
    return sorted(set(caught))


def _matches(origin: str, banned: str) -> bool:
    if banned.endswith("*"):
        return origin.startswith(banned[:-1])
    return origin == banned or origin.startswith(banned + ".")


def _inside(name: str, homes: tuple[str, ...]) -> bool:
    return any(name == home or name.startswith(home + ".") for home in homes)


def origins(found: Module) -> Iterator[tuple[str, int]]:
    """Every name used, as the dotted place it was imported from, with its line."""
    aliases = _aliases(found)
    yield from imports(found)
    for node in ast.walk(found.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            dotted = _dotted(node)
            if dotted:
                first, _, rest = dotted.partition(".")
                if first in aliases or hasattr(builtins, first):
                    origin = aliases.get(first, first)
                    yield (f"{origin}.{rest}" if rest else origin), node.lineno


def _aliases(found: Module) -> dict[str, str]:
    aliases = {}
    for node in ast.walk(found.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                aliases[alias.asname or whole] = whole
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return aliases


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def wrong_calls(found: Module) -> list[str]:
    """Permits, plans and performed actions made outside the one module for each."""
    caught = []
    for node in ast.walk(found.tree):
        if not isinstance(node, ast.Call):
            continue
        for name, home in CALLS_ONLY_IN.items():
            if _called(node.func, name) and found.name != home:
                caught.append(f"{found.name}:{node.lineno} calls {name}(")
    return caught


def _called(function: ast.expr, name: str) -> bool:
    if name.startswith("."):
        return isinstance(function, ast.Attribute) and function.attr == name[1:]
    return _dotted(function).split(".")[-1] == name


def undocumented(found: Module) -> list[str]:
    """The module, and its public classes and functions, that say nothing about themselves."""
    caught = [] if ast.get_docstring(found.tree) else [found.name]
    todo: list[tuple[str, ast.AST]] = [(found.name, found.tree)]
    while todo:
        where, parent = todo.pop()
        for node in ast.iter_child_nodes(parent):
            if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node) and not _explained_elsewhere(node):
                caught.append(f"{where}.{node.name}")
            if isinstance(node, ast.ClassDef):
                todo.append((f"{where}.{node.name}", node))
    return caught


def _explained_elsewhere(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """An overload is explained by its function, a command by its phrases `help.` and `examples.`"""
    calls = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    return any(_dotted(each).split(".")[-1] in ("overload", "command") for each in calls)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(found: Module) -> Iterator[Function]:
    """Every function of the module, nested ones too."""
    return (node for node in ast.walk(found.tree) if isinstance(node, Function))


def function_length(node: Function) -> int:
    """Lines of a function without its docstring and decorators."""
    end = node.end_lineno or node.lineno
    first = node.body[0]
    documented = ast.get_docstring(node) is not None
    return end - node.lineno + 1 - ((first.end_lineno or 0) - first.lineno + 1 if documented else 0)


def parameters(node: Function) -> tuple[int, int]:
    """Number of parameters, and of those that may be given by position; self not counted."""
    every = node.args.posonlyargs + node.args.args
    own = [each for each in every if each.arg not in ("self", "cls")]
    return len(own) + len(node.args.kwonlyargs), len(own)


def percentile(values: list[int], share: float) -> int:
    """Nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(len(ordered) * share * 100) // 100) - 1)] if ordered else 0


def mocks(found: Module) -> int:
    """How often a test replaces a name: setattr on a patch, unittest.mock."""
    replaced = [
        node
        for node in ast.walk(found.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "setattr"
    ]
    return len(replaced) + sum(name.startswith("unittest.mock") for name, _ in origins(found))


Rule = Callable[[Module], list[str]]
