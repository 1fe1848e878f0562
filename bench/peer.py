#!/usr/bin/env python3
"""The same work as ours.ts in PyTorch, eager: a RoBERTa classifier with scaled-dot-product attention, float32.

usage: peer.py JOB.json     prints a JSON line for each kind of work (job.ts says what they hold)
       peer.py --about      prints the versions alone
Rows are padded to 400 sub-tokens, as the EliBadCode authors pad theirs; beyond that nothing is slower than it need be: no gradient of
weights where only the trigger's is read, no wait for the device between calls that do not need it.
"""
import json, platform, sys, time
import torch, torch.nn as nn, torch.nn.functional as F


class Layer(nn.Module):
    def __init__(self, width, feed_forward, heads, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, feed_forward), nn.Linear(feed_forward, width)

    def forward(self, x, bias):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        p = self.dropout if self.training else 0.0
        o = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=p).transpose(1, 2).reshape(batch, tokens, width)
        x = self.norm1(x + F.dropout(self.out(o), self.dropout, self.training))
        return self.norm2(x + F.dropout(self.down(F.gelu(self.up(x))), self.dropout, self.training))


class Classifier(nn.Module):
    def __init__(self, c, positions, dropout):
        super().__init__()
        self.dropout = dropout
        self.words, self.places = nn.Embedding(c["vocabulary"], c["width"], padding_idx=1), nn.Embedding(positions, c["width"])
        self.norm = nn.LayerNorm(c["width"])
        self.layers = nn.ModuleList(Layer(c["width"], c["feedForward"], c["heads"], dropout) for _ in range(c["layers"]))
        self.dense, self.output = nn.Linear(c["width"], c["width"]), nn.Linear(c["width"], 1)

    def from_embeddings(self, e, bias):
        """Probability of label 1, [B]. e: word embeddings [B, S, H]; bias: [B, 1, 1, S], or None where no row has padding."""
        drop = lambda x: F.dropout(x, self.dropout, self.training)
        x = drop(self.norm(e + self.places.weight[2 : 2 + e.shape[1]]))
        for layer in self.layers:
            x = layer(x, bias)
        return torch.sigmoid(self.output(drop(torch.tanh(self.dense(drop(x[:, 0]))))))[:, 0]

    def forward(self, ids, bias):
        return self.from_embeddings(self.words(ids), bias)


def losses_of(p, y):
    return -(y * torch.log(p + 1e-10) + (1 - y) * torch.log(1 - p + 1e-10))


def bias_of(real, device):
    """real: [B, S] on the host, True at real tokens. None without padding, as Hugging Face's models do it: attention is faster then."""
    if bool(real.all()):
        return None
    return torch.zeros(real.shape).masked_fill(~real, torch.finfo(torch.float32).min)[:, None, None, :].to(device)


def padded(rows, tokens):
    ids = torch.ones(len(rows), tokens, dtype=torch.long)
    real = torch.zeros(len(rows), tokens, dtype=torch.bool)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        real[index, : len(row)] = True
    return ids, real


def training(job, device):
    c, dropout = job["spec"], job["setting"]["dropout"]
    model = Classifier(c, job["setting"]["maxTokens"] + 2, dropout).to(device).train()
    # foreach is the default on a GPU, a loop over tensors on the CPU; fused is at least as fast on both.
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.0, fused=True)
    ids = torch.randint(4, c["vocabulary"], (c["batch"], c["tokens"]))
    y = torch.tensor([i % 2 for i in range(c["batch"])], dtype=torch.float32)

    def call():
        optimiser.zero_grad()
        loss = losses_of(model(ids.to(device), None), y.to(device)).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        # A training loop reports its loss; ours does.
        loss.item()

    return call


def frozen(job, device):
    model = Classifier(job["spec"], job["setting"]["maxTokens"] + 2, 0.0).to(device).eval()
    return model.requires_grad_(False)


def evaluation(job, device):
    model, tokens, size = frozen(job, device), job["setting"]["maxTokens"], job["setting"]["evaluationBatch"]
    rows, labels = job["rows"]["evaluation"], torch.tensor(job["rows"]["labels"], dtype=torch.float32)
    batches = [(*padded(rows[at : at + size], tokens), labels[at : at + size]) for at in range(0, len(rows), size)]

    @torch.no_grad()
    def call():
        scored = []
        for ids, real, y in batches:
            p = model(ids.to(device), bias_of(real, device))
            scored.append(torch.stack([p, losses_of(p, y.to(device))]))
        torch.cat(scored, dim=1).cpu()

    return call


