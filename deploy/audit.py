"""`make audit`: known weaknesses of what is locked, and under which licences it comes.

Green means that every package was looked up. What the index could not tell is printed and ends with
2, so that no machine without an advisory index takes silence for health; a finding ends with 1."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

AUDIT_SECONDS = 300.0
FOUND, UNKNOWN = 1, 2
WHERE_IT_ANSWERS = "--where-it-answers"
# Of a longer text the first line names the licence.
LICENCE_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    package: str
    version: str
    advisory: str
    fixed_in: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    looked_up: int
    unknown: tuple[str, ...]
    weaknesses: tuple[Weakness, ...]

    @property
    def status(self) -> int:
        if self.weaknesses:
            return FOUND
        return UNKNOWN if self.unknown or not self.looked_up else 0


def read(report: Mapping[str, Any]) -> Audit:
    """Out of pip-audit's JSON: it counts what it could not look up among what is well."""
    packages: list[Mapping[str, Any]] = report["dependencies"]
    known = [each for each in packages if "skip_reason" not in each]
    return Audit(
        looked_up=len(known),
        unknown=tuple(each["name"] for each in packages if "skip_reason" in each),
        weaknesses=tuple(
            Weakness(
                package=each["name"],
                version=each["version"],
                advisory=found["id"],
                fixed_in=tuple(found["fix_versions"]),
            )
            for each in known
            for found in each["vulns"]
        ),
    )


def lines_of(audit: Audit) -> Iterator[str]:
    for each in audit.weaknesses:
        fixed = ", ".join(each.fixed_in) or "no version yet"
        yield f"{each.package} {each.version}: {each.advisory}, mended in {fixed}"
    yield f"{audit.looked_up} packages looked up, {len(audit.weaknesses)} weaknesses known"
    if audit.status == UNKNOWN:
        yield (
            f"NOT AUDITED: there was no answer about {len(audit.unknown)} packages"
            f" ({', '.join(audit.unknown[:5])}, ...). Run `make audit` where pypi.org answers."
        )


def licences(installed: Iterable[Distribution]) -> dict[str, str]:
    return {each.name: _licence(each) for each in installed}


def _licence(package: Distribution) -> str:
    told = package.metadata
    if "License-Expression" in told:
        return told["License-Expression"]
    named = [
        each.rpartition(" :: ")[2]
        for each in told.get_all("Classifier") or ()
        if each.startswith("License :: ") and not each.endswith("OSI Approved")
    ]
    text = told["License"].strip().partition("\n")[0] if "License" in told else ""
    return " / ".join(named) or text[:LICENCE_LENGTH] or "not told"


def _audited(program: str, lock: Path) -> Audit:
    nothing = Audit(looked_up=0, unknown=("all of them",), weaknesses=())
    command = [program, "-r", str(lock), "--require-hashes", "--disable-pip"]
    try:
        told = subprocess.run(
            [*command, "--progress-spinner", "off", "--format", "json"],
            capture_output=True,
            text=True,
            timeout=AUDIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"no answer within {AUDIT_SECONDS:g} s", file=sys.stderr)
        return nothing
    if not told.stdout.strip():
        # It ends so where nothing answers at all: then nothing was looked up.
        print(told.stderr[-2000:], file=sys.stderr)
        return nothing
    return read(json.loads(told.stdout))


def main(arguments: list[str]) -> int:
    if arguments == ["licences"]:
        found = licences(distributions())
        for name in sorted(found, key=str.lower):
            print(f"{name}\t{found[name]}")
        for licence, count in Counter(found.values()).most_common():
            print(f"{count:4} {licence}", file=sys.stderr)
        return 0
    program, lock, *more = arguments
    audit = _audited(program, Path(lock))
    print("\n".join(lines_of(audit)))
    if audit.status == UNKNOWN and more == [WHERE_IT_ANSWERS]:
        return 0  # A build machine may have no such index; the line above says that it had none.
    return audit.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
