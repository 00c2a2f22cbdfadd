"""One process of a function: its start, its log, its work, its end."""

import json
import subprocess
import threading
import time
from collections import deque
from concurrent.futures import TimeoutError
from pathlib import Path

from host_mode.runtime_api import Invocation, Outcome, RuntimeApi

# Lambda allows 10 seconds for start-up; a process that is slower is given work all the same, as Lambda does.
START_UP_SECONDS = 10

# Lines kept of one invocation; what is older is only in the log file.
MAX_LOG_LINES = 10_000


class ExitedAtStart(Exception):
    """The process ended, or reported an error, before it asked for work."""

    def __init__(self, outcome: Outcome):
        super().__init__(outcome.body.decode(errors="replace"))
        self.outcome = outcome


class FunctionProcess:
    """A running `bootstrap`. It stays in LocalStack's process group, so that it cannot outlive it when the group is
    stopped."""

    def __init__(self, code: Path, environment: dict[str, str], log_file: Path | None):
        self._api = RuntimeApi()
        self._log_file = log_file
        self._log: deque[str] = deque(maxlen=MAX_LOG_LINES)
        self._current: Invocation | None = None
        try:
            self._process = subprocess.Popen(
                [str(code / "bootstrap")],
                cwd=code,
                env={**environment, "AWS_LAMBDA_RUNTIME_API": self._api.address, "LAMBDA_TASK_ROOT": str(code)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            self._api.close()
            raise ExitedAtStart(error_outcome("Runtime.InvalidEntrypoint", f"bootstrap cannot be run: {error}")) from error
        threading.Thread(target=self._read_log, name="lambda-log", daemon=True).start()
        threading.Thread(target=self._watch_exit, name="lambda-exit", daemon=True).start()
        self._api.ready.wait(START_UP_SECONDS)
        if self._api.init_error or not self.alive:
            outcome = self._api.init_error or self._exit_outcome()
            self.stop()
            raise ExitedAtStart(outcome)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def invoke(self, invocation: Invocation, timeout_seconds: float) -> Outcome:
        """Run one event. A function that is still at work when its time is up is killed, as Lambda does."""
        self._current = invocation
        self._api.submit(invocation)
        if not self.alive:  # it may have ended between the caller's look and now
            invocation.settle(self._exit_outcome(invocation.request_id))
        try:
            outcome = invocation.outcome.result(timeout_seconds)
        except TimeoutError:
            message = f"RequestId: {invocation.request_id} Error: Task timed out after {timeout_seconds:.2f} seconds"
            invocation.settle(error_outcome("Sandbox.Timedout", message))
            outcome = invocation.outcome.result()
            self.stop()
        finally:
            self._current = None
            self._api.forget(invocation)
        # Its last lines are written before it asks for work again; what comes later opens the next invocation's log.
        self._api.idle.wait(0.2 if self.alive else 0)
        time.sleep(0.01)
        return outcome

    def take_log(self) -> str:
        """The lines written since the last call."""
        lines = []
        while self._log:
            lines.append(self._log.popleft())
        return "".join(lines)

    def peak_memory_mb(self) -> int | None:
        """The most memory the process has held resident so far, where the system tells (Linux)."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
            peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
            return -(-int(peak.split()[1]) // 1024)
        except (OSError, StopIteration, ValueError, IndexError):
            return None

    def stop(self) -> None:
        if self.alive:
            self._process.kill()
        self._process.wait()
        self._api.close()

    def _read_log(self) -> None:
        sink = self._log_file.open("a", encoding="utf-8") if self._log_file else None
        with self._process.stdout as output:
            for raw in output:
                line = raw.decode(errors="replace")
                self._log.append(line if line.endswith("\n") else line + "\n")
                if sink:
                    sink.write(line)
                    sink.flush()
        if sink:
            sink.close()

    def _watch_exit(self) -> None:
        self._process.wait()
        self._api.ready.set()
        self._api.idle.set()
        if current := self._current:
            current.settle(self._exit_outcome(current.request_id))

    def _exit_outcome(self, request_id: str | None = None) -> Outcome:
        status = self._process.wait()
        ended = f"signal {-status}" if status < 0 else f"exit status {status}"
        about = f"RequestId: {request_id} " if request_id else ""
        return error_outcome("Runtime.ExitError", f"{about}Error: Runtime exited with error: {ended}")


def error_outcome(error_type: str, message: str) -> Outcome:
    """An error in the form that Lambda answers in."""
    return Outcome(json.dumps({"errorType": error_type, "errorMessage": message}).encode(), is_error=True)