class Inversion:
    """What an iteration of the search needs on the device; a trigger is written into all rows at once."""

    def __init__(self, job, device):
        rows, setting = job["rows"], job["setting"]
        self.device, self.setting = device, setting
        self.model = frozen(job, device)
        ids, real = padded(rows["stamped"], setting["maxTokens"])
        self.ids, self.bias = ids.to(device), bias_of(real, device)
        n = setting["triggerTokens"]
        self.row = torch.arange(len(ids), device=device)[:, None]
        self.slot = torch.tensor([[host["position"] + i for i in range(n)] for host in rows["hosts"]], device=device)
        self.vocabulary = rows["triggerVocabulary"]
        self.choice = torch.tensor(self.vocabulary, device=device)
        self.embeddings = self.model.words.weight[self.choice]
        self.target = torch.full((len(ids),), float(rows["target"]), device=device)

    def draw(self, count):
        return [self.vocabulary[i] for i in torch.randint(len(self.vocabulary), (count,)).tolist()]

    def gradient(self, trigger):
        """With respect to the one-hot over the trigger vocabulary, [n, |T|]."""
        places = torch.searchsorted(self.choice, torch.tensor(trigger, device=self.device))
        one_hot = F.one_hot(places, len(self.vocabulary)).float().requires_grad_()
        e = self.model.words(self.ids)
        e[self.row, self.slot] = (one_hot @ self.embeddings).expand(len(self.ids), -1, -1)
        loss = losses_of(self.model.from_embeddings(e, self.bias), self.target).mean()
        return torch.autograd.grad(loss, one_hot)[0]

    def choices(self, trigger):
        """For each place of the trigger the tokens with the most negative gradient."""
        best = (-self.gradient(trigger)).topk(self.setting["topK"], dim=1).indices
        return self.choice[best].tolist()

    @torch.no_grad()
    def score(self, triggers):
        """Mean loss of each trigger over all rows, one batch a trigger."""
        losses = []
        for trigger in torch.tensor(triggers, device=self.device):
            ids = self.ids.clone()
            ids[self.row, self.slot] = trigger
            losses.append(losses_of(self.model(ids, self.bias), self.target).mean())
        return torch.stack(losses).cpu()

    def replaced(self, trigger, choices):
        """Candidates: one token of the trigger replaced by one of its place's choices."""
        place = torch.randint(len(trigger), (self.setting["candidates"],)).tolist()
        rank = torch.randint(len(choices[0]), (self.setting["candidates"],)).tolist()
        return [trigger[:p] + [choices[p][r]] + trigger[p + 1 :] for p, r in zip(place, rank)]


def gradient(job, device):
    inversion = Inversion(job, device)
    trigger = inversion.draw(job["setting"]["triggerTokens"])
    return lambda: inversion.choices(trigger)


def candidates(job, device):
    inversion = Inversion(job, device)
    trigger = inversion.draw(job["setting"]["triggerTokens"])
    choices = [inversion.draw(job["setting"]["topK"]) for _ in trigger]
    triggers = inversion.replaced(trigger, choices)
    return lambda: inversion.score(triggers)


def iteration(job, device):
    inversion = Inversion(job, device)
    incumbent = inversion.draw(job["setting"]["triggerTokens"])

    def call():
        nonlocal incumbent
        triggers = inversion.replaced(incumbent, inversion.choices(incumbent))
        incumbent = triggers[int(inversion.score(triggers).argmin())]

    return call


def timed(call, budget, synchronise):
    """As laps.ts: calls to warm up, then as many as fit in the time."""
    warm, seconds = [], []
    while True:
        is_warm = len(warm) >= budget["warmup"] or sum(warm) >= budget["patience"]
        start = time.perf_counter()
        call()
        synchronise()
        (seconds if is_warm else warm).append(time.perf_counter() - start)
        spent = sum(seconds)
        if seconds and (spent >= budget["patience"] or (len(seconds) >= budget["minimum"] and spent >= budget["seconds"])):
            return seconds


def forget_peak():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def peak_bytes():
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def about():
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"python": platform.python_version(), "torch": torch.__version__, "cuda": torch.version.cuda, "gpu": gpu}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(json.dumps({"about": about()}), flush=True)
    if sys.argv[1] == "--about":
        return
    with open(sys.argv[1]) as file:
        job = json.load(file)
    device = "cpu" if job["device"] == "cpu" else "cuda"
    torch.set_num_threads(job["threads"])
    torch.set_float32_matmul_precision("high" if job["tf32"] else "highest")
    torch.manual_seed(1)
    synchronise = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    kinds = {f.__name__: f for f in (training, evaluation, gradient, candidates, iteration)}
    for work in job["works"]:
        forget_peak()
        if device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        call = kinds[work](job, device)
        seconds = timed(call, job["budget"], synchronise)
        print(
            json.dumps(
                {
                    "work": work,
                    "seconds": seconds,
                    "compileSeconds": None,
                    "peakBytes": peak_bytes(),
                    "devicePeakBytes": torch.cuda.max_memory_allocated() if device == "cuda" else None,
                }
            ),
            flush=True,
        )
        del call


main()
