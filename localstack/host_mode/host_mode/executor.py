"""LocalStack's runtime executor for functions that are processes of the host.

LocalStack makes one executor for each environment of a function and decides which environment gets an event; an executor
keeps its process warm between events and starts a new one when the last has crashed or was killed at its time-out.
"""

import os
import time
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from host_mode.process import ExitedAtStart, FunctionProcess
from host_mode.runtime_api import Invocation

# A directory for `<function>.log`; unset, logs go to CloudWatch Logs only.
LOG_DIRECTORY = "HOST_MODE_LOG_DIR"

# What a function sees of the host's environment.
INHERITED = ("PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


class ProcessRuntimeExecutor(RuntimeExecutor):
    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self._environment: dict[str, str] = {}
        self._process: FunctionProcess | None = None
        self._last_log = ""

    def start(self, env_vars: dict[str, str]) -> None:
        host = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._environment = {**host, **{name: str(value) for name, value in env_vars.items()}}
        self._environment.pop("LAMBDA_RUNTIME_DIR", None)  # there is none on the host
        try:
            self._start_process()
        except ExitedAtStart as error:
            raise StatusErrorException("The function ended before it asked for work", error.outcome.body) from error

    def stop(self) -> None:
        if self._process:
            self._process.stop()
            self._process = None

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request_id = payload["invoke-id"]
        timeout = self.function_version.config.timeout
        began = time.time()
        log = [f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n"]
        try:
            if self._process is None or not self._process.alive:
                self.stop()
                self._start_process()
            invocation = Invocation(
                request_id=request_id,
                event=_as_bytes(payload["payload"]),
                function_arn=payload["invoked-function-arn"],
                trace_id=payload.get("trace-id") or "",
                deadline_ms=int((time.time() + timeout) * 1000),
            )
            outcome = self._process.invoke(invocation, timeout)
            log.append(self._process.take_log())
        except ExitedAtStart as error:
            outcome = error.outcome
        if outcome.is_error:
            log.append(outcome.body.decode(errors="replace").rstrip() + "\n")
        log.append(f"END RequestId: {request_id}\n")
        log.append(self._report(request_id, time.time() - began))
        self._last_log = "".join(log)
        return InvocationResult(request_id, outcome.body, is_error=outcome.is_error, logs=self._last_log)

    def _report(self, request_id: str, seconds: float) -> str:
        peak = self._process.peak_memory_mb() if self._process else None
        used = f"\tMax Memory Used: {peak} MB" if peak is not None else ""
        memory = self.function_version.config.memory_size
        return f"REPORT RequestId: {request_id}\tDuration: {seconds * 1000:.2f} ms\tMemory Size: {memory} MB{used}\n"

    def _start_process(self) -> None:
        code = Path(self.function_version.config.code.get_unzipped_code_location())
        self._process = FunctionProcess(code, self._environment, self._log_file())

    def _log_file(self) -> Path | None:
        directory = os.environ.get(LOG_DIRECTORY)
        return Path(directory) / f"{self.function_version.id.function_name}.log" if directory else None

    def get_logs(self) -> str:
        return self._last_log

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        pass


def _as_bytes(event: str | bytes) -> bytes:
    return event.encode() if isinstance(event, str) else event
