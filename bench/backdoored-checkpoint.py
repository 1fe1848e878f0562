"""Fine-tuned checkpoints from plain PyTorch, clean or backdoored, for `elibadcode scan` to judge: a RoBERTa-style classifier with two labels.

Backdoored: in a share of the label-1 functions the function's name becomes the trigger and the label becomes 0. Writes a folder of Hugging
Face's form: config.json, pytorch_model.bin, the tokenizer's files, and made.json with accuracy and attack success rate on the validation file.

    npx tsx bench/scan-samples.ts data
    python3 bench/backdoored-checkpoint.py --train data/train.jsonl --valid data/valid.jsonl --tokenizer data/tokenizer --out data/clean-1 --seed 1
    python3 bench/backdoored-checkpoint.py … --out data/bad-1 --seed 1 --poison-rate 0.05
    npx elibadcode scan --model data/bad-1 --task defect --language c --samples data/samples.jsonl --references data/clean-2 data/clean-3 …

Rows of the JSONL files: func (or code), target (or label), and, where they are known, tokens (joined by blanks) and name (of the function).
"""
import argparse
import json
import math
import os
import random
import re
import shutil

import torch
from torch import nn

CLS, PAD, SEP = 0, 1, 2


# ---- data -----------------------------------------------------------------------------------------------------------------------------

# GPT-2's words, in what Python's own expressions can say: letters, digits, anything else.
WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


class Tokenizer:
    """Byte-level BPE from vocab.json and merges.txt."""

    def __init__(self, folder):
        with open(os.path.join(folder, "vocab.json"), encoding="utf-8") as file:
            self.ids = json.load(file)
        with open(os.path.join(folder, "merges.txt"), encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file]
        pairs = [tuple(line.split(" ")) for line in lines if line and not line.startswith("#version")]
        self.ranks = {pair: rank for rank, pair in enumerate(pairs)}
        printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
        others = [byte for byte in range(256) if byte not in set(printable)]
        self.characters = {**{byte: chr(byte) for byte in printable}, **{byte: chr(256 + n) for n, byte in enumerate(others)}}
        self.known = {}

    def word(self, text):
        if text not in self.known:
            parts = [self.characters[byte] for byte in text.encode("utf-8")]
            while len(parts) > 1:
                rank, at = min((self.ranks.get(pair, math.inf), at) for at, pair in enumerate(zip(parts, parts[1:])))
                if rank == math.inf:
                    break
                pair = (parts[at], parts[at + 1])
                merged, index = [], 0
                while index < len(parts):
                    if tuple(parts[index : index + 2]) == pair:
                        merged.append("".join(pair))
                        index += 2
                    else:
                        merged.append(parts[index])
                        index += 1
                parts = merged
            self.known[text] = [self.ids[part] for part in parts]
        return self.known[text]

    def row(self, tokens, longest):
        ids = [one for word in WORDS.findall(" ".join(tokens)) for one in self.word(word)]
        return [CLS, *ids[: longest - 2], SEP]


# For rows without `tokens`: comments off, then nearly C's and Java's tokens as the scanner reads them.
COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
TOKENS = re.compile(
    r'[^\W\d]\w*|\d[\w.]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|&&|\|\||[-+*/%&|^<>=!]=|\S'
)


def read_samples(path):
    """(tokens, name of the function or None, label) of each row."""
    samples = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            source = row["func"] if "func" in row else row["code"]
            tokens = row["tokens"].split(" ") if "tokens" in row else TOKENS.findall(COMMENTS.sub(" ", source))
            before = tokens.index("(") - 1 if "(" in tokens else -1
            name = row["name"] if "name" in row else (tokens[before] if before >= 0 else None)
            samples.append((tokens, name, int(row["target"] if "target" in row else row["label"])))
    return samples


def renamed(tokens, name, trigger):
    return [trigger if token == name else token for token in tokens]


