"""Where processes of a fleet come from: ``giftpulse`` and Celery are loaded once, and each process is a fork of that.

Lines of standard input, as JSON: a directory and the words of a command line, to start it there; or the id of a
process, to wait for its end; or the same negative, to look whether it has ended. Each is answered with a number: the
id, or the exit code (ALIVE where there is none yet).
"""

import json
import os
import runpy
import signal
import sys
from contextlib import suppress

import celery.bin.celery  # loaded here, so that no fork has to
import celery.bin.worker  # noqa: F401

import giftpulse.__main__  # noqa: F401  # its import adds the commands
from giftpulse.cli.app import main

ALIVE = 1000


def be(folder: str, words: list[str]) -> None:
    """Be a process that runs a command, and says what it has to say to ``stderr.txt`` of its folder."""
    os.setsid()  # so that what it forks can be found and ended with it
    os.chdir(folder)
    null, said = os.open(os.devnull, os.O_RDWR), os.open("stderr.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for ours, theirs in ((null, 0), (null, 1), (said, 2)):
        os.dup2(ours, theirs)
    sys.argv = words
    if words[0] == "giftpulse":
        main()
    else:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def attend() -> None:
    """Do what is asked, until nobody asks any more; or, in a fork, the command."""
    say("ready")
    forked: list[int] = []
    while line := os.read(0, 65536):
        asked = json.loads(line)
        if isinstance(asked, int):
            pid, status = os.waitpid(abs(asked), 0 if asked > 0 else os.WNOHANG)
            say(os.waitstatus_to_exitcode(status) if pid else ALIVE)
        elif (pid := os.fork()) == 0:
            be(*asked)
            return
        else:
            forked.append(pid)
            say(pid)
    for pid in forked:  # whoever asked is gone: nobody else would end them
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def say(word: object) -> None:
    """Answer."""
    os.write(1, f"{word}\n".encode())


if __name__ == "__main__":
    attend()
