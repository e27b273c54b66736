"""The full build of the models, as a refresh runs it: seeds, models, data tests and unit tests."""

from __future__ import annotations

import sys
from pathlib import Path

from anlan.errors import AnlanError
from anlan.warehouse.build import build_warehouse

if __name__ == "__main__":
    folder, warehouse, state = (Path(argument) for argument in sys.argv[1:4])
    try:
        build_warehouse(warehouse, folder / "lake", folder / "inputs", state)
    except AnlanError as error:
        sys.exit(str(error))
