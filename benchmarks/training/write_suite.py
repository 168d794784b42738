"""Writes the data of the quickstart suite: `python3 write_suite.py [--out DIR]`.

Items come from the test pools of tasks.py, few-shot examples from the dev pools. The same seed
gives the same bytes on every machine.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tasks import DEV, TASKS, TEST, Example, distinct_examples

SEED = 20261122
ITEMS = 250  # A task.
DEV_ROWS = 16


def write(path: Path, task: str, label: str, examples: list[Example]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for number, example in enumerate(examples, start=1):
            row = {"id": f"{task}-{label}{number:03}", **example.row}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).resolve().parent.parent / "suites" / "quickstart" / "data"
    parser.add_argument("--out", type=Path, default=default)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for task in TASKS:
        write(out / f"{task}_test.jsonl", task, "", distinct_examples(task, TEST, ITEMS, SEED))
        dev = distinct_examples(task, DEV, DEV_ROWS, SEED)
        write(out / f"{task}_dev.jsonl", task, "dev", dev)


if __name__ == "__main__":
    main()
