"""Settings: read once, refused in sentences, printed without secrets."""

import pickle
from pathlib import Path

import pytest

from shared.runtime.keys import KeyMissing, Keys
from shared.runtime.places import SOCKET_FOLDER_LENGTH_MAX
from shared.runtime.secret import Secret
from shared.runtime.settings import Settings, SettingsError, load, printable, table


def test_every_setting_is_in_the_table_with_a_meaning() -> None:
    text = table()
    for name, field in Settings.model_fields.items():
        assert f"`CHRONOPLANE_{name.upper()}`" in text
        assert field.description


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHRONOPLANE_GATEWAY_PORT", "9000")
    assert load().gateway_port == 9000


def test_a_wrong_value_is_a_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHRONOPLANE_GATEWAY_PORT", "many")
    monkeypatch.setenv("CHRONOPLANE_ISOLATION", "perhaps")
    with pytest.raises(SettingsError, match=r"CHRONOPLANE_GATEWAY_PORT: .*integer") as refused:
        load()
    assert "CHRONOPLANE_ISOLATION: " in str(refused.value)


def test_secrets_never_print_nor_travel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHRONOPLANE_ADMIN_TOKEN", "canary-token")
    monkeypatch.setenv("CHRONOPLANE_POSTGRES_DSN", "postgresql://me:canary@db/x")
    settings = load()
    shown = f"{settings!r} {settings} {printable(settings)} {settings.model_dump()}"
    assert "canary" not in shown + settings.model_dump_json()
    assert settings.admin_token == Secret("canary-token")
    with pytest.raises(TypeError, match="not serialised"):
        pickle.dumps(settings.admin_token)


def test_a_deep_data_folder_gets_its_sockets_in_a_short_one(tmp_path: Path) -> None:
    deep = load(data_dir=tmp_path / ("d" * 80))
    short = load(data_dir="/srv/chronoplane")
    assert len(str(deep.run_dir)) <= SOCKET_FOLDER_LENGTH_MAX
    assert short.run_dir == Path("/srv/chronoplane/run")


def test_two_deep_data_folders_have_different_sockets(tmp_path: Path) -> None:
    one, two = (load(data_dir=tmp_path / (letter * 80)) for letter in "ab")
    assert one.run_dir != two.run_dir


def test_a_process_gets_its_own_role_and_password(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "postgres" / "chronoplane_query"
    file.parent.mkdir(parents=True)
    file.write_text("p@ss/word\n")
    settings = load(
        data_dir=tmp_path,
        postgres_dsn="postgresql://owner:secret@db.example:5433/log?sslmode=require",
    )
    assert settings.postgres_conninfo("query") == (
        "postgresql://chronoplane_query:p%40ss%2Fword@db.example:5433/log?sslmode=require"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [(None, "cannot be read"), ("", "is empty"), ("xyz", "hexadecimal"), ("abcd", "2 bytes")],
)
def test_a_broken_key_file_is_a_sentence_without_the_key(
    tmp_path: Path, text: str | None, sentence: str
) -> None:
    keys = Keys(tmp_path)
    if text is not None:
        keys.kek_file.write_text(text)
    with pytest.raises(KeyMissing, match=sentence) as refused:
        keys.kek()
    assert not text or text not in str(refused.value)
