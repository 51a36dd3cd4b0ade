"""The structure of the code in figures: rooms, imports between floors, sizes of modules and functions.

    python benchmarks/house.py

The exit status is 1 where a limit of CONTRIBUTING.md is broken. Standard library only.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
MAX_MODULE, MAX_MEDIAN, LONG = 300, 10, 40
# Names that several modules define in one sense: a reader's fields, found beside its `read`.
IN_ONE_SENSE = {"Options"}
Edges = dict[str, set[str]]


@dataclass(frozen=True)
class Module:
    """One file of the package: its dotted name, its lines, and its syntax."""

    name: str
    num_lines: int
    tree: ast.Module
    is_package: bool = False

    @property
    def room(self) -> str:
        """The folder of the package that it lies in, or its own name where it lies in none."""
        return ".".join(self.name.split(".")[:2])

    @property
    def functions(self) -> dict[str, int]:
        """Lines of every function and method, by name and place."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        found = (node for node in ast.walk(self.tree) if isinstance(node, kinds))
        return {f"{self.name}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1 for node in found}


def read(source: Path) -> list[Module]:
    """All modules of the package in this folder."""
    modules = []
    for path in sorted(source.rglob("*.py")):
        text, parts = path.read_text(encoding="utf-8"), path.relative_to(source.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        modules.append(Module(name, text.count("\n"), ast.parse(text), is_package))
    return modules


def defined(module: Module) -> Iterator[str]:
    """Public classes and types that it defines, and of `core` functions, too; a type variable is none."""
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and module.room.endswith(".core")):
            yield node.name
        elif isinstance(node, ast.Assign) and not ast.unparse(node.value).startswith("TypeVar("):
            names = (target.id for target in node.targets if isinstance(target, ast.Name))
            yield from (name for name in names if name[0].isupper() and not name.isupper())


def defined_again(modules: list[Module]) -> Iterator[str]:
    """Names that mean one thing in one module and another elsewhere, each with its modules.

    Classes and types of all rooms, and functions of any room that `core` has, too.
    """
    homes: Edges = {}
    for module in modules:
        for name in defined(module):
            homes.setdefault(name, set()).add(module.name)
    for module in modules:
        functions = (node.name for node in module.tree.body if isinstance(node, ast.FunctionDef))
        for name in set(functions) & set(homes):
            homes[name].add(module.name)
    for name, places in sorted(homes.items()):
        if len(places) > 1 and not name.startswith("_") and name not in IN_ONE_SENSE:
            yield f"{name} is defined in {' and in '.join(sorted(places))}"


def imports(module: Module, known: set[str]) -> Iterator[str]:
    """The modules of the package that this one imports, within functions too; those for types alone left out."""
    for node in _running(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            for alias in node.names:
                yield from [name for name in (f"{base}.{alias.name}", base) if name in known][:1]


def _base(module: Module, node: ast.ImportFrom) -> str:
    """What is imported from, dots before it resolved."""
    parts = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    above = parts[: len(parts) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from _running(node)


def arrows(modules: list[Module]) -> Edges:
    """Module -> the modules that it imports."""
    known = {module.name for module in modules}
    return {module.name: set(imports(module, known)) - {module.name} for module in modules}


def between_rooms(modules: list[Module], edges: Edges) -> dict[tuple[str, str], int]:
    """How many modules of a room import from another, by both rooms."""
    room = {module.name: module.room for module in modules}
    found: dict[tuple[str, str], int] = {}
    for name, others in edges.items():
        for other in {room[other] for other in others} - {room[name]}:
            found[room[name], other] = found.get((room[name], other), 0) + 1
    return found


def floors(project: Path) -> dict[str, int]:
    """Room -> its floor, counted from the top: the layers that pyproject.toml declares for import-linter."""
    contracts = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {room.strip(): floor for floor, layer in enumerate(layers) for room in layer.replace("|", ":").split(":")}


def upwards(between: dict[tuple[str, str], int], floor: dict[str, int]) -> list[str]:
    """Imports of a room from one that stands above it."""
    return [f"{one} -> {other}" for one, other in between if floor.get(other, 99) < floor.get(one, -1)]


def circle(edges: Edges) -> list[str]:
    """Names that import each other in a circle, or nothing: what is left when all that ends is taken away."""
    left = {name: set(others) for name, others in edges.items()}
    while ends := {name for name, others in left.items() if not others & set(left)}:
        left = {name: others for name, others in left.items() if name not in ends}
    return _walk(left)


def _walk(left: Edges) -> list[str]:
    """One circle, where every name leads to another that is left."""
    path = [min(left)] if left else []
    while path and path[-1] not in path[:-1]:
        path.append(min(left[path[-1]] & set(left)))
    return path[path.index(path[-1]) :] if path else []


def broken(modules: list[Module], floor: dict[str, int]) -> list[str]:
    """The limits that are broken, in words."""
    edges = arrows(modules)
    between = between_rooms(modules, edges)
    rooms: Edges = {module.room: {other for one, other in between if one == module.room} for module in modules}
    told = [f"{module.name} has {module.num_lines} lines" for module in modules if module.num_lines > MAX_MODULE]
    middle = median(_functions(modules).values())
    told += [f"the median function has {middle:g} lines"] if middle > MAX_MEDIAN else []
    told += defined_again(modules)
    told += [f"upwards: {arrow}" for arrow in upwards(between, floor)]
    circles = (circle(rooms), circle(edges))
    return told + [f"circle: {' -> '.join(names)}" for names in circles if names]


def figures(modules: list[Module], floor: dict[str, int]) -> Iterator[str]:
    """What is printed, line by line."""
    between = between_rooms(modules, arrows(modules))
    yield f"{'room':<22} {'floor':>5} {'modules':>7} {'lines':>6}  imports from (modules that do)"
    for room in sorted({module.room for module in modules}, key=lambda room: (floor.get(room, -1), room)):
        inside = [module for module in modules if module.room == room]
        others = ", ".join(f"{other.partition('.')[2]} {num}" for (one, other), num in between.items() if one == room)
        place, lines = floor.get(room, ""), sum(module.num_lines for module in inside)
        yield f"{room:<22} {place:>5} {len(inside):>7} {lines:>6}  {others}"
    sizes = sorted(modules, key=lambda module: -module.num_lines)
    largest = ", ".join(f"{module.name} {module.num_lines}" for module in sizes[:5])
    total, middle = sum(module.num_lines for module in modules), median(module.num_lines for module in modules)
    yield f"modules: {len(modules)}, lines: {total}, median {middle:g}; largest: {largest}"
    lengths = _functions(modules)
    over = {name: num for name, num in lengths.items() if num > LONG}
    yield f"functions: {len(lengths)}, median {median(lengths.values()):g} lines, over {LONG} lines: {len(over)}"
    yield from (f"  {num:>4} {name}" for name, num in sorted(over.items(), key=lambda item: -item[1]))


def _functions(modules: list[Module]) -> dict[str, int]:
    return {name: num for module in modules for name, num in module.functions.items()}


def main(root: Path = ROOT) -> int:
    """Print the figures and the limits that are broken; 1 where there are any."""
    modules, floor = read(root / "src" / "stepstone"), floors(root / "pyproject.toml")
    told = broken(modules, floor)
    for line in (*figures(modules, floor), *(told or ["no circle, no import upwards, no module too long"])):
        print(line)
    return int(bool(told))


if __name__ == "__main__":
    sys.exit(main())
