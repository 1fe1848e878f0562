#!/usr/bin/env python3
"""The same work as ours.ts in PyTorch, eager: a training step and an inversion iteration of a RoBERTa classifier.

usage: peer.py CASES_JSON DEVICE THREADS STEPS      prints one JSON line a case
CASES_JSON: {"cases": [...], "inversion": {...}} as bench/cases.ts has them
"""
import json, math, statistics, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

spec, device, threads, steps = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.backends.cuda.matmul.allow_tf32 = False
torch.manual_seed(1)


class Layer(nn.Module):
    def __init__(self, width, feed_forward, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, feed_forward), nn.Linear(feed_forward, width)

    def forward(self, x, bias):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        p = 0.1 if self.training else 0.0
        o = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=p).transpose(1, 2).reshape(batch, tokens, width)
        x = self.norm1(x + F.dropout(self.out(o), 0.1, self.training))
        return self.norm2(x + F.dropout(self.down(F.gelu(self.up(x))), 0.1, self.training))


class Classifier(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.words, self.places = nn.Embedding(c["vocabulary"], c["width"]), nn.Embedding(c["tokens"] + 2, c["width"])
        self.norm = nn.LayerNorm(c["width"])
        self.layers = nn.ModuleList(Layer(c["width"], c["feedForward"], c["heads"]) for _ in range(c["layers"]))
        self.dense, self.output = nn.Linear(c["width"], c["width"]), nn.Linear(c["width"], 1)

    def from_embeddings(self, e, bias):
        x = F.dropout(self.norm(e + self.places.weight[2 : 2 + e.shape[1]]), 0.1, self.training)
        for layer in self.layers:
            x = layer(x, bias)
        return torch.sigmoid(self.output(torch.tanh(self.dense(x[:, 0]))))[:, 0]

    def forward(self, ids, bias):
        return self.from_embeddings(self.words(ids), bias)


def loss_of(p, y):
    return -(y * torch.log(p + 1e-10) + (1 - y) * torch.log(1 - p + 1e-10)).mean()


def seconds(call, count):
    sync = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    call(); call(); sync()
    times = []
    for _ in range(count):
        start = time.perf_counter(); call(); sync(); times.append(time.perf_counter() - start)
    return statistics.median(times)


def report(what, value):
    print(json.dumps({"case": what, "seconds": value}), flush=True)


for c in spec["cases"]:
    model = Classifier(c).to(device).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.0)
    ids = torch.randint(4, c["vocabulary"], (c["batch"], c["tokens"]), device=device)
    y = torch.tensor([i % 2 for i in range(c["batch"])], dtype=torch.float32, device=device)
    bias = torch.zeros(c["batch"], 1, 1, c["tokens"], device=device)

    def train():
        optimiser.zero_grad()
        loss_of(model(ids, bias), y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    report(f"training step, {c['name']}", seconds(train, steps))

    model.eval()
    for p in model.parameters():
        p.requires_grad_(False)
    i = spec["inversion"]
    n, rows = i["triggerTokens"], torch.randint(4, c["vocabulary"], (i["samples"], c["tokens"]), device=device)
    choice = torch.arange(4, min(c["vocabulary"], i["triggerVocabulary"] + 4), device=device)
    table, zero = model.words.weight, torch.zeros(i["samples"], device=device)
    wide = torch.zeros(i["samples"], 1, 1, c["tokens"], device=device)

    def iterate():
        one_hot = F.one_hot(torch.arange(n, device=device), len(choice)).float().requires_grad_()
        e = table[rows].clone()
        e[:, 3 : 3 + n] = one_hot @ table[choice]
        (gradient,) = torch.autograd.grad(loss_of(model.from_embeddings(e, wide), zero), one_hot)
        (-gradient).topk(min(64, len(choice)))
        with torch.no_grad():
            for _ in range(i["candidates"]):
                candidate = rows.clone()
                candidate[:, 3 : 3 + n] = torch.randint(4, c["vocabulary"], (n,), device=device)
                loss_of(model(candidate, wide), zero)

    report(f"inversion iteration, {c['name']}", seconds(iterate, max(1, steps // 4)))
