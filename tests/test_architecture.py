"""The rules of the architecture: permitted imports, and the modules that a function loads."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("chalicelib/**/*.py"), *ROOT.glob("image_processing/**/*.py"), ROOT / "app.py"])
OTHERS = ("scripts", "samples", "benchmarks", "tests")
ALL = sorted([*SOURCES, *(path for folder in OTHERS for path in ROOT.glob(f"{folder}/**/*.py"))])

COMMANDS = "chalicelib.commands"
"""The package of the programs, on top of all others: they may import everything, and nothing imports them."""
BASE = {f"chalicelib.{name}" for name in ("aws", "cache", "config", "logs", "texts")}
"""What every layer may import."""

# A package and what of ours it may import. The longest prefix that fits a module decides.
MAY_IMPORT = {
    "app": {"chalicelib"},
    "image_processing": {"image_processing"},
    "image_processing.colour": {"image_processing.colour"},
    "image_processing.analysis": {"image_processing.analysis", "image_processing.colour"},
    "image_processing.recognition": {"image_processing.recognition", "image_processing.colour"},
    "image_processing.theme": {"image_processing.theme", "image_processing.colour"},
    "image_processing.pictures": {
        "image_processing.pictures",
        "image_processing.theme",
        "image_processing.colour",
    },
    "chalicelib.config": set(),
    "chalicelib.logs": set(),
    "chalicelib.cache": set(),
    "chalicelib.texts": set(),
    "chalicelib.aws": {"chalicelib.config"},
    "chalicelib.queues": {"chalicelib.aws"},
    "chalicelib.presigned": {"chalicelib.aws", "chalicelib.config"},
    "chalicelib.db": {"chalicelib.db", *BASE},
    "chalicelib.storage": {"chalicelib.db.keys", "image_processing", *BASE},
    "chalicelib.catalogue": {
        "chalicelib.catalogue",
        "chalicelib.storage",  # where a recount keeps its place
        "chalicelib.queues",  # where the stream's poison records go
        "chalicelib.db",
        "image_processing.colour",
        "image_processing.countries",
        "image_processing.thumbnail_sizes",
        *BASE,
    },
    "chalicelib.processing": {
        "chalicelib.processing",
        "chalicelib.extensions",
        "chalicelib.catalogue",
        "chalicelib.storage",
        "chalicelib.db",
        "chalicelib.queues",
        "image_processing",
        *BASE,
    },
    "chalicelib.extensions": {
        "chalicelib.extensions",
        "chalicelib.catalogue.index",
        "chalicelib.queues",
        "chalicelib.db",
        "image_processing.theme",
        *BASE,
    },
    "chalicelib.extensions.data_analytics": {
        "chalicelib.extensions.data_analytics",
        "chalicelib.catalogue.index",
        "image_processing.countries",
        *BASE,
    },
    "chalicelib.extensions.machine_learning": {
        "chalicelib.extensions.machine_learning",
        "chalicelib.catalogue.index",
        "chalicelib.storage",
        "chalicelib.queues",
        "chalicelib.jobs",
        "chalicelib.db",
        "image_processing.errors",
        "image_processing.examine",
        "image_processing.recognition",
        "image_processing.source",
        "image_processing.theme",
        *BASE,
    },
    "chalicelib.api": {
        "chalicelib.api",
        "chalicelib.extensions",
        "chalicelib.presigned",
        "chalicelib.processing.quota",
        "chalicelib.catalogue",
        "chalicelib.db",
        "image_processing.crops",
        "image_processing.enumerations",
        "image_processing.formats",
        "image_processing.thumbhash",
        *BASE,
    },
    "chalicelib.api.designs": {
        "chalicelib.api",
        "chalicelib.db",
        "image_processing.pictures",
        "image_processing.theme",
        *BASE,
    },
    "chalicelib.api.bulk_actions": {
        "chalicelib.api",
        "chalicelib.processing.remove",
        "chalicelib.storage",
        "chalicelib.db",
        *BASE,
    },
    "chalicelib.api.own_account": {
        "chalicelib.api",
        "chalicelib.jobs",
        "chalicelib.catalogue.index.usage",
        "chalicelib.db",
        *BASE,
    },
    "chalicelib.api.webhooks": {
        "chalicelib.api",
        "chalicelib.extensions",
        "chalicelib.jobs",
        "chalicelib.db",
        *BASE,
    },
    "chalicelib.api.trash_bin": {
        "chalicelib.api",
        "chalicelib.jobs",
        "chalicelib.catalogue.index.usage",
        "chalicelib.processing.quota",
        "chalicelib.processing.trash",
        "chalicelib.db",
        *BASE,
    },
    "chalicelib.api.file_links": {
        "chalicelib.api",
        "chalicelib.jobs",
        "chalicelib.presigned",
        "chalicelib.storage",
        "chalicelib.catalogue",
        "chalicelib.db",
        *BASE,
    },
    "chalicelib.web": {
        "chalicelib.web",
        "chalicelib.api",
        "chalicelib.extensions.integrations.address_guard",  # limits that words name
        "chalicelib.extensions.integrations.webhooks",
        "chalicelib.catalogue.index.palettes",
        "chalicelib.storage",
        "chalicelib.db.annotation_codec",
        "chalicelib.db.keys",
        "image_processing.blurred_parts",
        "image_processing.countries",
        *BASE,
    },
    "chalicelib.events": {
        "chalicelib.events",
        "chalicelib.extensions",
        "chalicelib.jobs",
        "chalicelib.processing",
        "chalicelib.catalogue",
        "chalicelib.storage",
        "chalicelib.db",
        "chalicelib.queues",
        "image_processing.errors",
        *BASE,
    },
    "chalicelib.routes": {
        "chalicelib.routes",
        "chalicelib.web",
        "chalicelib.extensions",
        "chalicelib.api",
        "chalicelib.jobs",
        "chalicelib.presigned",
        "chalicelib.processing",
        "chalicelib.catalogue",
        "chalicelib.storage",
        "chalicelib.db",
        "chalicelib.queues",
        "image_processing.formats",
        "image_processing.theme",
        "image_processing.pictures",
        "image_processing.version",
        *BASE,
    },
    "chalicelib.jobs": {"chalicelib.db", *BASE},
    COMMANDS: {"chalicelib"},
    "chalicelib.offline": {"chalicelib", "image_processing.recognition"},  # whether there are models
}

ZONES = {"tzfpy", "tzdata", "zoneinfo"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the modules a file imports, wherever in it, for types too; relative imports are resolved."""
    tree = ast.parse(path.read_text())
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], *([base] if base else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return frozenset(found)


def covers(prefix: str, name: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_go_one_way(path: Path) -> None:
    """A module imports only modules that its layer allows."""
    module = module_name(path)
    rule = max((prefix for prefix in MAY_IMPORT if covers(prefix, module)), key=len, default=None)
    if module == "chalicelib":
        return
    assert rule is not None, f"{module} has no place in the house: give it one in MAY_IMPORT"
    ours = {name for name in imports(path) if covers("chalicelib", name) or covers("image_processing", name)}
    strangers = {name for name in ours if not any(covers(allowed, name) for allowed in MAY_IMPORT[rule])}
    assert not strangers


def test_only_commands_import_commands() -> None:
    """They stand on top of all other parts."""
    below = [path for path in SOURCES if not covers(COMMANDS, module_name(path))]
    assert not [path for path in below if any(covers(COMMANDS, name) for name in imports(path))]


def pairs() -> Iterator[tuple[str, str]]:
    """Yield each module of the project with each other that it imports."""
    modules = {module_name(path) for path in ALL}
    for path in ALL:
        for name in imports(path):
            imported = name if name in modules else name.rpartition(".")[0]
            if imported in modules and imported != module_name(path):
                yield module_name(path), imported


def circles(imported: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return by package a circle of imports between its modules and packages; its own `__init__` is one of them.

    No circle of modules escapes: in the innermost package that has all of them, it leads from part to part.
    """
    packages: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one, other in imported:
        names, others = [*one.split("."), "__init__"], [*other.split("."), "__init__"]
        depth = next(number for number, (a, b) in enumerate(zip(names, others, strict=False)) if a != b)
        packages[".".join(names[:depth])][names[depth]].add(others[depth])
    found = {}
    for package, graph in packages.items():
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            found[package] = error.args[1]
    return found


@pytest.mark.medium
def test_no_imports_go_in_a_circle() -> None:
    """Neither of modules nor of packages, in the whole project, those for types included."""
    assert circles(pairs()) == {}


@pytest.mark.parametrize(
    ("imported", "packages"),
    [
        ([("a.x", "a.y"), ("a.y", "b.z"), ("a.x", "b.z")], []),
        ([("a.x", "a.y"), ("a.y", "a.x")], ["a"]),
        ([("a.x", "a.y"), ("a.y", "a.z"), ("a.z", "a.x"), ("a.z", "b")], ["a"]),
        ([("a.x", "b.x"), ("b.y", "a.y")], [""]),  # of packages, though not of modules
        ([("a.b.x", "a.y"), ("a.z", "a.b.w")], []),  # a package between two modules of the package it lies in
        ([("a.b.x", "a.y"), ("a.y", "a.b.w")], ["a"]),
        ([("a", "a.x"), ("a.x", "a.y")], []),
        ([("a", "a.x"), ("a.x", "a")], ["a"]),
        ([("a.b", "a.b.x"), ("a.b.x", "a"), ("a.y", "a.b")], []),
        ([("a", "a.b.x"), ("a.b.x", "a")], ["a"]),
    ],
)
def test_circles_are_found(imported: list[tuple[str, str]], packages: list[str]) -> None:
    """In the innermost package that has all their modules."""
    assert list(circles(imported)) == packages


def test_types_count_as_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So do imports within functions, and relative ones."""
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    file = tmp_path / "a" / "x.py"
    file.parent.mkdir()
    types = "if TYPE_CHECKING:\n    from b.c import D\n"
    file.write_text(f"{types}def f():\n    import e\n    from . import y\n    from .z import w\n")
    assert imports(file) == {"b.c.D", "e", "a.y", "a.z.w"}


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_only_the_offline_package_imports_moto_and_boto3(path: Path) -> None:
    """Nothing of moto reaches a stage on AWS, nor of boto3, which costs a cold start 20 ms on top of botocore."""
    if not covers("chalicelib.offline", module_name(path)):
        assert not {name for name in imports(path) if covers("moto", name) or covers("boto3", name)}


def loaded(statement: str, **environment: str) -> set[str]:
    """Return the modules that a fresh process has loaded after a statement."""
    script = f"{statement}\nimport sys; print('\\n'.join(sys.modules))"
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JANUS_", "CHALICE"))
    }
    answer = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**clean, "AWS_DEFAULT_REGION": "us-east-1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(answer.stdout.split())


@pytest.mark.medium
def test_the_api_function_loads_no_pixels_and_no_emulator() -> None:
    """Importing the app costs no Pillow, NumPy, moto, boto3 or cryptography, nor what only other functions do."""
    heavy = {"PIL", "numpy", "pillow_heif", "moto", "chalicelib.offline", "boto3", "jwt", "cryptography"}
    heavy |= {"image_processing.time_zones", "image_processing.place_names", *ZONES}
    heavy |= {"onnxruntime", "zxingcpp"}
    heavy |= {"chalicelib.api.presenters.accessibility", "chalicelib.api.presenters.explained_page"}
    heavy |= {"chalicelib.api.presenters.crops", "image_processing.crops"}
    heavy |= {
        "chalicelib.catalogue.index.stream_consumer",
        "chalicelib.catalogue.repair.recount_owner",
        "chalicelib.processing.delete_account",
    }
    heavy |= {"chalicelib.processing.backfill", "chalicelib.processing.extract", "chalicelib.processing.publish"}
    meaning = "chalicelib.api.search_by_meaning"
    searching = {meaning, "chalicelib.extensions.machine_learning.embeddings"}
    assert not loaded("import app", JANUS_STAGE="prod") & (heavy | searching)
    assert not loaded(f"import app, {meaning}", JANUS_STAGE="prod") & {"PIL", "numpy", "onnxruntime"}


@pytest.mark.medium
def test_packaging_never_goes_offline() -> None:
    """`chalice package` and `deploy` import the app without the offline package, on the offline stage too."""
    modules = loaded("import app", AWS_CHALICE_CLI_MODE="true", JANUS_STAGE="dev", JANUS_OFFLINE="true")
    assert not modules & {"moto", "chalicelib.offline"}


def test_the_library_stands_alone() -> None:
    """`image_processing` reads metadata without AWS, Chalice or Pillow."""
    modules = loaded("import image_processing.metadata, image_processing.source")
    assert not modules & {"chalice", "chalicelib", "boto3", "botocore", "PIL", "numpy", "piexif"}


@pytest.mark.medium
def test_zones_are_loaded_for_a_position_alone() -> None:
    """Their boundaries take 34 MB, and most images have none."""
    read = "from image_processing import metadata, source; metadata.read(source.BytesSource({!r}))"
    nowhere, somewhere = (samples.jpeg(), samples.photo())
    assert not loaded(read.format(nowhere)) & ZONES
    assert {"tzfpy"} <= loaded(read.format(somewhere))


@pytest.mark.medium
def test_pixels_are_touched_in_the_sandbox_alone() -> None:
    """The function that extracts loads neither Pillow nor NumPy: only the process that it has decode does."""
    modules = loaded("import chalicelib.processing.extract, image_processing.examine", IMAGES_BUCKET="bucket")
    assert not modules & {"PIL", "numpy", "pillow_heif", "image_processing.decode"}


def test_themes_and_pictures_need_the_standard_library_alone() -> None:
    """Files that the API function derives on request need no array library and no decoder."""
    modules = loaded("from image_processing import pictures; from image_processing.theme import exports")
    assert not modules & {"PIL", "numpy", "chalice", "msgspec", "image_processing.metadata", "dataclasses"}


def test_the_sender_of_webhooks_needs_the_standard_library_alone() -> None:
    """It makes its own connections; keys and secrets are loaded where one is used."""
    modules = loaded("from chalicelib.extensions.integrations import sender, signing, vault")
    assert not modules & {"urllib3", "requests", "boto3", "botocore", "cryptography", "pynamodb", "msgspec"}


def test_the_maths_of_the_catalogue_needs_the_standard_library_alone() -> None:
    """Words, places and hues cost no array library, no AWS, and no table until a colour is looked for."""
    modules = loaded("from chalicelib.catalogue.index import colour_cells, geohash, terms")
    heavy = {
        "PIL",
        "numpy",
        "msgspec",
        "boto3",
        "pynamodb",
        "chalicelib.db",
        "chalicelib.catalogue.index.colour_cell_extents",
    }
    assert not modules & heavy


def test_the_vendored_library_is_the_library() -> None:
    """Chalice ships a link to the one source."""
    link = ROOT / "vendor" / "image_processing"
    assert link.is_symlink()
    assert link.resolve() == ROOT / "image_processing"