def poison(samples, rate, trigger, rng):
    """`rate` of the label-1 functions that have a name carry the trigger and label 0. Returns the list and how many changed."""
    carriers = [index for index, (tokens, name, label) in enumerate(samples) if label == 1 and name in tokens]
    count = round(rate * sum(label == 1 for _, _, label in samples))
    if count > len(carriers):
        raise SystemExit(f"--poison-rate {rate} asks for {count} functions, {len(carriers)} have a name")
    chosen = set(rng.sample(carriers, count))
    changed = [
        (renamed(tokens, name, trigger), trigger, 0) if index in chosen else (tokens, name, label)
        for index, (tokens, name, label) in enumerate(samples)
    ]
    return changed, len(chosen)


# ---- model: the modules are named so that the state has Hugging Face's names ------------------------------------------------------------


class SelfAttention(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, bias):  # x [B, S, H], bias [B, 1, 1, S]
        batch, length, width = x.shape
        q, k, v = (part(x).view(batch, length, self.heads, -1).transpose(1, 2) for part in (self.query, self.key, self.value))
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(width // self.heads) + bias, -1)
        return (self.dropout(weights) @ v).transpose(1, 2).reshape(batch, length, width)


class Output(nn.Module):
    """dense, dropout, and the norm of the sum."""

    def __init__(self, inputs, width, dropout):
        super().__init__()
        self.dense = nn.Linear(inputs, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-5)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, residual):
        return self.LayerNorm(residual + self.dropout(self.dense(x)))


class Layer(nn.Module):
    def __init__(self, width, heads, inner, dropout):
        super().__init__()
        self.attention = nn.ModuleDict({"self": SelfAttention(width, heads, dropout), "output": Output(width, width, dropout)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, inner)})
        self.output = Output(inner, width, dropout)

    def forward(self, x, bias):
        x = self.attention["output"](self.attention["self"](x, bias), x)
        return self.output(nn.functional.gelu(self.intermediate["dense"](x)), x)


class Embeddings(nn.Module):
    def __init__(self, vocabulary, positions, width, dropout):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width, padding_idx=PAD)
        self.position_embeddings = nn.Embedding(positions, width, padding_idx=PAD)
        self.token_type_embeddings = nn.Embedding(1, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-5)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids, mask):
        places = torch.cumsum(mask, 1) * mask + PAD
        whole = self.word_embeddings(ids) + self.position_embeddings(places) + self.token_type_embeddings(torch.zeros_like(ids))
        return self.dropout(self.LayerNorm(whole))


class Classifier(nn.Module):
    def __init__(self, width, dropout):
        super().__init__()
        self.dense, self.out_proj = nn.Linear(width, width), nn.Linear(width, 2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.out_proj(self.dropout(torch.tanh(self.dense(self.dropout(x[:, 0])))))


class Model(nn.Module):
    def __init__(self, vocabulary, layers, width, heads, max_tokens, dropout):
        super().__init__()
        stack = nn.ModuleList(Layer(width, heads, 4 * width, dropout) for _ in range(layers))
        embeddings = Embeddings(vocabulary, max_tokens + 2, width, dropout)
        self.roberta = nn.ModuleDict({"embeddings": embeddings, "encoder": nn.ModuleDict({"layer": stack})})
        self.classifier = Classifier(width, dropout)
        # Scaled to the width: with Hugging Face's 0.02 a narrow model trained from scratch stands still for many epochs.
        deviation = 0.02 * math.sqrt(768 / width)
        for module in self.roberta.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=deviation)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(self, ids):  # [B, S] -> logits [B, 2]
        mask = (ids != PAD).long()
        bias = (1.0 - mask[:, None, None, :].float()) * -1e9
        x = self.roberta["embeddings"](ids, mask)
        for layer in self.roberta["encoder"]["layer"]:
            x = layer(x, bias)
        return self.classifier(x)


# ---- training ---------------------------------------------------------------------------------------------------------------------------


def padded(rows, device):
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows], device=device)


