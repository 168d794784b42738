"""Other tools' own readers and writers against gwageo, on the golden tasks.

    python3 round_trip.py log DIR [NAME ...]   the harness logs runs with samples: DIR/logs/NAME
    python3 round_trip.py play DIR PROGRAM     gwageo imports them, plays the answers back, and its
                                               results are compared with what the harness logged
    python3 round_trip.py read DIR             Inspect reads what `play` left in DIR/inspect

`log` needs what oracle.py needs, `read` an installed inspect_ai, `play` only the program.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time


def log(folder, names):
    import oracle
    from lm_eval.evaluator import simple_evaluate
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    for name in names or sorted(path.name for path in (oracle.HERE / "tasks").iterdir()):
        os.chdir(oracle.HERE / "tasks" / name)
        voice = oracle.VOICES.get(name, {})
        manager = TaskManager(include_path=os.getcwd(), include_defaults=False)
        wanted = voice.get("load", [name])
        model = oracle.GoldenModel(manager.load(wanted)["tasks"])
        tracker = EvaluationTracker(output_path=str(folder / "logs" / name))
        results = simple_evaluate(
            model=model, tasks=wanted, task_manager=manager, log_samples=True, bootstrap_iters=0,
            evaluation_tracker=tracker, fewshot_random_seed=1234, torch_random_seed=None,
            **voice.get("chat", {}),
        )
        samples = results.pop("samples")
        tracker.save_results_aggregated(results=results, samples=samples)
        for task in results["configs"]:
            tracker.save_results_samples(task_name=task, samples=samples[task])


def read_run(results):
    """A run's results, and of each task its lines by document and filter."""
    document = json.loads(results.read_text(encoding="utf-8"))
    date = results.name[len("results_") : -len(".json")]
    rows = {}
    for task in document["configs"]:
        lines = (results.parent / f"samples_{task}_{date}.jsonl").read_text(encoding="utf-8")
        for line in lines.split("\n")[:-1]:
            row = json.loads(line)
            rows.setdefault(task, {})[row["doc_id"], row["filter"]] = line
    return document, rows


def recorded(document, rows):
    """What the model said, as the engine `recorded` takes it."""
    for task, lines in rows.items():
        generates = document["configs"][task]["output_type"] == "generate_until"
        for item, row in {key[0]: json.loads(line) for key, line in lines.items()}.items():
            for choice, answers in enumerate(row["resps"]):
                for repeat, answer in enumerate(answers):
                    out = {"task": task, "item": str(item), "repeat": repeat}
                    if generates:
                        yield out | {"text": answer}
                        continue
                    sum_only = isinstance(answer, str)
                    yield out | {
                        "choice": choice,
                        "logprob": float(answer if sum_only else answer[0]),
                        "greedy": not sum_only and answer[1] == "True",
                    }


def play(folder, program):
    for made in ("data", "plans", "inspect", "back"):
        shutil.rmtree(folder / made, ignore_errors=True)
    data = ["--data", str(folder / "data")]
    pool = subprocess.Popen([program, "up", "--workers", "1", *data], stdout=subprocess.DEVNULL)
    while not (folder / "data" / "endpoint").exists():
        time.sleep(0.1)

    def gwageo(*words):
        return subprocess.run([program, *words, *data], check=True, capture_output=True, text=True)

    equal = unequal = 0
    try:
        for name in sorted(path.name for path in (folder / "logs").iterdir()):
            source = sorted((folder / "logs" / name).glob("*/results_*.json"))[-1]
            plan = folder / "plans" / name
            document, logged = read_run(source)
            gwageo("plan", "import", "--from", "lm-eval", str(source), "--suite", name,
                   "--out", str(plan))
            outputs = folder / "plans" / f"{name}.jsonl"
            said = recorded(document, logged)
            outputs.write_text("".join(json.dumps(row) + "\n" for row in said))
            gwageo("model", "add", name, "--role", "candidate", "--released", "2026-08-01",
                   "--engine", "recorded", "--outputs", str(outputs))
            job = gwageo("submit", "--model", name, "--suite", name, "--wait").stdout.split()[0]
            gwageo("results", job, "--format", "inspect", "--out", str(folder / "inspect"))
            gwageo("results", job, "--format", "lm-eval", "--out", str(folder / "back"))
            back, ours = read_run(next((folder / "back" / name).glob("results_*.json")))
            for task, lines in logged.items():
                if "# Scored elsewhere" in (plan / f"{task}.yaml").read_text(encoding="utf-8"):
                    print(f"{name}: {task} is scored elsewhere")
                    continue
                for key, line in lines.items():
                    is_equal = ours[task].get(key) == line
                    equal += is_equal
                    unequal += not is_equal
                    if not is_equal:
                        print(f"{name}: {task}: row {key}")
                for key, value in document["results"][task].items():
                    found = back["results"][task].get(key)
                    if "," in key and "_stderr" not in key and found != value:
                        print(f"{name}: {task}: {key} is {found!r}, the harness has {value!r}")
    finally:
        pool.send_signal(signal.SIGTERM)
        pool.wait()
    print(f"{equal} rows are equal, {unequal} are not")


def read(folder):
    from inspect_ai.log import read_eval_log, recompute_metrics

    count = 0
    for path in sorted((folder / "inspect").glob("*/*.json")):
        found = read_eval_log(str(path))
        assert read_eval_log(str(path), header_only=True).eval.task == found.eval.task
        assert found.samples and len(found.samples) == found.results.total_samples
        recompute_metrics(found)
        count += 1
    print(f"{count} logs read")


if __name__ == "__main__":
    what, where, *rest = sys.argv[1:]
    where = pathlib.Path(where).resolve()
    if what == "log":
        log(where, rest)
    elif what == "play":
        play(where, rest[0])
    elif what == "read":
        read(where)
