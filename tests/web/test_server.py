"""The real thing: processes, signals, a worker that dies."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from comity.cli import page

REPOSITORY = Path(__file__).resolve().parents[2]


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def workers(process):
    """Return the processes that answer: those from which no other was started."""
    found = set()
    for child in psutil.Process(process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):  # one that has just died
            serves = child.status() != psutil.STATUS_ZOMBIE and not child.children()
            if serves and "resource_tracker" not in " ".join(child.cmdline()):
                found.add(child.pid)
    return found


@pytest.fixture
def service():
    words = [sys.executable, "-m", "comity", "serve", "--port", "0", "--workers", "2", "--no-log"]
    words += ["--rate", "0", "--no-warm"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline()
        yield process, int(re.search(r"127\.0\.0\.1:(\d+)", line)[1])
    finally:
        process.terminate()
        try:
            process.communicate(timeout=300)
        finally:
            process.kill()
            process.wait()


def test_a_killed_worker_costs_no_answer_but_its_own_and_stopping_is_clean(service):
    process, port = service
    path = "/api/v1/countries?q=korea"
    status, right = get(port, path)
    assert status == 200
    answers, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            try:
                answers.append(get(port, path))
            except (OSError, http.client.HTTPException):
                answers.append(None)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    before = workers(process)
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    until = time.monotonic() + 300
    while time.monotonic() < until and (min(before) in (now := workers(process)) or len(now) < 2):
        time.sleep(0.1)
    stop.set()
    for thread in threads:
        thread.join()
    lost = sum(answer is None for answer in answers)
    assert lost <= len(threads)  # those that the dead worker was answering
    assert {answer for answer in answers if answer is not None} == {(200, right)}
    assert len(workers(process)) == 2
    # A request under way ends before the service does.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("GET", "/api/v1/route?start=Mumbai&end=Kochi")
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    assert connection.getresponse().status == 200
    connection.close()
    process.wait(300)
    assert process.returncode == 0


def test_a_worker_that_has_worked_enough_is_replaced_and_nobody_notices():
    words = [sys.executable, "-m", "comity", "serve", "--port", "0", "--workers", "2", "--no-log"]
    words += ["--rate", "0", "--no-warm", "--renew", "10"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    numbers, answers, stop = itertools.count(), [], threading.Event()

    def ask(keep):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        while not stop.is_set():
            try:
                connection.request("GET", f"/sources?n={next(numbers)}")
                answer = connection.getresponse()
                answers.append((answer.status, b"CEPII" in answer.read()))
            except (OSError, http.client.HTTPException):
                answers.append(None)
                connection.close()
            if not keep:
                connection.close()
        connection.close()

    threads = [threading.Thread(target=ask, args=(keep,)) for keep in (True, True, False)]
    try:
        port = int(re.search(r"127\.0\.0\.1:(\d+)", process.stderr.readline())[1])
        for thread in threads:
            thread.start()
        said = [process.stderr.readline() for _ in range(4)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        process.terminate()
        process.communicate(timeout=300)
    assert all("has worked enough" in line for line in said)
    assert len(set(said)) == 4  # each is another worker
    # Whoever says for long nothing on an open connection finds it closed, as on a busy machine.
    assert answers.count(None) <= 2
    assert set(answers) - {None} == {(200, True)}
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--lake", "/no/such/lake"], 1, "is not a lake"),
        (["--host", "192.0.2.1"], 1, "cannot be listened on"),
        (["--user-header", "X-User"], 2, "reverse proxy"),
        (["--port", "99999"], 2, "65535"),
    ],
)
def test_what_cannot_be_served_is_a_sentence(words, code, said):
    done = subprocess.run(
        [sys.executable, "-m", "comity", "serve", *words],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "name", ["deploy/comity.service", "deploy/Containerfile", "docs/deploy.md"]
)
def test_the_options_that_a_deployment_names_exist(name):
    known = set(re.findall(r"--[a-z-]+", page.document()))
    text = (REPOSITORY / name).read_text("utf-8")
    used = {
        option
        for line in re.findall(r"comity\W+(?:serve|users add)[^\n]*", text)
        for option in re.findall(r"--[a-z-]+", line)
    }
    assert used
    assert used <= known


def test_a_service_that_is_still_loading_can_be_told_to_stop():
    words = [sys.executable, "-m", "comity", "serve", "--port", "0", "--workers", "2", "--no-log"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        process.stderr.readline()
        while not psutil.Process(process.pid).children():
            time.sleep(0.05)
        begun = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=300)  # until the last process has closed its end
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert said == ""
    psutil.wait_procs(begun, timeout=600)
    assert not any(one.is_running() for one in begun)


@pytest.mark.parametrize("way", ["spawn_posix", "forkserver"])
def test_a_service_can_be_told_to_stop_while_a_process_of_it_is_being_started(way):
    script = f"""
import os, signal
from multiprocessing.popen_{way} import Popen
from comity.cli import main

launch = Popen._launch
def told(self, process):
    os.kill(os.getpid(), signal.SIGTERM)
    launch(self, process)
Popen._launch = told
main()
"""
    words = ["serve", "--port", "0", "--workers", "2", "--no-log"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1  # where it listens


def test_what_answers_while_the_workers_load_hands_over_to_them_without_losing_anybody():
    words = [sys.executable, "-m", "comity", "serve", "--port", "0", "--workers", "2", "--no-log"]
    process = subprocess.Popen([*words, "--rate", "0"], stderr=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r"127\.0\.0\.1:(\d+)", process.stderr.readline())[1])
        states = set()
        until = time.monotonic() + 300
        while "ready" not in states and time.monotonic() < until:
            states.add(json.loads(get(port, "/readyz")[1])["status"])
            assert get(port, "/methods")[0] == 200
            time.sleep(0.05)
        assert states in ({"loading", "ready"}, {"ready"})
        until = time.monotonic() + 60
        while len(workers(process)) != 2 and time.monotonic() < until:
            assert get(port, "/methods")[0] == 200
        assert len(workers(process)) == 2
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0
