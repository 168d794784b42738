"""Runs the harness over the golden task files and writes down what it gives.

    python3 oracle.py [NAME ...]

NAME is a folder of ../tasks (all of them where none is given); ../expected/NAME.json is written.
Needs an installed lm-eval with its `datasets`, `numpy` and `scikit-learn`. The format is in
../README.md.
"""

import hashlib
import json
import os
import pathlib
import random
import sys

os.environ.setdefault("DISABLE_MULTIPROC", "1")

import numpy

import lm_eval.api.metrics
from lm_eval.api.model import LM
from lm_eval.evaluator import evaluate
from lm_eval.tasks import TaskManager

MAKE = pathlib.Path(__file__).resolve().parent
HERE = pathlib.Path(os.environ.get("GWAGEO_GOLDEN", MAKE.parent))
VOICES = json.loads((MAKE / "voices.json").read_text(encoding="utf-8"))


def draw(*parts):
    """A number from the SHA-256 of what is asked: the model has no other source of chance."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode("utf-8")).digest()[:8], "big")


class GoldenModel(LM):
    """Answers as a pure function of the request's arguments and of its repeat."""

    def __init__(self, tasks):
        super().__init__()
        self.tasks = tasks
        self.asked = {}

    def repeat(self, request):
        self.asked[id(request)] = self.asked.get(id(request), -1) + 1
        return self.asked[id(request)]

    def likelihood(self, request):
        number = draw(*request.args, self.repeat(request))
        voice = VOICES.get(request.task_name, {})
        if voice.get("likelihood") == "coarse":  # So that choices tie.
            return -(number % 7) / 4 - 0.25, number % 3 == 0
        return -(number % 15000) / 1000, number % 3 == 0

    def loglikelihood(self, requests):
        return [self.likelihood(request) for request in requests]

    def loglikelihood_rolling(self, requests):
        return [self.likelihood(request)[0] * 3 for request in requests]

    def generate_until(self, requests):
        return [self.text(request) for request in requests]

    def text(self, request):
        number = draw(request.args[0], self.repeat(request))
        task = self.tasks[request.task_name]
        voice = VOICES.get(request.task_name, {})
        sayings = voice.get("sayings") or VOICES["default"]["sayings"]
        docs = task.eval_docs
        other = docs[(number >> 16) % len(docs)]
        saying = sayings[number % len(sayings)]
        for name, said in (
            ("{target}", self.said(task, request.doc)),
            ("{other}", self.said(task, other)),
            ("{whole}", str(task.doc_to_target(request.doc))),
        ):
            saying = saying.replace(name, said)
        return saying

    tokenizer_name = "golden"

    def apply_chat_template(self, chat_history, add_generation_prompt=True):
        """The messages themselves; what a template makes of them is the model's business."""
        assert add_generation_prompt == (chat_history[-1]["role"] != "assistant")
        return json.dumps(chat_history, ensure_ascii=False)

    @staticmethod
    def said(task, doc):
        target = task.doc_to_target(doc)
        if isinstance(target, list) and target:
            target = target[-1]
        if isinstance(target, int) and task.config.doc_to_choice is not None:
            target = task.doc_to_choice(doc)[target]
        return str(target)


def plain_sum(values):
    """`sum` before Python 3.12: one rounding an addition."""
    total = 0
    for value in values:
        total = total + value
    return total


def compensated_sum(values):
    """`sum` from Python 3.12 on: the rounding of floats is made good, that of numpy's is not."""
    total = 0
    values = iter(values)
    for value in values:
        total = total + value
        if type(total) is float:
            break
    if type(total) is not float:
        return total
    lost = 0.0
    for value in values:
        if type(value) is float:
            new = total + value
            if abs(total) >= abs(value):
                lost += (total - new) + value
            else:
                lost += (value - new) + total
            total = new
        elif type(value) is int:
            total += value
        else:
            if lost:
                total += lost
            return plain_sum([total + value, *values])
    return total + lost if lost else total


def plain(value):
    """numpy's numbers as Python's."""
    if isinstance(value, numpy.generic):
        return value.item()
    if isinstance(value, numpy.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value)} has no place in the golden files")


