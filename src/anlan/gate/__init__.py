"""The gate: may an extract, a row, a cell enter? And the lake that holds what did and what did not."""
