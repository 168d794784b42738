"""Asks the quickstart models the quickstart suite, as lm-eval would, and prints the scores.

    python3 check.py                        scores of every model and checkpoint, and the ratios
    python3 check.py --expected FILE        writes known answers for the tests of an engine as well
    python3 check.py --overlap              proves that no item occurs in any training text

A prompt is the begin token followed by the bytes of the text. Generation is greedy and ends at the
stop string; a choice's log-probability is the sum over the bytes of target_delimiter + choice.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml

import model as llama
from model import BOS, EOS, PAD, Llama
from train import BATCH, LENGTH, RECIPES, training_row

ROOT = Path(__file__).resolve().parent.parent
BATCH_ITEMS = 64
EXPECTED_ITEMS = 8  # A task.
STRIDE = 31  # Expected items are taken this far apart; coprime to the number of items.
MARGIN = 0.05  # Between the best and the second logit, where a greedy text is expected exactly.
SHARE = 0.95
REFERENCES = ("baram-1", "narae-2")  # In the window; the better one is the bar.
CANDIDATES = ("haneul-1", "gaon-1")


@dataclass(frozen=True)
class Item:
    id: str
    prompt: str
    row: dict


@dataclass(frozen=True)
class Task:
    name: str
    axis: str
    weight: float  # Of the axis.
    keys: dict
    items: list[Item]

    @property
    def is_choice(self) -> bool:
        return self.keys["output_type"] == "multiple_choice"

    @property
    def delimiter(self) -> str:
        return self.keys.get("target_delimiter", " ")


def rows_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def render(template: str, row: dict) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: str(row[match[1]]), template)


def load_task(path: Path, axis: str, weight: float) -> Task:
    keys = yaml.safe_load(path.read_text(encoding="utf-8"))
    files = keys["dataset_kwargs"]["data_files"]
    delimiter = keys.get("target_delimiter", " ")
    shots = ""
    if keys["num_fewshot"]:
        for row in rows_of(path.parent / files["dev"])[: keys["num_fewshot"]]:
            if keys["output_type"] == "multiple_choice":
                target = row[keys["doc_to_choice"]][row[keys["doc_to_target"]]]
            else:
                target = render(keys["doc_to_target"], row)
            shots += render(keys["doc_to_text"], row) + delimiter + target + "\n\n"
    rows = rows_of(path.parent / files["test"])
    items = [Item(row["id"], shots + render(keys["doc_to_text"], row), row) for row in rows]
    return Task(keys["task"], axis, weight, keys, items)


def load_suite(path: Path) -> list[Task]:
    suite = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries = [(path.parent / e["include"], e["axis"]) for e in suite["tasks"]]
    return [load_task(file, axis, suite["axes"][axis]["weight"]) for file, axis in entries]


def encode(text: str) -> list[int]:
    return list(text.encode())


@dataclass(frozen=True)
class Likelihood:
    log_probability: float
    greedy: bool  # Every byte was the most probable one.


@torch.no_grad()
def likelihoods(net: Llama, pairs: list[tuple[str, str]]) -> list[Likelihood]:
    """Of each continuation after its prompt."""
    results: dict[int, Likelihood] = {}
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
    for start in range(0, len(order), BATCH_ITEMS):
        batch = order[start : start + BATCH_ITEMS]
        rows = [[BOS] + encode(pairs[i][0]) + encode(pairs[i][1]) for i in batch]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])
        logits = net(ids)[:, :-1]
        best = logits.argmax(-1).eq(ids[:, 1:])
        chosen = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
        for j, i in enumerate(batch):
            end = len(rows[j]) - 1
            span = slice(end - len(encode(pairs[i][1])), end)
            results[i] = Likelihood(chosen[j, span].sum().item(), bool(best[j, span].all()))
    return [results[i] for i in range(len(pairs))]


@dataclass
class Generation:
    text: str = ""
    truncated: bool = True
    margin: float = float("inf")  # The smallest distance to another choice of byte.


@torch.no_grad()
def generations(net: Llama, prompts: list[str], stop: str, limit: int) -> list[Generation]:
    results = [Generation() for _ in prompts]
    by_length: dict[int, list[int]] = {}
    for i, prompt in enumerate(prompts):
        by_length.setdefault(len(encode(prompt)), []).append(i)
    for same in by_length.values():
        active = {i: [BOS] + encode(prompts[i]) for i in same}
        said: dict[int, bytes] = {i: b"" for i in same}
        for _ in range(limit):
            if not active:
                break
            top = net(torch.tensor(list(active.values())))[:, -1].topk(2)
            for i, values, tokens in zip(list(active), top.values, top.indices):
                token = int(tokens[0])
                results[i].margin = min(results[i].margin, float(values[0] - values[1]))
                active[i].append(token)
                said[i] += bytes([token]) if token < BOS else b""
                if token == EOS or stop.encode() in said[i]:
                    results[i].truncated = False
                    said[i] = said[i].split(stop.encode())[0]
                    del active[i]
        for i in same:
            results[i].text = said[i].decode("utf-8", "replace")
    return results


def filtered(task: Task, text: str) -> str:
    for pipeline in task.keys.get("filter_list", [])[:1]:
        for step in pipeline["filter"]:
            if step["function"] == "regex":
                found = re.findall(step["regex_pattern"], text)
                text = found[0].strip() if found else "[invalid]"
    return text


def ask_choices(net: Llama, task: Task) -> tuple[np.ndarray, list[dict]]:
    """Right or wrong for each item, and what an engine's test would expect."""
    asked = [[task.delimiter + c for c in item.row["choices"]] for item in task.items]
    pairs = [(item.prompt, c) for item, choices in zip(task.items, asked) for c in choices]
    answers = iter(likelihoods(net, pairs))
    right, expected = [], []
    for item, choices in zip(task.items, asked):
        said = [next(answers) for _ in choices]
        scores = [answer.log_probability for answer in said]
        right.append(int(np.argmax(scores)) == item.row["answer"])
        expected.append({
            "item": item.id, "prompt": item.prompt, "continuations": choices,
            "log_probabilities": [round(score, 6) for score in scores],
            "greedy": [answer.greedy for answer in said],
        })
    return np.array(right), expected


