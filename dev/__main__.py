"""The local stack: MySQL, PostgreSQL, Azurite and Airflow on this machine, below one directory."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import dev.quiet_start  # noqa: F401
from dev.demo import demo
from dev.first_setup import set_up_once
from dev.next_steps import print_next_steps
from dev.stack import DEFAULT_HOME, SERVICES, Stack, StackError
from dev.stack.interrupts import Interrupted, end_on_signals
from dev.stack.steps import say
from dev.traffic.writing import keep_writing

# When make began, which may have installed packages first.
BEGAN = float(os.environ.get("MAKE_BEGAN") or time.time())


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    :return: the exit code: 0 if all went well.
    """
    options = _parser().parse_args(arguments)
    end_on_signals()
    try:
        return options.run(options) or 0
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except Interrupted as interrupted:
        _say_what_is_left(Stack(options.home))
        return interrupted.exit_code


def _up(options: argparse.Namespace) -> None:
    stack = Stack(options.home)
    stack.up(options.only, sample_data=options.sample_data)
    if "airflow" not in options.only:
        _print_status(stack)
        return
    # On somebody's own servers, platform_setup runs when they say so.
    if not stack.names_own_servers:
        set_up_once(stack.api)
    say(f"\nEverything runs after {_elapsed():.0f} s, with all that was installed.")
    print_next_steps(stack)


def _down(options: argparse.Namespace) -> None:
    Stack(options.home).down()


def _status(options: argparse.Namespace) -> int:
    """Print what runs; the exit code is 3, like an init script's, if anything does not."""
    stack = Stack(options.home)
    all_run = _print_status(stack)
    if any(state.service == "airflow" and state.pid for state in stack.status()):
        print_next_steps(stack)
    return 0 if all_run else 3


def _demo(options: argparse.Namespace) -> None:
    demo(Stack(options.home), _elapsed)


def _mysql(options: argparse.Namespace) -> None:
    _use(Stack(options.home), "mysql")
    from dev.clients import open_mysql

    open_mysql(options.database)


def _psql(options: argparse.Namespace) -> None:
    _use(Stack(options.home), "postgres")
    from dev.clients import open_psql

    open_psql(options.database)


def _traffic(options: argparse.Namespace) -> None:
    stack = Stack(options.home)
    _use(stack, "postgres")
    if stack.names_own_servers:
        raise StackError("the servers that .env names are yours: traffic changes the sources of the local stack alone")
    say(f"Changing the sources, {options.rate:g} statements a second, until Ctrl-C")
    keep_writing(stack.source_owner, options.rate)
    say("The servers keep running: make down stops them.")


def _use(stack: Stack, service: str) -> None:
    """Let the package read the settings of the stack; the caller imports it only now.

    :raises StackError: the service does not run.
    """
    if not any(state.service == service and (state.pid or state.is_own) for state in stack.status()):
        raise StackError(f"{service} of the stack in {stack.home} does not run: make up")
    os.environ.update(stack.env)


def _elapsed() -> float:
    return time.time() - BEGAN


def _print_status(stack: Stack) -> bool:
    """Print a line for each service.

    :return: whether everything runs.
    """
    states = stack.status()
    for state in states:
        if state.is_own:
            say(f"{state.service:<10} yours, named in .env")
        else:
            say(f"{state.service:<10} {f'pid {state.pid}' if state.pid else 'stopped':<12} {state.address}")
    say(f"Settings: {stack.home / 'env'}" if states else f"There is no stack in {stack.home} yet: make up")
    return bool(states) and all(state.pid or state.is_own for state in states)


def _say_what_is_left(stack: Stack) -> None:
    running = [f"{state.service} (pid {state.pid})" for state in stack.status() if state.pid]
    left = f"{', '.join(running)} still run: make down stops them." if running else "No server is left running."
    say(f"\nInterrupted. {left}")


def _services(text: str) -> list[str]:
    return text.split(",")


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate < float("inf"):
        raise ValueError
    return rate


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run, text in (
        ("up", _up, "start what does not run yet"),
        ("down", _down, "stop every process; data and settings stay"),
        ("status", _status, "say what runs, and where"),
        ("demo", _demo, "from nothing to filled reporting tables, through real Airflow runs"),
        ("mysql", _mysql, "open MySQL's client in the reporting or the audit database"),
        ("psql", _psql, "open PostgreSQL's client in a source database"),
        ("traffic", _traffic, "keep changing the source databases, as applications would"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument("--home", type=Path, default=DEFAULT_HOME, help="where data, logs and settings are kept")
        if name == "up":
            every = ",".join(SERVICES)
            command.add_argument("--only", type=_services, default=SERVICES, help=f"some of {every}", metavar="A,B")
            command.add_argument("--no-sample-data", dest="sample_data", action="store_false")
        if name in ("mysql", "psql"):
            command.add_argument("database", help="its short name, such as audit or erp")
        if name == "traffic":
            command.add_argument("rate", type=_rate, help="statements per second")
    return parser


if __name__ == "__main__":
    sys.exit(main())