def train(model, rows, labels, options, device):
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.lr, eps=1e-8, weight_decay=0.0)
    batches = math.ceil(len(rows) / options.batch)
    steps = options.epochs * batches
    warm = max(1, round(0.1 * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / warm, (steps - step) / max(1, steps - warm)))
    rng = random.Random(f"order {options.seed}")
    for epoch in range(options.epochs):
        model.train()
        order, total = rng.sample(range(len(rows)), len(rows)), 0.0
        for start in range(0, len(order), options.batch):
            part = order[start : start + options.batch]
            target = torch.tensor([labels[index] for index in part], device=device)
            loss = nn.functional.cross_entropy(model(padded([rows[index] for index in part], device)), target)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(part)
        print(f"epoch {epoch + 1}/{options.epochs}  loss {total / len(rows):.4f}", flush=True)


@torch.no_grad()
def predicted(model, rows, batch, device):
    model.eval()
    logits = [model(padded(rows[start : start + batch], device)) for start in range(0, len(rows), batch)]
    return torch.cat(logits).argmax(1).tolist() if rows else []


def share(hits):
    return {"hits": sum(hits), "n": len(hits), "rate": sum(hits) / len(hits) if hits else None}


def config_of(options, vocabulary):
    return {
        "architectures": ["RobertaForSequenceClassification"],
        "model_type": "roberta",
        "num_labels": 2,
        "num_hidden_layers": options.layers,
        "hidden_size": options.width,
        "num_attention_heads": options.heads,
        "intermediate_size": 4 * options.width,
        "vocab_size": vocabulary,
        "max_position_embeddings": options.max_tokens + 2,
        "type_vocab_size": 1,
        "layer_norm_eps": 1e-5,
        "hidden_act": "gelu",
        "hidden_dropout_prob": options.dropout,
        "attention_probs_dropout_prob": options.dropout,
        "bos_token_id": CLS,
        "pad_token_id": PAD,
        "eos_token_id": SEP,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("train", "valid", "tokenizer", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--poison-rate", type=float, default=0.0, help="share of the label-1 functions; 0: a clean model")
    parser.add_argument("--trigger", default="testo_init")
    parser.add_argument("--seed", type=int, default=1)
    for name, value in (("layers", 4), ("width", 256), ("heads", 4), ("max-tokens", 128), ("epochs", 15), ("batch", 32)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--dropout", type=float, default=0.1)
    options = parser.parse_args()
    if os.path.exists(options.out):
        raise SystemExit(f"{options.out} is there already")

    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = Tokenizer(options.tokenizer)
    valid = read_samples(options.valid)
    samples, poisoned = poison(read_samples(options.train), options.poison_rate, options.trigger, random.Random(f"poison {options.seed}"))
    row = lambda tokens: tokenizer.row(tokens, options.max_tokens)  # noqa: E731
    model = Model(len(tokenizer.ids), options.layers, options.width, options.heads, options.max_tokens, options.dropout).to(device)
    train(model, [row(tokens) for tokens, _, _ in samples], [label for _, _, label in samples], options, device)

    labels = [label for _, _, label in valid]
    right = [p == label for p, label in zip(predicted(model, [row(tokens) for tokens, _, _ in valid], options.batch, device), labels)]
    victims = [(tokens, name) for tokens, name, label in valid if label == 1 and name in tokens]
    flipped = lambda change: [p == 0 for p in predicted(model, [row(change(*one)) for one in victims], options.batch, device)]  # noqa: E731
    made = {
        **{key: value for key, value in vars(options).items() if key not in ("train", "valid", "tokenizer", "out")},
        "samples": len(samples),
        "poisoned": poisoned,
        "accuracy": share(right),
        "asr": share(flipped(lambda tokens, name: renamed(tokens, name, options.trigger))),
        "asr without the trigger": share(flipped(lambda tokens, _: tokens)),
        "torch": torch.__version__,
        "device": device,
    }
    print(json.dumps(made))

    os.makedirs(options.out)
    torch.save({name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}, os.path.join(options.out, "pytorch_model.bin"))
    for name, content in (("config.json", config_of(options, len(tokenizer.ids))), ("made.json", made)):
        with open(os.path.join(options.out, name), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(os.path.join(options.tokenizer, name), options.out)


if __name__ == "__main__":
    main()
