"""The statement of a list, cut to what the question asks for.

All SQL is in the file; a line of it that ends in `-- shape: <word>` stays only where the word is
wanted. So each filter and order is planned by itself, along its own index, and no text of a client
ever comes near a statement."""

_MARK = "-- shape: "


def shaped(statement: str, wanted: frozenset[str]) -> str:
    lines = []
    for line in statement.splitlines():
        text, mark, word = line.partition(_MARK)
        if not mark or word in wanted:
            lines.append(text)
    return "\n".join(lines)
