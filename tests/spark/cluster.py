"""A real standalone cluster of Spark on loopback: one master, two workers, a process each."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pyspark

SPARK_HOME = Path(pyspark.__file__).parent
WORKERS = 2
PATIENCE = 180

LOGGING = """\
rootLogger.level = info
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""

# A Java that starts soon; it does not live long enough to gain by more.
JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"

# Small, and all on loopback: the driver too, which would otherwise announce the machine's name.
DEFAULTS = f"""\
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.driver.memory 512m
spark.executor.memory 512m
spark.executor.cores 1
spark.ui.enabled false
spark.ui.showConsoleProgress false
spark.sql.shuffle.partitions 4
spark.driver.extraJavaOptions {JAVA}
spark.executor.extraJavaOptions {JAVA}
"""


@dataclass
class Cluster:
    """The processes of a cluster and what they have logged."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start the master, then the workers, and wait until it knows them all."""
        conf = self.folder / "conf"
        conf.mkdir()
        (conf / "log4j2.properties").write_text(LOGGING)
        (conf / "spark-defaults.conf").write_text(DEFAULTS)
        os.environ["SPARK_CONF_DIR"] = str(conf)
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        os.environ["PYSPARK_PYTHON"] = sys.executable
        self._launch("master", "master.Master", "--port", "0")
        self.address = self._await(r"Starting Spark master at (spark://\S+)")
        for number in range(WORKERS):
            self._launch(
                f"worker{number}", "worker.Worker", "--cores", "1", "--memory", "1g",
                "--work-dir", str(self.folder / f"work{number}"), self.address,
            )  # fmt: skip
        self._await(rf"(?s)(Registering worker.*){{{WORKERS}}}")

    def start_connect(self) -> str:
        """Start a server of Spark Connect, a process with two threads, and return its address."""
        self._launch_connect()
        found = self._await(r"Spark Connect server started at: 127\.0\.0\.1:(\d+)", "connect")
        return f"sc://127.0.0.1:{found}"

    def stop(self) -> None:
        """End every process, workers first."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=PATIENCE)
        self.processes.clear()

    def log(self, name: str = "master") -> str:
        """Return what a process has logged so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _launch(self, name: str, role: str, *arguments: str) -> None:
        self._run(
            name, "spark-class", f"org.apache.spark.deploy.{role}",
            "--host", "127.0.0.1", "--webui-port", "0", *arguments,
        )  # fmt: skip

    def _launch_connect(self) -> None:
        self._run(
            "connect", "spark-submit", "--master", "local[2]",
            "--conf", "spark.connect.grpc.binding.address=127.0.0.1",
            "--conf", "spark.connect.grpc.binding.port=0",
            "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal",
            memory="768m",
        )  # fmt: skip

    def _run(self, name: str, program: str, *arguments: str, memory: str = "256m") -> None:
        environment = os.environ | {
            "SPARK_HOME": str(SPARK_HOME),
            "SPARK_DAEMON_MEMORY": memory,
            "SPARK_DAEMON_JAVA_OPTS": JAVA,
        }
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen(
                    [str(SPARK_HOME / "bin" / program), *arguments],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environment,
                )
            )

    def _await(self, pattern: str, name: str = "master") -> str:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if found := re.search(pattern, self.log(name)):
                return found[1]
            if any(process.poll() is not None for process in self.processes):
                break
            time.sleep(0.1)
        raise RuntimeError(f"Spark did not come up:\n{self.log(name)[-3000:]}")
