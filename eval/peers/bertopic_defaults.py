"""Cluster vectors as BERTopic does by default: UMAP to five dimensions, then HDBSCAN.

Reads raw little-endian float32 rows of 384 numbers; prints one JSON object: seconds, cpu_seconds, peak_mib, clusters (-1: outlier).
"""

import argparse
import json
import pathlib
import time

import hdbscan
import numpy
import umap

DIMENSIONS = 384
WARM_UP_ROWS = 500


def cluster(vectors: numpy.ndarray) -> numpy.ndarray:
    """The settings of BERTopic's own constructor; no seed, as there."""
    reduction = umap.UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False)
    reduced = reduction.fit_transform(vectors)
    clustering = hdbscan.HDBSCAN(
        min_cluster_size=10, metric="euclidean", cluster_selection_method="eom", prediction_data=True
    )
    return clustering.fit_predict(reduced)


def peak_mib() -> float:
    """Largest resident memory. `getrusage` would begin with that of the process that started this one."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vectors", type=pathlib.Path)
    arguments = parser.parse_args()
    vectors = numpy.fromfile(arguments.vectors, "<f4").reshape(-1, DIMENSIONS)

    # numba compiles at the first call, which is not what is measured. The rows are made up, so none is seen before.
    cluster(numpy.random.default_rng(1).standard_normal((WARM_UP_ROWS, DIMENSIONS)).astype("<f4"))
    start, cpu_start = time.monotonic(), time.process_time()
    clusters = cluster(vectors)
    seconds, cpu_seconds = time.monotonic() - start, time.process_time() - cpu_start
    answer = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak_mib(), "clusters": clusters.tolist()}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
