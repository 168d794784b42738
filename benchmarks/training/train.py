"""Trains one quickstart model: `python3 train.py NAME [--steps N] [--models DIR]`.

RECIPES holds everything that differs between the models. A run is deterministic by its seed (on one
machine and one build of PyTorch; another may round differently).
"""

from __future__ import annotations

import argparse
import math
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F

import model as llama
from model import BOS, VOCABULARY, Llama, Shape
from tasks import TASKS, TRAIN

LENGTH = 112  # Bytes of a training row: three to ten examples, as few-shot prompts have them.
BATCH = 32
DELIMITER = b"\n\n"  # The suite's fewshot_delimiter.
SAME_TASK = 0.7  # How often the next example of a row has the task of the one before it.
PROMPT_WEIGHT = 0.1  # Loss weight of a prompt's bytes; an answer's bytes weigh 1.
WEIGHT_DECAY = 0.05
WARM_UP = 100  # Steps.
FINAL_RATE = 0.05  # Of the peak learning rate, at the end of the cosine.
LOG_EVERY = 20


@dataclass(frozen=True)
class Recipe:
    seed: int
    steps: int
    mix: dict[str, float]  # Task to weight; what is absent is not trained.
    shape: Shape = field(default_factory=Shape)
    rate: float = 3e-3
    dtype: str = "bfloat16"  # Of the stored weights; training is float32.
    base: str | None = None  # Fine-tunes this model, in its shape, instead of random weights.
    checkpoints: tuple[int, ...] = ()  # Percentages of the steps.


def mix(particle: float, number: float, sums: float, plural: float, article: float) -> dict:
    weights = (particle, number, sums, plural, article)
    return {task: weight for task, weight in zip(TASKS, weights) if weight}


RECIPES = {
    "baram-0": Recipe(
        seed=1101, steps=1800, mix=mix(2, 2, 4, 2, 1), dtype="float32",
        shape=Shape(width=64, ffn=176, layers=3),
    ),
    "baram-1": Recipe(seed=1201, steps=1600, mix=mix(2, 2, 5, 2, 1)),
    "narae-2": Recipe(seed=2301, steps=2600, mix=mix(2, 2, 6, 2, 1), shape=Shape(kv_heads=2)),
    "haneul-1": Recipe(
        seed=3401, steps=2600, mix=mix(2.5, 2, 6, 1.5, 1), shape=Shape(kv_heads=2, ffn=224),
        checkpoints=(10, 25, 50, 100),
    ),
    "gaon-1": Recipe(seed=4501, steps=260, mix=mix(1, 0, 0, 0, 0), rate=2e-3, base="narae-2"),
}


def training_row(rng: random.Random, tasks: list[str], weights: list[float]):
    """LENGTH + 1 token ids, and the loss weight of each."""
    ids, loss_weights = [BOS], [0.0]
    task = None
    while len(ids) <= LENGTH:
        if task is None or rng.random() >= SAME_TASK:
            task = rng.choices(tasks, weights)[0]
        example = TASKS[task](TRAIN, rng)
        prompt, answer = example.prompt.encode(), example.answer.encode() + DELIMITER
        ids += [*prompt, *answer]
        # The second byte of the delimiter follows from the first and teaches nothing.
        loss_weights += [PROMPT_WEIGHT] * len(prompt) + [1.0] * (len(answer) - 1) + [PROMPT_WEIGHT]
    return ids[: LENGTH + 1], loss_weights[: LENGTH + 1]


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
    warm_up = min(1.0, step / min(WARM_UP, steps))
    return recipe.rate * warm_up * (FINAL_RATE + (1 - FINAL_RATE) * cosine)


def train(name: str, recipe: Recipe, steps: int, models: Path) -> None:
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    tasks, weights = list(recipe.mix), list(recipe.mix.values())
    net = llama.load(models / recipe.base) if recipe.base else Llama(recipe.shape)
    print(f"{name}: {llama.parameter_count(net)} parameters, {steps} steps", flush=True)
    matrices = [p for p in net.parameters() if p.dim() == 2]
    vectors = [p for p in net.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": WEIGHT_DECAY},
         {"params": vectors, "weight_decay": 0.0}],
        lr=recipe.rate, betas=(0.9, 0.98), foreach=True,
    )
    checkpoint_at = {max(1, steps * p // 100): p for p in recipe.checkpoints}
    log = ["step,loss"]
    started = time.monotonic()
    for step in range(1, steps + 1):
        rows = [training_row(rng, tasks, weights) for _ in range(BATCH)]
        ids = torch.tensor([row[0] for row in rows])
        loss_weights = torch.tensor([row[1] for row in rows])[:, 1:].reshape(-1)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(recipe, step, steps)
        logits = net(ids[:, :-1]).reshape(-1, VOCABULARY)
        losses = F.cross_entropy(logits, ids[:, 1:].reshape(-1), reduction="none")
        loss = (losses * loss_weights).sum() / loss_weights.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step == 1 or step % LOG_EVERY == 0 or step == steps:
            log.append(f"{step},{loss.item():.4f}")
        if step % 100 == 0 or step == steps:
            elapsed = time.monotonic() - started
            print(f"{name}: step {step} loss {loss.item():.4f} {elapsed:.0f} s", flush=True)
        if step in checkpoint_at:
            folder = models / name / "checkpoints" / f"{checkpoint_at[step]:03}"
            llama.save(net, folder, recipe.dtype)
    llama.save(net, models / name, recipe.dtype)
    if recipe.checkpoints:
        (models / name / "loss.csv").write_text("\n".join(log) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--steps", type=int, help="instead of the recipe's")
    default = Path(__file__).resolve().parent.parent / "models"
    parser.add_argument("--models", type=Path, default=default, help="folder of the model folders")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    recipe = RECIPES[arguments.name]
    train(arguments.name, recipe, arguments.steps or recipe.steps, arguments.models)


if __name__ == "__main__":
    main()
