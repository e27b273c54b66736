"""JupyterLab for analysts: Chinese, on this machine only, without a look at the network."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from anlan.project import ROOT, Home

# JupyterLab's own settings, as its overrides file takes them.
_OVERRIDES = {
    "@jupyterlab/translation-extension:plugin": {"locale": "zh_CN"},
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
}


def open_lab(home: Home, browser: bool = True) -> int:
    """Serve the project's notebooks on the loopback address until stopped; returns the exit code.

    Settings and history go to the home's state folder, not to the user's. No terminals, no extension
    manager: a notebook reads the current release and nothing else is offered.
    """
    settings = home.state / "jupyter" / "app-settings"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "overrides.json").write_text(json.dumps(_OVERRIDES), encoding="utf-8")
    command = [
        sys.executable, "-m", "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={ROOT / 'notebooks'}",
        f"--ServerApp.open_browser={browser}",
        "--ServerApp.terminals_enabled=False",
        "--LabApp.extension_manager=readonly",
        f"--LabApp.app_settings_dir={settings}",
        f"--LabApp.user_settings_dir={home.state / 'jupyter' / 'user-settings'}",
        f"--LabApp.workspaces_dir={home.state / 'jupyter' / 'workspaces'}",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home.state / "jupyter" / "config"),
        "JUPYTER_DATA_DIR": str(home.state / "jupyter" / "data"),
        "JUPYTER_RUNTIME_DIR": str(home.state / "jupyter" / "runtime"),
        "IPYTHONDIR": str(home.state / "jupyter" / "ipython"),
        "ANLAN_HOME": str(home.path),
    }
    return subprocess.run(command, env=environment, check=False).returncode