def ask_texts(net: Llama, task: Task) -> tuple[np.ndarray, list[dict]]:
    limits = task.keys["generation_kwargs"]
    prompts = [item.prompt for item in task.items]
    said = generations(net, prompts, limits["until"][0], limits["max_gen_toks"])
    right = [filtered(task, s.text) == i.row["answer"] for s, i in zip(said, task.items)]
    expected = [
        {"item": item.id, "prompt": item.prompt, "text": s.text, "truncated": s.truncated}
        for item, s in zip(task.items, said)
    ]
    order = [n * STRIDE % len(said) for n in range(len(said))]
    clear = [n for n in order if said[n].margin >= MARGIN][:EXPECTED_ITEMS]
    return np.array(right), [expected[n] for n in clear]


def ask(net: Llama, tasks: list[Task]) -> tuple[dict[str, np.ndarray], dict[str, list[dict]]]:
    marks, known = {}, {}
    for task in tasks:
        if task.is_choice:
            marks[task.name], rows = ask_choices(net, task)
            known[task.name] = [rows[n * STRIDE % len(rows)] for n in range(EXPECTED_ITEMS)]
        else:
            marks[task.name], known[task.name] = ask_texts(net, task)
    return marks, known


def total(tasks: list[Task], value: dict[str, float]) -> float:
    """The weighted mean of the axes, each the mean of its tasks."""
    axes: dict[str, list[float]] = {}
    weights = {}
    for task in tasks:
        axes.setdefault(task.axis, []).append(value[task.name])
        weights[task.axis] = task.weight
    return sum(weights[a] * np.mean(v) for a, v in axes.items()) / sum(weights.values())


def ratio_interval(tasks: list[Task], candidate: dict, reference: dict) -> tuple[float, float]:
    """90 % interval of the ratio of totals: items resampled in pairs within each task."""
    rng = np.random.default_rng(1)
    ratios = []
    for _ in range(2000):
        picks = {t.name: rng.integers(0, len(t.items), len(t.items)) for t in tasks}
        scores = [
            total(tasks, {name: marks[name][pick].mean() for name, pick in picks.items()})
            for marks in (candidate, reference)
        ]
        ratios.append(scores[0] / scores[1])
    low, high = np.quantile(ratios, (0.05, 0.95))
    return float(low), float(high)


