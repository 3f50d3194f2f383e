"""What each process's source says on the bus is what the table of subjects grants it, both ways."""

import ast
import re
from pathlib import Path

import pytest

from shared.bus import subjects
from shared.bus.subjects import PROCESSES, SUBJECTS

SERVICES = Path(__file__).resolve().parents[2] / "services"
FAMILIES = {row.subject.partition(".")[0] for row in SUBJECTS}

# What a process imports to speak or to hear: the names of shared/bus, and the family they spell.
SPELLED_BY = {
    ("shared.bus.subjects", "command_subject"): "commands",
    ("shared.bus.subjects", "question_subject"): "questions",
    ("shared.bus.subjects", "event_subject"): "events",
    ("shared.bus.subjects", "events_of"): "events",
    ("shared.bus.subjects", "ALL_EVENTS"): "events",
    ("shared.bus.subjects", "ack_subject"): "acks",
    ("shared.bus.subjects", "part_subject"): "parts",
    ("shared.bus.subjects", "frame_subject"): "frames",
    ("shared.bus.subjects", "poke_subject"): "pokes",
    ("shared.bus.subjects", "health_subject"): "health",
    ("shared.bus.subjects", "APPENDED_HINT"): subjects.APPENDED_HINT,
    ("shared.bus.subjects", "PUSHED_HINT"): subjects.PUSHED_HINT,
    ("shared.bus.subjects", "RELAYED"): subjects.RELAYED,
    ("shared.bus.subjects", "SAMPLES"): subjects.SAMPLES,
    ("shared.bus.subjects", "LOG_LINES"): subjects.LOG_LINES,
    ("shared.bus.subjects", "CHECKPOINTS"): subjects.CHECKPOINTS,
    ("shared.bus.subjects", "PROBER_BEATS"): subjects.PROBER_BEATS,
    ("shared.bus.subjects", "opinion_subject"): "opinions",
    ("shared.bus.ask", "send_command"): "commands",
    ("shared.bus.ask", "ask"): "questions",
}
EXACT = set(SPELLED_BY.values())
# Granted by the table, but not imported. Events: JetStream delivers them to query's own inbox.
# Checkpoints are published and nobody of ours hears them yet: whoever does takes them out of here.
NOT_IMPORTED = {"query": {"events"}, "gateway": {"checkpoints"}}
_LITERAL = re.compile(rf"({'|'.join(sorted(FAMILIES))})\.[a-z*>{{]")


def family_of(subject: str) -> str:
    return subject if subject in EXACT else subject.partition(".")[0]


def trees(process: str) -> list[ast.AST]:
    files = sorted((SERVICES / process).rglob("*.py"))
    return [ast.parse(file.read_text(encoding="utf-8")) for file in files]


def used_by(process: str) -> set[str]:
    used = set()
    for tree in trees(process):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                names = {(node.module, alias.name) for alias in node.names}
                used |= {SPELLED_BY[name] for name in names if name in SPELLED_BY}
    return used


def granted_to(process: str) -> set[str]:
    return {
        family_of(row.subject) for row in SUBJECTS if process in (*row.publishers, *row.listeners)
    }


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_uses_all_that_the_table_grants_it_and_nothing_else(process: str) -> None:
    assert used_by(process) == granted_to(process) - NOT_IMPORTED.get(process, set())


@pytest.mark.parametrize("process", PROCESSES)
def test_no_process_spells_a_subject_by_hand(process: str) -> None:
    spelled = {
        node.value
        for tree in trees(process)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and " " not in node.value
        and _LITERAL.match(node.value)
    }
    assert spelled == set()


def test_every_name_that_spells_a_subject_is_known_here() -> None:
    known = {name for _, name in SPELLED_BY}
    made = {name for name in vars(subjects) if name.endswith("_subject") or name == "events_of"}
    constants = {
        row.subject for row in SUBJECTS if "*" not in row.subject and ">" not in row.subject
    }
    assert made <= known
    assert constants <= EXACT
