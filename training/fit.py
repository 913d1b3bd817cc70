"""Fitting: one run of the optimiser by a budget of minutes or of examples, kept as it goes.

A run's folder holds `last.pt` (weights, optimiser, place in the stream), `curve.jsonl`
(one line a measurement) and `run.json` (what was asked for). Starting the same command
again goes on from `last.pt`; a run cut off at any moment loses five minutes at most.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch

from training.measure import measure
from training.model import Batch, Reader, compared_losses, losses, parameter_groups
from training.stream import Place, Stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to learn; the rate rises, then falls to nothing at the budget's end.

    Exactly one of `minutes` (of learning, measuring not counted) and `examples` is given.
    """

    minutes: float | None = None
    examples: int | None = None
    rate: float = 1.2e-4
    layer_decay: float = 0.9
    warmup: float = 0.05
    keep_every: float = 300.0
    measure_every: float = 420.0


def fit(
    model: Reader,
    stream: Stream,
    plan: Plan,
    folder: Path,
    held_out: Mapping[str, Sequence[Batch]],
) -> None:
    """Train `model` in place until the plan's budget is spent."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(asdict(plan), indent=1) + "\n")
    optimiser = torch.optim.AdamW(parameter_groups(model, plan.rate, decay=plan.layer_decay))
    state: dict[str, Any] = {"place": Place(), "seconds": 0.0, "seen": 0, "steps": 0}
    last = folder / "last.pt"
    if last.exists():
        saved = torch.load(last, weights_only=False)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        state = saved["state"]
    kept = measured = state["seconds"]
    recent: list[float] = []
    model.train()
    for place, batch in stream.batches(state["place"]):
        begun = time.monotonic()
        done = _progress(plan, state)
        if done >= 1:
            break
        share = min(done / plan.warmup, (1 - done) / (1 - plan.warmup), 1.0)
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * group["factor"] * max(share, 0.01)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(batch.input_ids, batch.attention_mask, batch.token_type_ids)
        loss = (compared_losses if batch.group > 1 else losses)(logits, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        recent.append(float(loss.detach()))
        state["place"] = place
        state["seen"] += len(batch.start)
        state["steps"] += 1
        state["seconds"] += time.monotonic() - begun
        if state["seconds"] - kept >= plan.keep_every:
            kept = state["seconds"]
            _keep(last, model, optimiser, state)
        if state["seconds"] - measured >= plan.measure_every:
            measured = state["seconds"]
            _note(folder, model, {**state, "done": done, "loss": recent}, held_out)
            recent.clear()
    _keep(last, model, optimiser, state)
    _note(folder, model, {**state, "done": 1.0, "loss": recent}, held_out)


def _progress(plan: Plan, state: Mapping[str, Any]) -> float:
    if plan.minutes is not None:
        return float(state["seconds"]) / (plan.minutes * 60)
    return float(state["seen"]) / float(plan.examples or 1)


def _keep(path: Path, model: Reader, optimiser: torch.optim.Optimizer, state: object) -> None:
    """Write beside, then move in whole."""
    beside = path.with_suffix(".part")
    torch.save(
        {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "state": state}, beside
    )
    beside.replace(path)


def _note(
    folder: Path,
    model: Reader,
    state: Mapping[str, Any],
    held_out: Mapping[str, Sequence[Batch]],
) -> None:
    line: dict[str, Any] = {
        "done": round(state["done"], 4),
        "minutes": round(state["seconds"] / 60, 2),
        "examples": state["seen"],
        "loss": round(sum(state["loss"]) / max(1, len(state["loss"])), 4),
    }
    model.eval()
    for name, batches in held_out.items():
        line[name] = measure(model, batches)
    model.train()
    with (folder / "curve.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)
