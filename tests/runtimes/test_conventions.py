"""How a repository says it runs: what is found, what comes first, what is told when nothing is."""

import json
from pathlib import Path

import pytest

from services.scheduler.runtimes.process.convention import NoWay, Plan, plan


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
START = json.dumps({"scripts": {"start": "node x.js"}})
UVICORN = ("sh", "-c", 'exec python -m uvicorn main:app --host 0.0.0.0 --port "$PORT"')


@pytest.mark.parametrize(
    ("files", "command", "expected"),
    [
        (
            {"Procfile": "web: a; b\n", "app.py": ""},
            "echo $PORT",
            Plan(command=("sh", "-c", "echo $PORT"), how="command"),
        ),
        (
            {"Procfile": "worker: x\nweb: a; b $PORT \n", "app.py": ""},
            None,
            Plan(command=("sh", "-c", "a; b $PORT"), how="Procfile"),
        ),
        ({"app.py": "print(1)"}, None, Plan(command=("python", "app.py"), how="app.py")),
        (
            {"server.py": "", "requirements.txt": "# none\n\n"},
            None,
            Plan(command=("python", "server.py"), how="server.py"),
        ),
        (
            {"main.py": "", "requirements.txt": "six\n"},
            None,
            Plan(
                command=("python", "main.py"),
                how="main.py",
                python=("-r", "requirements.txt", "--"),
            ),
        ),
        (
            {"main.py": FASTAPI, "requirements.txt": "fastapi==1\nuvicorn[standard]\n"},
            None,
            Plan(
                command=UVICORN,
                how="uvicorn main:app",
                python=("-r", "requirements.txt", "--"),
            ),
        ),
        (
            {"main.py": FASTAPI, "pyproject.toml": '[project]\ndependencies = ["fastapi>1"]\n'},
            None,
            Plan(command=UVICORN, how="uvicorn main:app", python=("--", "fastapi>1", "uvicorn")),
        ),
        (
            {
                "main.py": FASTAPI + 'if __name__ == "__main__":\n    import uvicorn\n',
                "requirements.txt": "fastapi\n",
            },
            None,
            Plan(
                command=("python", "main.py"),
                how="main.py",
                python=("-r", "requirements.txt", "--"),
            ),
        ),
        (
            {"pyproject.toml": '[project.scripts]\nserve = "x:y"\n[build-system]\n'},
            None,
            Plan(command=("serve",), how="pyproject.toml script", python=("--", ".")),
        ),
        (
            {"package.json": START},
            None,
            Plan(command=("npm", "start", "--silent"), how="npm start"),
        ),
        (
            {"package.json": json.dumps({"dependencies": {"x": "1"}}), "index.js": ""},
            None,
            Plan(command=("node", "index.js"), how="node index.js", node=True),
        ),
    ],
)
def test_the_first_convention_found_decides(
    tmp_path: Path, files: dict[str, str], command: str | None, expected: Plan
) -> None:
    assert plan(tree(tmp_path, files), command) == expected


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({}, "no way to run: no command"),
        ({"Dockerfile": "FROM x"}, "Dockerfile"),
        ({"pyproject.toml": "not toml ["}, "pyproject.toml"),
        ({"package.json": "{"}, "package.json"),
        ({"Procfile": "x" * (1024 * 1024 + 1)}, "larger than 1 MiB"),
    ],
)
def test_what_cannot_be_run_is_told_in_words(
    tmp_path: Path, files: dict[str, str], word: str
) -> None:
    answer = plan(tree(tmp_path, files), None)
    assert isinstance(answer, NoWay)
    assert word in answer.reason


def test_no_file_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("web: from outside\n")
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "Procfile").symlink_to(tmp_path / "secret")
    assert isinstance(plan(repository, None), NoWay)


def test_without_a_repository_a_command_is_enough_and_nothing_is_not() -> None:
    assert plan(None, "sleep 1") == Plan(command=("sh", "-c", "sleep 1"), how="command")
    assert isinstance(plan(None, None), NoWay)
