"""Captured output on disk: caps, rotation, and cursors that survive both."""

from pathlib import Path

from services.scheduler.runtimes.process.keeper.log_files import (
    LINE_BYTES_MAX,
    LineSplitter,
    LogWriter,
    names,
    read_after,
)


def writer(folder: Path, **caps: int) -> LogWriter:
    return LogWriter(str(folder / "log"), **{"lines_per_second": 10**6, **caps})


def messages(folder: Path, cursor: int = 0, limit: int = 10**6) -> list[str]:
    return [message for *_, message in read_after(str(folder / "log"), cursor, limit)]


def test_a_reader_goes_on_over_a_rotation(tmp_path: Path) -> None:
    log = writer(tmp_path, file_bytes=200)
    for number in range(10):
        log.write(b"o", b"line %d" % number)
    first = read_after(str(tmp_path / "log"), 0, 4)
    for number in range(10, 20):
        log.write(b"o", b"line %d" % number)
    assert len(names(str(tmp_path / "log"))) > 2
    rest = messages(tmp_path, first[-1][0])
    assert [*(message for *_, message in first), *rest] == [f"line {n}" for n in range(20)]


def test_the_oldest_lines_go_when_there_are_too_many(tmp_path: Path) -> None:
    log = writer(tmp_path, file_bytes=200, files_max=3)
    for number in range(1000):
        log.write(b"e", b"line %d" % number)
    size = sum(path.stat().st_size for path in (tmp_path / "log").iterdir())
    assert size < 1000
    assert messages(tmp_path)[-1] == "line 999"
    assert messages(tmp_path, 10)[0] != "line 1", "a cursor into what is gone goes on at the oldest"


def test_a_new_writer_goes_on_where_the_old_one_ended(tmp_path: Path) -> None:
    writer(tmp_path).write(b"o", b"one")
    end = read_after(str(tmp_path / "log"), 0, 10)[-1][0]
    writer(tmp_path).write(b"o", b"two")
    assert messages(tmp_path, end) == ["two"]


def test_what_comes_too_fast_is_counted(tmp_path: Path) -> None:
    log = LogWriter(str(tmp_path / "log"), lines_per_second=5)
    for number in range(50):
        log.write(b"o", b"%d" % number)
    log.tell_dropped(0.0)
    found = messages(tmp_path)
    kept = [message for message in found if message.isdigit()]
    told = [int(message.split()[0]) for message in found if message.endswith("lines dropped")]
    assert len(kept) + sum(told) == 50
    assert len(kept) <= 10, "at most two seconds' worth"


def test_lines_are_cut_out_of_any_chunks(tmp_path: Path) -> None:
    splitter = LineSplitter(writer(tmp_path), b"o")
    for chunk in (b"a", b"b\nc\r\n\n", b"x" * (LINE_BYTES_MAX + 5), b"yyy", b"\nlast"):
        splitter.feed(chunk)
    splitter.end()
    found = messages(tmp_path)
    assert [message for message in found if len(message) < 100] == ["ab", "c", "", "last"]
    assert found[3] == "x" * LINE_BYTES_MAX + " [line cut]"


def test_half_a_line_is_not_read_and_bytes_that_are_no_text_are_replaced(tmp_path: Path) -> None:
    writer(tmp_path).write(b"o", b"\xff\x1b[31m")
    with (tmp_path / "log" / names(str(tmp_path / "log"))[0]).open("ab") as file:
        file.write(b"garbage without a time\n1754000000.0 o half")
    assert messages(tmp_path) == ["\ufffd\x1b[31m"]
