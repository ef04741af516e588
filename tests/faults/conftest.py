"""Servers of their own: these tests kill and pause them."""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator

import pytest

from mall import embedded
from tests.support.launched import Installation, Launcher


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for all of them; its demo mall is loaded at the first start."""
    installation = Installation(tmp_path_factory.mktemp("installation"))
    yield installation
    for line in installation.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(line.split()[0]), signal.SIGKILL)
    digest = embedded.digest(installation.var)
    shutil.rmtree(embedded.SHARED_FOLDER / f"osmanthus-mall-{digest}", ignore_errors=True)


@pytest.fixture
def launch(place: Installation) -> Iterator[Callable[..., Launcher]]:
    """Starts the mall; whatever still runs after the test is stopped."""
    started: list[Launcher] = []

    def start(**extra: str) -> Launcher:
        started.append(Launcher(place, **extra))
        return started[-1]

    yield start
    for launcher in started:
        launcher.clean_up()
