"""Repositories below a git base, made and pushed to as a person would, through dulwich."""

from pathlib import Path

from dulwich import porcelain
from dulwich.repo import Repo

AUTHOR = b"Test <test@example.invalid>"


def push(base: Path, name: str, files: dict[str, str], *, branch: str = "main") -> str:
    """Commits these files (None is not a removal: files stay) to `<base>/<name>`; the commit."""
    folder = base / name
    if not (folder / ".git").exists():
        folder.mkdir(parents=True)
        Repo.init(str(folder), default_branch=branch.encode()).close()
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    porcelain.add(str(folder), [str(folder / path) for path in files])
    commit = porcelain.commit(str(folder), message=b"change", author=AUTHOR, committer=AUTHOR)
    return commit.decode()
