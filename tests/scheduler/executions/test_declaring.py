"""What a Dockerfile asks for where no engine builds images, and what is refused with its line."""

import pytest

from services.scheduler.executions.declared import Declared, Undoable, declared


@pytest.mark.parametrize(
    ("text", "packages"),
    [
        ("", ()),
        ("# a comment\n\n", ()),
        ("RUN pip install numpy", ("numpy",)),
        ("run pip3 install --no-cache-dir a==2.0.0 'b>=2,<3'", ("a==2.0.0", "b>=2,<3")),
        ("RUN pip install a && \\\n    pip install b[extra]~=1.0", ("a", "b[extra]~=1.0")),
        ("RUN python -m pip install -U a; pip install b", ("a", "b")),
        ("USER root\nRUN pip install \\\n  a \\\n  b\nUSER app", ("a", "b")),
    ],
)  # fmt: skip
def test_packages_are_found(text: str, packages: tuple[str, ...]) -> None:
    found = declared(text)
    assert isinstance(found, Declared)
    assert found.packages == packages


def test_variables_are_read_in_both_spellings() -> None:
    found = declared('ENV A=1 B="two words"\nENV C three words\n')
    assert isinstance(found, Declared)
    assert dict(found.variables) == {"A": "1", "B": "two words", "C": "three words"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("RUN apt-get update", "only `pip install`"),
        ("RUN pip install a && rm -rf /", "only `pip install`"),
        ("RUN pip install -r requirements.txt", "no package"),
        ("RUN pip install --index-url http://evil.example a", "no package"),
        ("RUN pip install git+https://evil.example/x", "no package"),
        ("RUN pip install ../x", "no package"),
        ("RUN pip install 'a import os'", "no package"),
        ("RUN pip install $(reboot)", "no package"),
        ("COPY . /x", "COPY needs an engine"),
        ("FROM python", "FROM needs an engine"),
        ("RUN pip install 'a", "No closing quotation"),
        ("ENV", "names no variable"),
    ],
)
def test_what_a_directory_cannot_have_is_refused_with_its_line(text: str, says: str) -> None:
    found = declared(f"# first\n{text}")
    assert isinstance(found, Undoable)
    assert found.reason.startswith("line 2, ") and says in found.reason, found.reason
