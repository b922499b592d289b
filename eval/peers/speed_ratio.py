"""Print the median speed of each engine in a file of JSON lines, and the ratio of the second to the first."""

import json
import pathlib
import statistics
import sys


def main() -> None:
    speeds: dict[str, list[float]] = {}
    work = {}
    for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
        result = json.loads(line)
        speeds.setdefault(result["engine"], []).append(result["texts_per_second"])
        work[result["engine"]] = (result["texts"], result["tokens"])
    for engine, values in speeds.items():
        texts, tokens = work[engine]
        print(f"{engine}: median {statistics.median(values):.1f} texts/s (from {min(values)} to {max(values)}), "
              f"{texts} texts, {tokens} tokens")  # fmt: skip
    if len(set(work.values())) > 1:
        raise SystemExit("the engines did not do the same work: no ratio")
    (peer, peer_speeds), (ours, our_speeds) = speeds.items()
    ratios = sorted(our / their for our, their in zip(our_speeds, peer_speeds))
    print(f"{ours} / {peer}: median ratio {statistics.median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
