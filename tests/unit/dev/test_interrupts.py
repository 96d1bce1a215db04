"""Ctrl-C and SIGTERM end a command at once, whatever its threads wait for, without a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from dev.stack.steps import wait_until
from genims.core.paths import ROOT

WAITING = """
import sys
from dev.stack.interrupts import Interrupted, end_on_signals
from dev.stack.processes import run
from dev.stack.steps import say, step, wait_until
from dev.stack.together import together

def a_program():
    with step("a program"):
        run(["sleep", "20"], "sleeping")

def a_server():
    with step("a server"):
        say("ready for signals")
        wait_until(lambda: False, 20, "what never comes")

end_on_signals()
try:
    together([a_program, a_server])
except Interrupted as interrupted:
    say("ended")
    sys.exit(interrupted.exit_code)
"""


def children(command: subprocess.Popen) -> list[psutil.Process]:
    return psutil.Process(command.pid).children()


@pytest.mark.parametrize("to_all", [True, False], ids=["from the terminal", "to the process alone"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_it_ends_at_once_without_a_traceback(number, to_all):
    command = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = [command.stdout.readline() for _ in range(3)]
    wait_until(lambda: any(os.getpgid(child.pid) == child.pid for child in children(command)), 5, "the program")
    started = children(command)
    began = time.monotonic()
    (os.killpg if to_all else os.kill)(command.pid, number)
    said += command.stdout.readlines()
    assert command.wait(10) == 128 + number
    assert time.monotonic() - began < 2
    assert [line for line in said if "Traceback" in line or "Error" in line] == []
    assert sorted(line.partition(" after")[0] for line in said) == sorted(
        [
            "-> a program\n",
            "-> a server\n",
            "ready for signals\n",
            "!! a program: interrupted",
            "!! a server: interrupted",
            "ended\n",
        ]
    )
    assert not any(child.is_running() for child in started)
