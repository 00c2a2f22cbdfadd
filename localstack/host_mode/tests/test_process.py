"""A function's process, tried with a small bootstrap of the tests' own."""

import json
import sys
import tempfile
import time
import unittest
import uuid
from pathlib import Path

from host_mode.process import ExitedAtStart, FunctionProcess
from host_mode.runtime_api import Invocation

BOOTSTRAP = """#!{python}
import http.client, json, os, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01/runtime/"
if os.environ.get("START") == "exit":
    sys.exit(4)
if os.environ.get("START") == "error":
    api.request("POST", base + "init/error", json.dumps({{"errorType": "Config", "errorMessage": "no table"}}))
    api.getresponse().read()
    sys.exit(1)
while True:
    api.request("GET", base + "invocation/next")
    answer = api.getresponse()
    event = json.loads(answer.read())
    request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    left = int(answer.headers["Lambda-Runtime-Deadline-Ms"]) - int(time.time() * 1000)
    print("working on", event, flush=True)
    if event == "crash":
        sys.exit(3)
    if event == "hang":
        time.sleep(60)
    kind, body = ("error", {{"errorType": "Bad", "errorMessage": "no"}}) if event == "fail" else ("response", [event, left, os.getpid()])
    data = json.dumps(body).encode()
    chunked = event == "chunked"
    api.request("POST", base + "invocation/" + request_id + "/" + kind, iter([data[:3], data[3:]]) if chunked else data,
                encode_chunked=chunked, headers={{"Transfer-Encoding": "chunked"}} if chunked else {{}})
    api.getresponse().read()
"""


class FunctionProcessTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.code = Path(directory.name)
        bootstrap = self.code / "bootstrap"
        bootstrap.write_text(BOOTSTRAP.format(python=sys.executable))
        bootstrap.chmod(0o755)

    def start(self, **environment):
        process = FunctionProcess(self.code, environment, self.code / "function.log")
        self.addCleanup(process.stop)
        return process

    def invoke(self, process, event, timeout=10):
        deadline = int((time.time() + timeout) * 1000)
        invocation = Invocation(str(uuid.uuid4()), json.dumps(event).encode(), "arn", "", deadline)
        outcome = process.invoke(invocation, timeout)
        return json.loads(outcome.body), outcome.is_error

    def test_a_process_stays_warm(self):
        process = self.start()
        (first, left, first_pid), _ = self.invoke(process, "one")
        (second, _, second_pid), is_error = self.invoke(process, "two")
        self.assertEqual((first, second, is_error), ("one", "two", False))
        self.assertEqual(first_pid, second_pid)
        self.assertTrue(9_000 < left <= 10_000, left)

    def test_an_error_is_the_functions_own(self):
        process = self.start()
        self.assertEqual(self.invoke(process, "fail"), ({"errorType": "Bad", "errorMessage": "no"}, True))
        self.assertTrue(process.alive)

    def test_a_chunked_answer_is_put_together(self):
        answer, is_error = self.invoke(self.start(), "chunked")
        self.assertEqual((answer[0], is_error), ("chunked", False))

    def test_a_crash_is_an_error_at_once(self):
        process = self.start()
        began = time.time()
        error, is_error = self.invoke(process, "crash")
        self.assertTrue(is_error)
        self.assertEqual(error["errorType"], "Runtime.ExitError")
        self.assertIn("exit status 3", error["errorMessage"])
        self.assertLess(time.time() - began, 5)
        self.assertFalse(process.alive)

    def test_a_function_out_of_time_is_killed(self):
        process = self.start()
        error, is_error = self.invoke(process, "hang", timeout=0.3)
        self.assertTrue(is_error)
        self.assertEqual(error["errorType"], "Sandbox.Timedout")
        self.assertIn("timed out after 0.30 seconds", error["errorMessage"])
        self.assertFalse(process.alive)

    def test_the_log_is_kept_by_invocation_and_in_the_file(self):
        process = self.start()
        self.invoke(process, "one")
        self.assertEqual(process.take_log(), "working on one\n")
        self.invoke(process, "two")
        self.assertEqual(process.take_log(), "working on two\n")
        self.assertEqual((self.code / "function.log").read_text(), "working on one\nworking on two\n")

    def test_an_end_before_the_first_event_is_told(self):
        for start, expected in [("exit", "exit status 4"), ("error", "no table")]:
            with self.subTest(start), self.assertRaises(ExitedAtStart) as caught:
                FunctionProcess(self.code, {"START": start}, None)
            self.assertIn(expected, str(caught.exception))

    def test_code_without_a_bootstrap_is_told(self):
        (self.code / "bootstrap").unlink()
        with self.assertRaises(ExitedAtStart) as caught:
            FunctionProcess(self.code, {}, None)
        self.assertIn("bootstrap cannot be run", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
