"""A small Llama in plain PyTorch, and its files in the Hugging Face layout.

`config.json` holds the usual LlamaForCausalLM keys and one of our own, `gwageo_vocabulary: bytes`:
token 0..255 is that byte, then begin, end and padding; one id is spare. `model.safetensors` is
written and read here by hand (an 8-byte header length, a JSON header, raw little-endian tensors).
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

BOS, EOS, PAD, VOCABULARY = 256, 257, 258, 260


@dataclass(frozen=True)
class Shape:
    width: int = 96
    ffn: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 4
    context: int = 512
    rope_theta: float = 10000.0
    epsilon: float = 1e-5


class Norm(nn.Module):
    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


class Attention(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.heads, self.kv_heads = shape.heads, shape.kv_heads
        self.head_width = shape.width // shape.heads
        kv_width = self.kv_heads * self.head_width
        self.q_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.k_proj = nn.Linear(shape.width, kv_width, bias=False)
        self.v_proj = nn.Linear(shape.width, kv_width, bias=False)
        self.o_proj = nn.Linear(shape.width, shape.width, bias=False)

    def forward(self, x, cos, sin, mask):
        batch, length, width = x.shape

        def split(projected, heads):
            return projected.view(batch, length, heads, self.head_width).transpose(1, 2)

        def rotate(z):  # Rotate-half: the first half of a head turns with the second.
            first, second = z.chunk(2, -1)
            return z * cos + torch.cat((-second, first), -1) * sin

        q = rotate(split(self.q_proj(x), self.heads))
        k = rotate(split(self.k_proj(x), self.kv_heads))
        v = split(self.v_proj(x), self.kv_heads)
        if self.kv_heads != self.heads:
            k = k.repeat_interleave(self.heads // self.kv_heads, 1)
            v = v.repeat_interleave(self.heads // self.kv_heads, 1)
        weights = (q @ k.transpose(-1, -2) / math.sqrt(self.head_width) + mask).softmax(-1)
        return self.o_proj((weights @ v).transpose(1, 2).reshape(batch, length, width))


class Mlp(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.ffn, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.ffn, bias=False)
        self.down_proj = nn.Linear(shape.ffn, shape.width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.input_layernorm = Norm(shape.width, shape.epsilon)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = Norm(shape.width, shape.epsilon)
        self.mlp = Mlp(shape)

    def forward(self, x, cos, sin, mask):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.embed_tokens = nn.Embedding(VOCABULARY, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.epsilon)


class Llama(nn.Module):
    """Logits for token ids; the output layer is the embedding, transposed."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.model = Decoder(shape)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                scale = 0.02 if "embed" in name else parameter.shape[1] ** -0.5
                if name.endswith(("o_proj.weight", "down_proj.weight")):
                    scale /= math.sqrt(2 * shape.layers)  # These two write to the residual stream.
                nn.init.normal_(parameter, 0, scale)
        head_width = shape.width // shape.heads
        rates = shape.rope_theta ** (-torch.arange(0, head_width, 2).float() / head_width)
        angles = torch.outer(torch.arange(shape.context).float(), rates)
        angles = torch.cat((angles, angles), -1)
        self.cos, self.sin = angles.cos(), angles.sin()
        self.mask = torch.full((shape.context, shape.context), float("-inf")).triu(1)

    def forward(self, ids):
        length = ids.shape[1]
        x = self.model.embed_tokens(ids)
        cos, sin, mask = self.cos[:length], self.sin[:length], self.mask[:length, :length]
        for layer in self.model.layers:
            x = layer(x, cos, sin, mask)
        return self.model.norm(x) @ self.model.embed_tokens.weight.t()


def parameter_count(model: Llama) -> int:
    return sum(p.numel() for p in model.parameters())


def config_of(shape: Shape, dtype: str) -> dict:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "gwageo_vocabulary": "bytes",
        "vocab_size": VOCABULARY,
        "hidden_size": shape.width,
        "intermediate_size": shape.ffn,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "max_position_embeddings": shape.context,
        "rms_norm_eps": shape.epsilon,
        "rope_theta": shape.rope_theta,
        "hidden_act": "silu",
        "tie_word_embeddings": True,
        "bos_token_id": BOS,
        "eos_token_id": EOS,
        "pad_token_id": PAD,
        "torch_dtype": dtype,
    }


def save(model: Llama, folder: Path, dtype: str) -> None:
    """Writes config.json and model.safetensors; `dtype` is "float32" or "bfloat16"."""
    header: dict = {"__metadata__": {"format": "pt"}}
    chunks: list[bytes] = []
    offset = 0
    for name, tensor in sorted(model.state_dict().items()):
        tensor = tensor.detach().contiguous()
        if dtype == "bfloat16":
            chunk = tensor.bfloat16().view(torch.int16).numpy().astype("<i2").tobytes()
        else:
            chunk = tensor.float().numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "BF16" if dtype == "bfloat16" else "F32",
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(chunk)],
        }
        chunks.append(chunk)
        offset += len(chunk)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    folder.mkdir(parents=True, exist_ok=True)
    payload = struct.pack("<Q", len(text)) + text + b"".join(chunks)
    (folder / "model.safetensors").write_bytes(payload)
    config = json.dumps(config_of(model.shape, dtype), indent=2) + "\n"
    (folder / "config.json").write_text(config)


def load(folder: Path) -> Llama:
    """The model of a folder, its weights widened to float32."""
    config = json.loads((folder / "config.json").read_text())
    model = Llama(
        Shape(
            width=config["hidden_size"],
            ffn=config["intermediate_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            kv_heads=config["num_key_value_heads"],
            context=config["max_position_embeddings"],
            rope_theta=config["rope_theta"],
            epsilon=config["rms_norm_eps"],
        )
    )
    data = (folder / "model.safetensors").read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name == "__metadata__":
            continue
        begin, end = (start + offset for offset in entry["data_offsets"])
        if entry["dtype"] == "BF16":  # The upper half of a float32.
            raw = np.frombuffer(data[begin:end], "<u2").astype(np.uint32) << 16
            values = raw.view(np.float32)
        else:
            values = np.frombuffer(data[begin:end], "<f4").copy()
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]))
    model.load_state_dict(tensors)
    return model