def model_names(models: Path) -> list[str]:
    folders = sorted(path.parent for path in models.rglob("config.json"))
    return [folder.relative_to(models).as_posix() for folder in folders]


def check_scores(models: Path, tasks: list[Task], expected_file: Path | None) -> None:
    all_marks, all_known = {}, {}
    print("| model | " + " | ".join(task.name for task in tasks) + " | total |")
    print("|" + "---|" * (len(tasks) + 2), flush=True)
    for name in model_names(models):
        marks, known = ask(llama.load(models / name), tasks)
        all_marks[name] = marks
        if "/" not in name:
            all_known[name] = known
        means = {task: values.mean() for task, values in marks.items()}
        cells = [f"{mean:.3f}" for mean in means.values()]
        print(f"| {name} | {' | '.join(cells)} | {total(tasks, means):.4f} |", flush=True)
    scores = {
        name: total(tasks, {task: values.mean() for task, values in all_marks[name].items()})
        for name in (*REFERENCES, *CANDIDATES) if name in all_marks
    }
    references = [name for name in REFERENCES if name in scores]
    for name in CANDIDATES:
        if name in scores and references:
            best = max(references, key=lambda n: scores[n])
            low, high = ratio_interval(tasks, all_marks[name], all_marks[best])
            verdict = "pass" if low >= SHARE else "fail" if high < SHARE else "inconclusive"
            ratio = scores[name] / scores[best]
            print(f"{name} / {best} = {ratio:.4f} [{low:.4f}, {high:.4f}]: {verdict}")
    if expected_file:
        expected_file.write_text(expected_text(all_known), encoding="utf-8")


def expected_text(known: dict[str, dict[str, list[dict]]]) -> str:
    """JSON with one line for each item."""
    models = []
    for name, by_task in known.items():
        blocks = []
        for task, rows in by_task.items():
            lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
            blocks.append(f'   "{task}": [\n{lines}\n   ]')
        models.append(f'  "{name}": {{\n' + ",\n".join(blocks) + "\n  }")
    return '{\n "models": {\n' + ",\n".join(models) + "\n }\n}\n"


def check_overlap(tasks: list[Task]) -> None:
    """Makes the training text of every model again and looks for the suite's questions in it."""
    questions = {render(t.keys["doc_to_text"], i.row).encode() for t in tasks for i in t.items}
    for name, recipe in RECIPES.items():
        rng = random.Random(recipe.seed)
        task_names, weights = list(recipe.mix), list(recipe.mix.values())
        met: set[bytes] = set()
        examples = 0
        for _ in range(recipe.steps * BATCH):
            ids, _weights = training_row(rng, task_names, weights)
            assert len(ids) == LENGTH + 1
            for line in bytes(ids[1:]).split(b"\n\n"):
                examples += 1
                met |= {question_of(line)} & questions
        print(f"{name}: {examples} training examples, {len(met)} of {len(questions)} items met")


def question_of(line: bytes) -> bytes:
    """The question of a line of training text, as the task's doc_to_text renders it."""
    text = line.decode("utf-8", "ignore")  # A row may end within a character.
    if text.startswith("조사: "):
        word, space, _predicate = text.removeprefix("조사: ").partition(" ")
        if not space:
            return b""  # Cut before the predicate.
        return f"조사: {word.removesuffix('으로') if word.endswith('으로') else word[:-1]}".encode()
    found = re.match(r".*(=|, two|I see)", text)
    return found[0].encode() if found else b""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    suite = ROOT / "suites" / "quickstart" / "quickstart.yaml"
    parser.add_argument("--suite", type=Path, default=suite)
    parser.add_argument("--expected", type=Path, help="write known answers to this file")
    parser.add_argument("--overlap", action="store_true", help="look for items in training text")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tasks = load_suite(arguments.suite)
    if arguments.overlap:
        check_overlap(tasks)
    else:
        check_scores(arguments.models, tasks, arguments.expected)


if __name__ == "__main__":
    main()
