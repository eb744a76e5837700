"""`syncd demo`, once it was asked for: the stage, the files, the story, and what to do next."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.door import INSTALL_DEMO, Refused
from syncd.cli.say import show
from syncd.cli.session import Session
from syncd.cli.stopping import stoppable

if TYPE_CHECKING:
    from syncd.cli.demo.stage import Stage
    from syncd.cli.demo.story import Story


def run_demo(session: Session, flavour: str, *, serve: bool) -> None:
    """Play the story; with `serve` both tools stay up until Ctrl-C."""
    try:
        from syncd.cli.demo.stage import FOLDER, set_stage
    except ModuleNotFoundError as error:
        raise Refused(f"the demo needs {error.name}: in the checkout, {INSTALL_DEMO}") from error
    with _only_demo(FOLDER), set_stage(flavour) as stage, open_story(session, stage, FOLDER) as story:
        story.tell()
        if serve:
            _serve(story)
        else:
            tell_next_steps(story)


@contextmanager
def _only_demo(folder: Path) -> Iterator[None]:
    """Two demos in one folder would take the store from under each other: the second one is refused."""
    from syncd.store.turn import Busy, only_one

    with ExitStack() as stack:
        try:
            folder.mkdir(exist_ok=True)
            stack.enter_context(only_one(f"sqlite:///{folder / 'syncd.db'}"))
        except Busy as busy:
            who = f" (pid {busy.pid})" if busy.pid is not None else ""
            raise Refused(
                f"a demo runs here already{who}: end it where it runs by Ctrl-C, or start this one in another folder"
            ) from busy
        except OSError as error:
            raise Refused(_unwritable(folder, error)) from error
        yield


def _unwritable(folder: Path, error: OSError) -> str:
    return f"{folder} cannot be written ({error.strerror}): run the demo in a folder of yours"


@contextmanager
def open_story(session: Session, stage: Stage, folder: Path) -> Iterator[Story]:
    """Write the configuration and open an installation on it, its log in the same folder."""
    from syncd.cli.demo.stage import NotOurs, write_folder
    from syncd.cli.demo.story import Story
    from syncd.cli.demo.works import Works
    from syncd.service.assemble import read_config
    from syncd.service.installation import Installation
    from syncd.service.logs import configure_logs
    from syncd.service.secrets import secrets_of

    try:
        main_file = write_folder(folder, stage)
        log = (folder / "syncd.log").open("w", encoding="utf-8")
    except NotOurs as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(_unwritable(folder, error)) from error
    with log:
        configure_logs(session.redactor, level=session.level("info"), stream=log)
        loaded = read_config(main_file, session.environ)
        session.redactor.add(secrets_of(loaded))
        with Installation(loaded, stage.clock, session.redactor) as installation:
            yield Story(Works(stage, installation), main_file, _program())


def _serve(story: Story) -> None:
    """Go on until Ctrl-C or SIGTERM; both end it in order."""
    from syncd.cli.demo.live import keep_in_step

    with stoppable() as stop:

        def wait(seconds: float) -> bool:
            stop.wait(seconds)
            return stop()

        keep_in_step(story, wait)
    show(f"Ended. Both stand-ins are gone; the files stay in {story.main_file.parent}/.")


def tell_next_steps(story: Story) -> None:
    """The exact commands to go on with."""
    syncd = f"{story.program} --config {story.main_file}"
    show(click.style("Go on", bold=True))
    for line, what in (
        (f"{story.program} demo --serve", "both tools in your browser: edit here, watch it arrive there"),
        (f"{syncd} findings", "what the checks found, as the demo left it"),
        (f"{syncd} history WEB-3", "who decided the title, and what the other value was"),
        (f"less {story.main_file} {story.main_file.parent / 'mapping.yaml'}", "the configuration behind it"),
        ("README.md", "your own Asana and Jira, in five minutes"),
    ):
        show(f"   {line}")
        show(click.style(f"      {what}", dim=True))


def _program() -> str:
    """How syncd is called from here: by its name where the shell finds it, else by its path."""
    called = Path(sys.argv[0])
    if shutil.which("syncd") or called.name != "syncd":
        return "syncd"
    relative = os.path.relpath(called)
    return str(called) if relative.startswith("..") else relative
