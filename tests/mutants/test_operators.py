"""The mutants are those that are meant, and the table of targets knows every module."""

from __future__ import annotations

import pytest

from tests.mutants.__main__ import PROJECT, chosen, path, sample
from tests.mutants.operators import mutants
from tests.mutants.targets import LEFT_ALONE, PACKAGES, TARGETS

HEAD = "def f(a, b):\n    "


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("return a >= b", {"a >= b -> (a > b)", "return a >= b -> return None"}),
        ("return a is None", {"a is None -> (a is not None)", "return a is None -> return None"}),
        ("return not a", {"not a -> (a)", "return not a -> return None"}),
        ("return -a", {"-a -> (a)", "return -a -> return None"}),
        ("return a + b", {"a + b -> (a - b)", "return a + b -> return None"}),
        ("return a and b", {"a and b -> (b)", "a and b -> (a)", "return a and b -> return None"}),
        ("return {a: b}", {"{a: b} -> {}", "return {a: b} -> return None"}),
        ("return [a, b]", {"[a, b] -> [b]", "[a, b] -> [a]", "return [a, b] -> return None"}),
        ("return a if b else f", {
            "a if b else f -> (a)", "a if b else f -> (f)", "b -> (not b)", "return a if b else f -> return None",
        }),
        ("return [x for x in a if x]", {"x -> True", "return [x for x in a if x] -> return None"}),
        ("a[b] = 7", {"a[b] = 7 -> pass", "7 -> 8"}),
        ("a.run(True)", {"a.run(True) -> pass", "True -> False"}),
        ("raise ValueError(1)", {"raise ValueError(1) -> pass"}),
        ("yield a", {"yield a -> pass"}),
        ("return True", {"True -> False"}),
        ("return 2.0", {"2.0 -> 3.0"}),
        ("x: int = 1", {"1 -> 2"}),
        ("logger.info('a', 1)", set()),
        ("'A docstring of 1.'", set()),
        ("assert a > b", set()),
        ("return None", set()),
    ],
)  # fmt: skip
def test_a_line_is_made_wrong_in_these_ways(line: str, changes: set[str]) -> None:
    """And in no other; each is the source with one change."""
    found = list(mutants(HEAD + line + "\n"))
    assert {mutant.change for mutant in found} == changes
    assert {mutant.where for mutant in found} <= {"f"}
    assert all(mutant.source != HEAD + line + "\n" and mutant.line == 2 for mutant in found)


def test_mutants_keep_their_order_when_another_function_is_added() -> None:
    """Or when they move down: what survives is known by function and change, and chosen by these."""
    before = list(mutants(HEAD + "return a >= b and a + 1\n"))
    after = list(mutants("def g():\n    return 1\n\n\n" + HEAD + "return a >= b and a + 1\n"))
    names = [(mutant.where, mutant.change) for mutant in before]
    assert {mutant.kind for mutant in before[:4]} == {
        "comparison",
        "condition dropped",
        "constant",
        "returns None",
    }
    assert sorted(names) == sorted((mutant.where, mutant.change) for mutant in after if mutant.where == "f")


def test_the_same_change_twice_in_a_function_has_a_number() -> None:
    """So that each can be known by name."""
    found = {mutant.change for mutant in mutants(HEAD + "return a[1] if b else b[1]\n")}
    assert {"1 -> 2", "1 -> 2 (2)"} <= found


def test_every_module_of_the_packages_has_tests_or_a_reason() -> None:
    """A new module names its tests in the table; one that has gone leaves it."""
    modules = {
        str(file.relative_to(PROJECT).with_suffix("")).replace("/", ".")
        for package in PACKAGES
        for file in (PROJECT / package).glob("**/*.py")
        if file.name != "__init__.py"
    }
    assert modules <= TARGETS.keys() | LEFT_ALONE.keys()
    assert all((PROJECT / path(module)).is_file() for module in TARGETS.keys() | LEFT_ALONE.keys())
    tests = {name for target in TARGETS.values() for name in (*target.pure, *target.real)}
    assert [name for name in tests if not (PROJECT / f"tests/chalicelib/{name}.py").is_file()] == []


@pytest.mark.medium
def test_there_are_enough_and_every_known_survivor_is_among_them() -> None:
    """What is no longer made needs no reason."""
    found = list(chosen())
    assert len(found) >= 120
    made = {(one.module, one.name) for one in found}
    known = {(module, name) for module, target in TARGETS.items() for name in target.known}
    assert known <= made
    assert len(sample(found, 12)) == 12
