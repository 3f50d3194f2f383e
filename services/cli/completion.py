"""`chronoplane completion`: words for the shell.

Verbs and options are in the script; names of services are asked for while somebody types, and where
nobody answers at once, there are none."""

import argparse

from services.cli import options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.verb import Exit, Verb

NAMES_SECONDS = 0.3
NAMES_MAX = 100

EXAMPLES = """\
  source <(chronoplane completion bash)
  source <(chronoplane completion zsh)
  chronoplane completion fish > ~/.config/fish/completions/chronoplane.fish"""

_BASH = """\
_chronoplane() {
    local current=${COMP_WORDS[COMP_CWORD]} words=""
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="@VERBS@"
    else
        case "${COMP_WORDS[1]}" in
@CASES@
        esac
        case "$current" in
            -*) ;;
            *) case "${COMP_WORDS[1]}" in
                   @NAMED@) words="$words $(chronoplane completion names 2>/dev/null)" ;;
               esac ;;
        esac
    fi
    COMPREPLY=( $(compgen -W "$words" -- "$current") )
    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=( $(compgen -f -- "$current") )
}
complete -F _chronoplane chronoplane
"""


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.project(parser)
    parser.add_argument("shell", choices=("bash", "zsh", "fish", "names"))


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    if chosen.shell == "names":
        return _names(chosen, output)
    from services.cli.registry import VERBS

    words = {verb.name: words_of(verb) for verb in VERBS}
    script = fish(words, VERBS) if chosen.shell == "fish" else bash(words)
    if chosen.shell == "zsh":
        script = "autoload -U +X bashcompinit && bashcompinit\n" + script
    print(script, end="", file=output.out)
    return Exit.DONE


def _names(chosen: argparse.Namespace, output: Output) -> Exit:
    """Without a word where that fails: an error would land in the line that somebody types."""
    try:
        query = {"project": chosen.project, "per_page": NAMES_MAX}
        got = Server.of(chosen).get("/ops/v1/services", query, seconds=NAMES_SECONDS)
    except Refused as refused:
        return refused.exit
    for one in got.document["data"]:
        print(one["slug"], file=output.out)
    return Exit.DONE


def words_of(verb: Verb) -> list[str]:
    """Its actions and options, as its parser knows them."""
    told = {
        flag
        for option in _arguments_of(verb)
        for flag in option.option_strings
        if option.help != argparse.SUPPRESS
    }
    return [*(action.name for action in verb.actions), *sorted({*told, "--json", "--help"})]


def takes_service(verb: Verb) -> bool:
    return any(argument.dest == "service" for argument in _arguments_of(verb))


def _arguments_of(verb: Verb) -> list[argparse.Action]:
    found: list[argparse.Action] = []
    for one in verb.actions or (verb,):
        parser = argparse.ArgumentParser(add_help=False)
        one.add_arguments(parser)
        found += parser._actions  # The only place where argparse tells what it knows.
    return found


def bash(words: dict[str, list[str]]) -> str:
    from services.cli.registry import VERBS

    cases = "\n".join(
        f'            {name}) words="{" ".join(of)}" ;;' for name, of in words.items()
    )
    named = "|".join(verb.name for verb in VERBS if takes_service(verb))
    return (
        _BASH.replace("@VERBS@", " ".join(words))
        .replace("@CASES@", cases)
        .replace("@NAMED@", named)
    )


def fish(words: dict[str, list[str]], verbs: tuple[Verb, ...]) -> str:
    lines = ["complete -c chronoplane -f"]
    for verb in verbs:
        summary = verb.summary.replace("'", "\\'")
        lines.append(
            f"complete -c chronoplane -n __fish_use_subcommand -a {verb.name} -d '{summary}'"
        )
        under = f"complete -c chronoplane -n '__fish_seen_subcommand_from {verb.name}'"
        for word in words[verb.name]:
            if word.startswith("--"):
                lines.append(f"{under} -l {word[2:]}")
            elif word.startswith("-"):
                lines.append(f"{under} -s {word[1:]}")
            else:
                lines.append(f"{under} -a {word}")
        if takes_service(verb):
            lines.append(f"{under} -a '(chronoplane completion names 2>/dev/null)'")
    return "\n".join(lines) + "\n"


COMPLETION = Verb(
    name="completion",
    summary="Completion of verbs, options and services for bash, zsh or fish.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
