"""The local stack: MySQL, PostgreSQL, Azurite and Airflow on this machine, below one directory."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from dev.demo import demo
from dev.stack import DEFAULT_HOME, SERVICES, Stack, StackError


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    :return: the exit code: 0 if all went well.
    """
    options = _parser().parse_args(arguments)
    # SIGTERM ends an `up` or a demo like an exception, so that it cleans up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return options.run(options) or 0
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _up(options: argparse.Namespace) -> None:
    stack = Stack(options.home)
    stack.up(options.only, sample_data=options.sample_data)
    _print_status(stack)


def _down(options: argparse.Namespace) -> None:
    Stack(options.home).down()


def _status(options: argparse.Namespace) -> int:
    """Print what runs; the exit code is 3, like an init script's, if anything does not."""
    return 0 if _print_status(Stack(options.home)) else 3


def _demo(options: argparse.Namespace) -> None:
    demo(Stack(options.home))


def _print_status(stack: Stack) -> bool:
    """Print a line for each service and how to sign in to Airflow.

    :return: whether everything runs.
    """
    states = stack.status()
    for state in states:
        if state.is_own:
            print(f"{state.service:<10} yours, named in .env")
        else:
            print(f"{state.service:<10} {f'pid {state.pid}' if state.pid else 'stopped':<12} {state.address}")
    if any(state.service == "airflow" and state.pid for state in states):
        print(f"\nAirflow: {stack.env['STACK_UI_URL']}  user admin  password {stack.env['STACK_ADMIN_PASSWORD']}")
    if states:
        print(f"Settings: {stack.home / 'env'}")
    else:
        print(f"There is no stack in {stack.home} yet: make up")
    return bool(states) and all(state.pid or state.is_own for state in states)


def _services(text: str) -> list[str]:
    return text.split(",")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run, text in (
        ("up", _up, "start what does not run yet"),
        ("down", _down, "stop every process; data and settings stay"),
        ("status", _status, "say what runs, and where"),
        ("demo", _demo, "from nothing to filled reporting tables, through real Airflow runs"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument("--home", type=Path, default=DEFAULT_HOME, help="where data, logs and settings are kept")
        if name == "up":
            every = ",".join(SERVICES)
            command.add_argument("--only", type=_services, default=SERVICES, help=f"some of {every}", metavar="A,B")
            command.add_argument("--no-sample-data", dest="sample_data", action="store_false")
    return parser


if __name__ == "__main__":
    sys.exit(main())
