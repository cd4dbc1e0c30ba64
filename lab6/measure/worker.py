"""A worker: a process that trains in one way and times each epoch by its own clock.

``python -m lab6.measure.worker`` reads commands from standard input and answers each on standard output, one line of
JSON per message. A command names a method of :class:`lab6.measure.commands.Worker` and its arguments. The process
sleeps between commands, and ends as soon as its input does, whatever it is doing. :mod:`lab6.measure.process` is the
other end.
"""

import json
import os
import queue
import signal
import stat
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from lab6.measure import crews
from lab6.measure.commands import Worker
from lab6.training import quiet


def _answers() -> TextIO:
    """Open the stream for answers; what frameworks print on standard output goes to standard error from now on."""
    own = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return own


def _read(commands: "queue.SimpleQueue[str]") -> None:
    """Pass commands on; end the process when there are no more, even in the middle of an epoch."""
    for line in sys.stdin:
        commands.put(line)
    os._exit(0)


def main() -> None:
    """Answer commands until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    worker, answers = Worker(), _answers()
    quiet.private = stat.S_ISREG(os.fstat(2).st_mode)
    commands: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(commands,), daemon=True).start()
    while True:
        if answer := _carry_out(worker, commands.get):
            print(answer, file=answers, flush=True)


def _carry_out(worker: Worker, told: Callable[[], str]) -> str | None:
    """Carry out the next command, and return the answer. If several train together, the first of them passes commands
    on, and answers for all."""
    crew = worker.crew
    command = crew.next_command() if crew and crew.rank else told()
    if crew and not crew.rank:
        crew.pass_on(command)
    answer = json.dumps(worker.answer(json.loads(command)))
    if not worker.crew:
        return answer
    answers = worker.crew.gather(answer)
    if not answers:
        return None if crew else answer  # its first answer says which of them it is
    return json.dumps(crews.joined(json.loads(command)["do"], [json.loads(each) for each in answers]))


if __name__ == "__main__":
    main()
