#!/bin/sh
# Klartext's encoder against sentence-transformers: same weights, same texts, same threads, in turn, on this machine.
#
#   compare_encoder_speed.sh TEXTS.jsonl [TEXTS_TAKEN] [REPETITIONS]
#
# PEER_PYTHON   Python with requirements.txt installed (default: .venv beside this script)
# THREADS       for both (default: 2)
# PEER_BATCH    texts per batch of sentence-transformers (default: 32, its own default; small ones fit the cache better)
# PRECISION     of Klartext: auto, bfloat16, float32 (default: auto)
set -eu

input=$(realpath "$1")
limit=${2:-512}
repetitions=${3:-5}
threads=${THREADS:-2}
peer_batch=${PEER_BATCH:-32}
precision=${PRECISION:-auto}
peers=$(dirname "$(realpath "$0")")
python=${PEER_PYTHON:-$peers/.venv/bin/python}
cd "$peers/../.."

# The whole workspace: another selection of features would build the dependencies anew.
cargo build --release --workspace --bin encoder_speed --quiet
target=$(cargo metadata --format-version 1 --no-deps | "$python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
results=$(mktemp)
trap 'rm -f "$results"' EXIT

for _ in $(seq "$repetitions"); do
    "$python" "$peers/encoder_speed.py" --input "$input" --limit "$limit" --threads "$threads" --batch "$peer_batch" \
        | tee -a "$results"
    "$target/release/encoder_speed" --input "$input" --limit "$limit" --threads "$threads" --precision "$precision" \
        | tee -a "$results"
done
"$python" "$peers/speed_ratio.py" "$results"
