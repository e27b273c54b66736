"""The same models on two engines: builds a warehouse folder on local Spark, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from anlan.project import ROOT

SPARK_PYTHON = ROOT / ".venv-spark" / "bin" / "python"

# What makes Spark small enough for two cores and keeps it off the network. What its figures depend on
# (time zone, kind of timestamps) stands in profiles.yml, for it holds on any cluster.
_DEFAULTS = """\
spark.master                            local[2]
spark.driver.memory                     2g
spark.driver.host                       127.0.0.1
spark.driver.bindAddress                127.0.0.1
spark.ui.enabled                        false
spark.ui.showConsoleProgress            false
spark.sql.shuffle.partitions            2
spark.default.parallelism               2
spark.sql.files.openCostInBytes         0
spark.sql.warehouse.dir                 {folder}/warehouse
spark.local.dir                         {folder}/scratch
spark.driver.extraJavaOptions           -Dderby.system.home={folder}/derby -Djava.io.tmpdir={folder}/scratch
spark.hadoop.javax.jdo.option.ConnectionURL jdbc:derby:;databaseName={folder}/metastore;create=true
"""

# Three lines of start-up chatter per build would bury a message that matters.
_LOGGING = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
"""


_WANTED = (
    "Spark needs Java 17 or newer, and {fault}. Install one (Debian: apt-get install "
    "openjdk-17-jre-headless) or point JAVA_HOME to it, then run make spark again."
)


class SparkBuildError(Exception):
    """Spark cannot be started, or a model failed on it. The message says which and what to do."""


def java() -> Path:
    """The Java that Spark will start. Errors: SparkBuildError naming what is missing or too old."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if found is None or not Path(found).is_file():
        fault = f"JAVA_HOME is {home}, without bin/java" if home else "there is no java on PATH"
        raise SparkBuildError(_WANTED.format(fault=fault))
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if version is None or int(version[1]) < 17:
        is_what = f"is Java {version[1]}" if version else f"does not tell its version: {said.strip()[:200]}"
        raise SparkBuildError(_WANTED.format(fault=f"{found} {is_what}"))
    return Path(found)


def build_on_spark(folder: Path, lake: Path, inputs: Path, select: tuple[str, ...] = ()) -> Path:
    """Build seeds and models on local Spark under ``folder``.

    ``lake`` and ``inputs``: what a build on DuckDB reads. ``select``: dbt selectors; all without.
    Returns the folder of the marts, one folder of Parquet each. Errors: SparkBuildError.
    """
    java()
    if not SPARK_PYTHON.is_file():
        raise SparkBuildError(f"{SPARK_PYTHON} is missing: run make spark, which sets it up.")
    for name in ("conf", "scratch", "derby"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "spark-defaults.conf").write_text(_DEFAULTS.format(folder=folder), encoding="utf-8")
    (folder / "conf" / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    command = [
        str(SPARK_PYTHON), "-m", "dbt.cli.main", "--no-use-colors", "--no-send-anonymous-usage-stats",
        "--log-path", str(folder / "logs"),
        "build", "--resource-type", "seed", "--resource-type", "model",
        "--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target", "spark",
        "--target-path", str(folder / "target"),
        *(("--select", *select) if select else ()),
    ]  # fmt: skip
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("SPARK_HOME", "PYTHONPATH")},
        "ANLAN_LAKE": str(lake),
        "ANLAN_INPUTS": str(inputs),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": str(SPARK_PYTHON),
        "PYTHONUTF8": "1",
    }
    result = subprocess.run(
        command, env=environment, cwd=folder, check=False, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if result.returncode != 0:
        said = _failures(folder / "target" / "run_results.json") or result.stdout.splitlines()[-40:]
        raise SparkBuildError("The build on Spark failed.\n" + "\n".join(said))
    return folder / "warehouse" / "marts.db"


def _failures(results: Path) -> list[str]:
    """The models that failed, each with the head of its message: what follows are plans and stacks."""
    if not results.is_file():
        return []
    nodes = json.loads(results.read_text(encoding="utf-8"))["results"]
    return [
        line
        for node in nodes
        if node["status"] == "error"
        for line in (node["unique_id"], *str(node["message"]).splitlines()[:8])
    ]
