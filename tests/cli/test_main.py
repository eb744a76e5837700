"""The door: options before and after the command, what is unknown, and what nobody foresaw."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from syncd.cli.main import COMMANDS, main
from syncd.cli.session import Session
from syncd.connectors.memory import Call, Moment
from tests.cli.house import IT, House


def run(*args: str, **environ: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(args), obj=Session(environ=environ))
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_where_the_table_says_and_says_the_same_in_its_help(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert (command.help or "").strip().splitlines()[0] == COMMANDS[name][1]


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    code, _, said = run("stauts")
    assert code == 2
    assert said.splitlines()[-1] == "Error: there is no command 'stauts'; did you mean 'status'?"


def test_an_unknown_sync_is_answered_with_the_nearest(house: House) -> None:
    result = house.run("plan", "campaing")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "Error: there is no sync 'campaing'; did you mean 'campaigns'?"


@pytest.mark.parametrize("args", [["--config", "syncd.yaml", "status"], ["status", "--config", "syncd.yaml"]])
def test_general_options_stand_before_or_after_the_command(house: House, args: list[str]) -> None:
    assert run(*args)[0] == 0


def test_the_configuration_may_be_named_by_the_environment(house: House) -> None:
    code, text, _ = run("check", SYNCD_CONFIG="syncd.yaml")
    assert (code, text.splitlines()[0]) == (0, "syncd.yaml: ok")


def test_without_a_configuration_it_is_said_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, said = run("status")
    assert code == 2
    assert "no configuration: looked for config/syncd.yaml, /etc/syncd/syncd.yaml" in said


def test_a_configuration_that_is_not_there_is_named(house: House) -> None:
    code, _, said = run("--config", "nowhere.yaml", "status")
    assert code == 2
    assert said == "nowhere.yaml cannot be read: No such file or directory\n"


def crash(house: House) -> None:
    def fail(call: Call, _moment: Moment) -> None:
        raise ZeroDivisionError("nobody foresaw s3cr3t-t0ken")

    house.servers[IT].faults.on_call = fail


def test_what_nobody_foresaw_is_one_line_and_a_file_that_only_the_user_can_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(house.folder))
    crash(house)
    result = house.run("plan")
    (file,) = house.folder.glob("syncd-error-*.txt")
    assert result.exit_code == 1
    assert result.stderr == (
        "syncd: a mistake in syncd, not in your configuration (ZeroDivisionError: nobody foresaw s3cr3t-t0ken). "
        f"Please report it together with {file} (look through it first: it may name items).\n"
    )
    assert "Traceback" in file.read_text("utf-8")
    assert file.stat().st_mode & 0o077 == 0


def test_what_nobody_foresaw_holds_no_secret(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(house.folder))
    house.environ["STORE_PASSWORD"] = "s3cr3t-t0ken"
    house.change("connections:", 'alerts: {to: ["mailto://ops:${env:STORE_PASSWORD}@mail.example.com"]}\nconnections:')
    crash(house)
    result = house.run("--debug", "plan")
    (file,) = house.folder.glob("syncd-error-*.txt")
    assert "s3cr3t-t0ken" not in result.output + file.read_text("utf-8")


def test_debug_shows_where_it_came_from(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(house.folder))
    crash(house)
    assert "Traceback (most recent call last)" in house.run("plan", "--debug").stderr
    assert "Traceback" not in house.run("plan").stderr


def test_the_log_goes_to_stderr_and_the_answer_to_stdout(house: House) -> None:
    house.campaign()
    result = house.run("--log-level", "info", "sync", "--yes")
    assert '"event": "item_created"' in result.stderr
    assert "item_created" not in result.stdout


def test_help_and_completion_import_nothing_but_click() -> None:
    script = (
        "import sys\nfrom syncd.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "main.shell_complete(__import__('click').Context(main), 'p')\n"
        "heavy = {'pydantic', 'sqlalchemy', 'alembic', 'structlog', 'rich', 'requests', 'jira', 'cel_expr_python'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    assert "Commands:" in done.stdout


def test_completion_names_commands_and_options() -> None:
    context = click.Context(main)
    assert [item.value for item in main.shell_complete(context, "pa")] == ["pause"]
    assert "--config" in [item.value for item in main.shell_complete(context, "--")]


def test_the_version_is_told() -> None:
    code, text, _ = run("--version")
    assert (code, text.split()[0]) == (0, "syncd")


def test_a_closed_pipe_is_no_error() -> None:
    command = f'{sys.executable} -c "from syncd.cli.main import main; main()" schema | head -1'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_a_configuration_found_by_default_is_named_where_a_service_has_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.yaml").write_text("version: 1\n", "utf-8")
    service = tmp_path / "service.yaml"
    service.write_text("version: 1\n", "utf-8")
    monkeypatch.setattr("syncd.config.load.INSTALLED", (service,))
    by_default = CliRunner().invoke(main, ["check"], obj=Session(environ={}))
    assert by_default.stderr.startswith(f"syncd: reads config/syncd.yaml, and not {service}")
    named = CliRunner().invoke(main, ["--config", "config/syncd.yaml", "check"], obj=Session(environ={}))
    assert named.stderr == ""
