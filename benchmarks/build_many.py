"""One corpus built three ways: by local processes, in parts that are merged, and by Ray.

    python benchmarks/build_many.py [--articles 240] [--parts 2] [--json FILE]

All three run on this one machine: the parts one after the other (on two machines the
slower of them counts, which is what "slowest part" says), Ray as two nodes of one core each.
So the figures tell what each way costs on top, and not what more machines would gain. The
articles are those of tests/gold/quotations over and over, each with a number of its own.
The exit code is 1 unless the three indexes are equal, article by article.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import RESULTS, Watch, keep, machine
from config.settings import IndexSettings, Settings
from index.build import build_index
from index.cluster import ray_cluster
from index.folder import FolderStore
from index.manifest import PartEntry
from index.merge import merge_parts

ROOT = Path(__file__).resolve().parents[1]
GOLD = ROOT / "tests" / "gold" / "quotations"


def write_corpus(folder: Path, count: int) -> Path:
    """So many articles, as JSON lines."""
    texts = [
        path.read_text(encoding="utf-8").partition("\n----")[0]
        for path in sorted(GOLD.glob("*.txt"))
    ]
    file = folder / "articles.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for number in range(count):
            text = f"{texts[number % len(texts)]}\n\nThis was report number {number}."
            lines.write(json.dumps({"id": f"report-{number}", "text": text}) + "\n")
    return file


def contents(folder: Path) -> dict[str, tuple[Any, ...]]:
    """All that the index says about each article."""
    store = FolderStore.open(folder)
    found = {}
    for article_id, (place, row, digest) in store.digests().items():
        one = store.segments[place].read(row)
        said = (one.article, digest, one.sentences, one.passages, one.quotations)
        found[article_id] = (*said, one.vectors.tobytes())
    return found


def timed(figures: dict[str, float], name: str, work: Any, *given: Any, **named: Any) -> None:
    """Do it, and note how long it took."""
    started = time.perf_counter()
    work(*given, **named)
    figures[name] = time.perf_counter() - started


def build_parts(source: Path, folder: Path, count: int, figures: dict[str, float]) -> Path:
    """Build the parts one after the other, and merge them."""
    made = []
    for number in range(1, count + 1):
        part = folder / f"part-{number}"
        settings = Settings(index=IndexSettings(folder=part))
        timed(
            figures,
            f"part {number}/{count}",
            build_index,
            [source],
            part,
            settings,
            part=PartEntry(number, count),
        )
        made.append(part)
    merged = folder / "merged"
    timed(figures, "merge", merge_parts, made, merged, Settings(index=IndexSettings(folder=merged)))
    parts = [figures[f"part {number}/{count}"] for number in range(1, count + 1)]
    figures["slowest part"] = max(parts)
    figures["slowest part and merge"] = max(parts) + figures["merge"]
    return merged


def build_by_ray(source: Path, folder: Path, figures: dict[str, float]) -> None:
    """Start two nodes on loopback, and have them build."""
    scratch = Path(tempfile.mkdtemp(prefix="ray"))
    os.environ.update(
        RAY_TMPDIR=str(scratch),
        RAY_USAGE_STATS_ENABLED="0",
        RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0",
        PYTHONPATH=str(ROOT),
    )
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - it reads the environment

    size = {
        "num_cpus": 1,
        "object_store_memory": 200 * 2**20,
        "plasma_directory": str(scratch),
        "node_ip_address": "127.0.0.2",
    }
    started = time.perf_counter()
    cluster = Cluster(initialize_head=True, head_node_args={**size, "include_dashboard": False})
    cluster.add_node(**size)
    figures["starting two Ray nodes"] = time.perf_counter() - started
    try:
        settings = Settings(index=IndexSettings(folder=folder))
        with ray_cluster(cluster.address) as analyst:
            timed(figures, "ray", build_index, [source], folder, settings, analyst=analyst)
    finally:
        cluster.shutdown()
        shutil.rmtree(scratch, ignore_errors=True)


def main() -> int:
    """Build, compare, print, write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=240)
    parser.add_argument("--parts", type=int, default=2)
    parser.add_argument("--json", type=Path, default=RESULTS / "build_many.json")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    before = machine()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        source = write_corpus(scratch, options.articles)
        # Importing torch and spaCy takes seconds, and would count for whoever comes first.
        build_index([], scratch / "first", Settings(index=IndexSettings(folder=scratch / "first")))
        local = scratch / "local"
        settings = Settings(index=IndexSettings(folder=local))
        with Watch() as watch:
            timed(figures, "local processes", build_index, [source], local, settings)
        merged = build_parts(source, scratch, options.parts, figures)
        build_by_ray(source, scratch / "ray", figures)
        expected = contents(local)
        equal = {
            "parts and merge": contents(merged) == expected,
            "ray": contents(scratch / "ray") == expected,
        }
    for what, seconds in figures.items():
        print(f"{what:28}{seconds:8.1f} s")
    for what, same in equal.items():
        print(f"{what}: {'the same index' if same else 'ANOTHER INDEX'}")
    print(f"memory that local processes take: {watch.taken:.0f} MB")
    keep(
        options.json,
        f"python benchmarks/build_many.py --articles {options.articles}",
        before,
        {
            "articles": len(expected),
            "seconds": figures,
            "memory that local processes take, MB": watch.taken,
            "equal": equal,
        },
    )
    return 0 if all(equal.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