def one_task(task, samples, results):
    filters = {}
    items = {}
    for sample in samples:
        doc_id = sample["doc_id"]
        if doc_id not in items:
            arguments = [list(argument) for argument in sample["arguments"]]
            if task.OUTPUT_TYPE == "generate_until":
                assert all(a[1] == task.config.generation_kwargs for a in arguments)
                arguments = [argument[:1] for argument in arguments]
            for argument in arguments[1:]:
                if argument[0] == arguments[0][0]:
                    argument[0] = None
            items[doc_id] = {
                "doc_hash": sample["doc_hash"],
                "prompt_hash": sample["prompt_hash"],
                "target_hash": sample["target_hash"],
                "target": str(sample["target"]),
                "arguments": arguments,
                "resps": sample["resps"],
            }
        row = {name: sample[name] for name in sample["metrics"]}
        if sample["filtered_resps"] != [given[0] for given in sample["resps"]]:
            row["filtered_resps"] = sample["filtered_resps"]
        filters.setdefault(sample["filter"], {})[doc_id] = row
    out = {"output_type": task.OUTPUT_TYPE}
    if task.OUTPUT_TYPE == "generate_until":
        out["generation_kwargs"] = task.config.generation_kwargs
    chat = VOICES.get(task.config.task, {}).get("chat")
    if chat:
        out["chat"] = chat
    out["version"] = task.VERSION
    out["alias"] = results["alias"]
    out["items"] = [items[doc_id] for doc_id in sorted(items)]
    out["filters"] = {
        name: [rows[doc_id] for doc_id in sorted(rows)] for name, rows in filters.items()
    }
    return out


def figures(results, newer):
    """The figures, and those that a newer Python gives where they differ."""
    out = {"results": {}, "results_since_3_12": {}}
    for key, value in results.items():
        if "," in key or key.startswith("sample"):
            out["results"][key] = value
            if newer[key] != value:
                out["results_since_3_12"][key] = newer[key]
    if not out["results_since_3_12"]:
        del out["results_since_3_12"]
    return out


def lines(value, depth=0):
    """JSON with one item of a list a line, so that a change shows as a few lines."""
    if depth < 4 and isinstance(value, dict) and value:
        inner = ",\n".join(
            json.dumps(key, ensure_ascii=False) + ": " + lines(held, depth + 1)
            for key, held in value.items()
        )
        return "{\n" + inner + "\n}"
    if depth < 5 and isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(lines(held, 9) for held in value) + "\n]"
    return json.dumps(value, ensure_ascii=False, default=plain)


def run(name):
    os.chdir(HERE / "tasks" / name)
    loaded, result = evaluated(name, plain_sum)
    _, newer = evaluated(name, compensated_sum)
    out = {"first": VOICES.get(name, {}).get("first", []), "tasks": {}}
    if not out["first"]:
        del out["first"]
    for task_name, task in loaded["tasks"].items():
        out["tasks"][task_name] = one_task(
            task, result["samples"][task_name], result["results"][task_name]
        ) | figures(result["results"][task_name], newer["results"][task_name])
    if loaded["groups"]:
        out["groups"] = {
            group: {
                "alias": result["results"][group]["alias"],
                "version": result["versions"][group],
                "children": result["group_subtasks"][group],
            }
            | figures(result["results"][group], newer["results"][group])
            for group in loaded["groups"]
        }
    (HERE / "expected" / f"{name}.json").write_text(lines(out) + "\n", encoding="utf-8")


def evaluated(name, sum_of_python):
    random.seed(0)
    numpy.random.seed(1234)
    lm_eval.api.metrics.sum = sum_of_python
    manager = TaskManager(include_path=os.getcwd(), include_defaults=False)
    loaded = manager.load(VOICES.get(name, {}).get("load", [name]))
    for task in loaded["tasks"].values():
        task.set_fewshot_seed(seed=1234)
    chat = VOICES.get(name, {}).get("chat", {})
    return loaded, evaluate(lm=GoldenModel(loaded["tasks"]), task_dict=loaded, **chat)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or sorted(path.name for path in (HERE / "tasks").iterdir()):
        run(chosen)
