"""Writes a model in the standard sentence-transformers layout, beside the ONNX graph of the same weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from casebase.search.model.tokenizer import BOS, EOS, MASK, PAD, UNKNOWN

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.search.model.blob import Architecture, Floats, Vocabulary, Weights

_LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORM = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def write_tensors(weights: Weights, path: Path) -> None:
    """Write all weights as float32 safetensors under the names of transformers' BertModel. Needs their size in memory (470 MB)."""
    from safetensors.numpy import save_file

    path.touch()
    mode = path.stat().st_mode
    save_file(_tensors(weights), path, metadata={"format": "pt"})
    path.chmod(mode)  # safetensors shuts out everybody but the owner


def _tensors(weights: Weights) -> dict[str, Floats]:
    sizes = weights.architecture
    hidden = sizes.hidden
    tensors = {
        "embeddings.word_embeddings.weight": weights.blocks("emb.word", sizes.vocabulary, hidden).dequantised(),
        "embeddings.position_embeddings.weight": weights.floats("emb.pos", sizes.positions, hidden),
        "embeddings.token_type_embeddings.weight": weights.floats("emb.type", sizes.token_types, hidden),
        "embeddings.LayerNorm.weight": weights.floats("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": weights.floats("emb.ln.b", hidden),
    }
    for layer in range(sizes.layers):
        for short, long in _LINEAR.items():
            rows, columns = (sizes.feed_forward if short == wide else hidden for wide in ("fi", "fo"))
            name = f"encoder.layer.{layer}.{long}"
            tensors[f"{name}.weight"] = weights.blocks(f"l{layer}.{short}.w", rows, columns).dequantised()
            tensors[f"{name}.bias"] = weights.floats(f"l{layer}.{short}.b", rows)
        for short, long in _NORM.items():
            name = f"encoder.layer.{layer}.{long}"
            tensors[f"{name}.weight"] = weights.floats(f"l{layer}.{short}.w", hidden)
            tensors[f"{name}.bias"] = weights.floats(f"l{layer}.{short}.b", hidden)
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def write_descriptions(weights: Weights, folder: Path, *, prompts: dict[str, str]) -> None:
    """Write the JSON files that tell transformers and sentence-transformers what the model is."""
    sizes = weights.architecture
    descriptions: dict[str, object] = {
        "config.json": _config(sizes, weights.vocabulary),
        "tokenizer_config.json": _tokenizer_config(sizes),
        "special_tokens_map.json": _SPECIAL_TOKENS,
        "modules.json": _modules("Transformer", "Pooling", "Normalize"),
        "1_Pooling/config.json": _pooling(sizes),
        "2_Normalize/config.json": {},
        # The weights have no pooling layer of BERT's own; without this it would be made up at random, and never used.
        "sentence_bert_config.json": {
            "max_seq_length": sizes.positions,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": prompts,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
    for name, content in descriptions.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


_SPECIAL_TOKENS = {
    "bos_token": BOS,
    "eos_token": EOS,
    "cls_token": BOS,
    "sep_token": EOS,
    "pad_token": PAD,
    "unk_token": UNKNOWN,
    "mask_token": MASK,
}


def _config(sizes: Architecture, vocabulary: Vocabulary) -> dict[str, object]:
    return {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "hidden_act": "gelu",
        "vocab_size": sizes.vocabulary,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.token_types,
        "layer_norm_eps": float(f"{sizes.epsilon:.6g}"),
        "pad_token_id": vocabulary.pad,
        "bos_token_id": vocabulary.bos,
        "eos_token_id": vocabulary.eos,
        "dtype": "float32",
    }


def _tokenizer_config(sizes: Architecture) -> dict[str, object]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": sizes.positions,
        "clean_up_tokenization_spaces": False,
        **_SPECIAL_TOKENS,
    }


def _modules(*kinds: str) -> list[dict[str, object]]:
    """List the modules: the first lies in the folder itself, each other one in `<number>_<kind>`."""
    paths = ["", *(f"{number}_{kind}" for number, kind in enumerate(kinds[1:], start=1))]
    return [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]


def _pooling(sizes: Architecture) -> dict[str, object]:
    return {
        "word_embedding_dimension": sizes.hidden,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
        "include_prompt": True,
    }
