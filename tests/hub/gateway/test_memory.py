"""A memory keeps the newest and forgets the oldest."""

from __future__ import annotations

from hub.gateway.memory import Memory


def test_the_oldest_are_forgotten() -> None:
    memory: Memory[int] = Memory(2)
    for number, name in enumerate("abc"):
        memory.put(name, number)
    assert memory.get("a") is None
    assert (memory.get("b"), memory.get("c")) == (1, 2)
    assert "a" not in memory
    assert "c" in memory
    assert len(memory) == 2


def test_what_is_put_again_is_new() -> None:
    memory: Memory[int] = Memory(2)
    for name in ("a", "b", "a", "c"):
        memory.put(name, 1)
    assert "a" in memory
    assert "b" not in memory
