"""Imported first by commands: Ctrl-C while they still import ends them without a traceback."""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)
