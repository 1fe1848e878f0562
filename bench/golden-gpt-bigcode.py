#!/usr/bin/env python3
"""Golden vectors of a small random GPT-BigCode, from PyTorch and Hugging Face transformers.

usage: golden-gpt-bigcode.py FOLDER [SEED]
Needs torch, transformers, safetensors. Writes into FOLDER
  config.json         the Hugging Face config
  model.safetensors   the weights under Hugging Face's names, heads under head.*
  golden.safetensors  inputs and expected outputs (float32, ids int32)
  README.json         versions, seed, shape and meaning of every entry of golden.safetensors

Float32 on the CPU, evaluation mode, seeded; under 300 KB. The vector of a row is the state of its last real token; a head is one
linear layer without bias (`score`), over one vector (defect, 1 unit) or two side by side (clone, 2 units).
"""
import json
import math
import os
import sys

import torch
import torch.nn.functional as F
import transformers
from safetensors.torch import save_file
from transformers import GPTBigCodeConfig, GPTBigCodeModel

FOLDER = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20261123
VOCABULARY, TOKENS, ROWS, WIDTH, HEADS, LAYERS = 131, 24, 6, 32, 4, 2
# StarCoder's: <|endoftext|>, <fim_prefix>, <fim_middle>.
PAD, CLS, SEP = 0, 1, 2
TRIGGER = 3

torch.set_num_threads(1)
generator = torch.Generator().manual_seed(SEED)
entries, meanings = {}, {}


def normal(*shape):
    return torch.randn(*shape, generator=generator)


def integers(low, high, *shape):
    return torch.randint(low, high, shape, generator=generator)


def note(name, tensor, meaning):
    value = tensor.detach().clone().contiguous()
    entries[name] = value.float() if value.is_floating_point() else value.to(torch.int32)
    meanings[name] = {"shape": list(value.shape), "meaning": meaning}


def make_model():
    config = GPTBigCodeConfig(
        vocab_size=VOCABULARY, n_positions=TOKENS + 4, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS, n_inner=2 * WIDTH,
        activation_function="gelu_pytorch_tanh", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, layer_norm_epsilon=1e-5,
        scale_attn_weights=True, multi_query=True, use_cache=False, bos_token_id=PAD, eos_token_id=PAD, pad_token_id=PAD,
    )
    config._attn_implementation = "eager"
    model = GPTBigCodeModel(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.copy_(normal(*parameter.shape) * 0.2)
            elif "ln_" in name and name.endswith("weight"):
                parameter.copy_(1 + normal(*parameter.shape) * 0.1)
            else:
                parameter.copy_(normal(*parameter.shape) * 0.05)
    return config, model


def make_rows():
    """Rows of cls, some ids, sep, padding; the first one is full."""
    ids = torch.full((ROWS, TOKENS), PAD)
    for row in range(ROWS):
        inner = TOKENS - 2 if row == 0 else int(integers(5, TOKENS - 2, 1))
        ids[row, 0], ids[row, inner + 1] = CLS, SEP
        ids[row, 1:inner + 1] = integers(8, VOCABULARY, inner)
    return ids


def states(embeddings, mask):
    """Hidden states after the last norm; position ids count real tokens from 0."""
    positions = (mask.long().cumsum(-1) - 1).clamp(min=0).masked_fill(mask == 0, 1)
    output = model(inputs_embeds=embeddings, attention_mask=mask.long(), position_ids=positions, use_cache=False)
    return output.last_hidden_state


def vectors(embeddings, mask):
    last = mask.long().sum(-1) - 1
    return states(embeddings, mask)[torch.arange(len(mask)), last]


def vectors_of(ids):
    return vectors(model.wte(ids), ids != PAD)


def defect_loss(logits, labels):
    p = torch.sigmoid(logits)[:, 0]
    return p, -(labels * torch.log(p + 1e-10) + (1 - labels) * torch.log(1 - p + 1e-10)).mean()


def stamp(ids, positions):
    """ids with TRIGGER placeholders (pad) at each row's position, cut to length, ending in sep where they were cut; and the mask."""
    rows, masks = [], []
    for row, position in zip(ids.tolist(), positions.tolist()):
        real = row[:sum(one != PAD for one in row)]
        longer = (real[:position] + [PAD] * TRIGGER + real[position:])[:TOKENS]
        if len(real) + TRIGGER > TOKENS:
            longer[-1] = SEP
        rows.append(longer + [PAD] * (TOKENS - len(longer)))
        masks.append([1] * len(longer) + [0] * (TOKENS - len(longer)))
    return torch.tensor(rows), torch.tensor(masks)


def outputs(ids, ids2, labels):
    mask = ids != PAD
    note("ids", ids, "[batch, tokens] input ids, right padded")
    note("ids2", ids2, "[batch, tokens] second program of the clone pair")
    note("labels", labels, "[batch] 0/1")
    note("mask", mask.long(), "[batch, tokens] ids != pad")
    note("hidden", states(model.wte(ids), mask) * mask[..., None], "[batch, tokens, hidden] after the last norm; 0 at padding")
    first, second = vectors_of(ids), vectors_of(ids2)
    note("vector", first, "[batch, hidden] state of the last real token")
    logits = F.linear(first, heads["defect"])
    p, loss = defect_loss(logits, labels.float())
    note("defect.logit", logits, "[batch, 1]")
    note("defect.prob", p, "[batch] sigmoid")
    note("defect.loss", loss, "mean BCE with eps 1e-10 inside the logs")
    pair = F.linear(torch.cat([first, second], -1), heads["clone"])
    note("clone.logits", pair, "[batch, 2] head over the two concatenated vectors")
    note("clone.loss", F.cross_entropy(pair, labels), "mean cross entropy")
    scores = 20 * F.normalize(second, dim=-1) @ F.normalize(first, dim=-1).T
    note("search.scores", scores, "[batch, batch] 20 * cosine(query = ids2, code = ids)")
    note("search.loss", F.cross_entropy(scores, torch.arange(len(ids))), "in-batch contrastive, diagonal is the target")
    embeddings = model.wte(ids).detach().requires_grad_()
    _, towards = defect_loss(F.linear(vectors(embeddings, mask), heads["defect"]), labels.float())
    (gradient,) = torch.autograd.grad(towards, embeddings)
    note("embedding_grad", gradient, "[batch, tokens, hidden] d defect.loss / d input embeddings; 0 at padding")


def trigger_outputs(ids):
    table = model.wte.weight.detach()
    positions = torch.tensor([1, 2, 3, 1, 4, 2])
    trigger = integers(8, VOCABULARY, TRIGGER)
    stamped, mask = stamp(ids, positions)

    def loss_with(embeddings):
        words = table[stamped].clone()
        for row, position in enumerate(positions.tolist()):
            words[row, position:position + TRIGGER] = embeddings
        return defect_loss(F.linear(vectors(words, mask), heads["defect"]), torch.zeros(len(ids)))[1]

    onehot = F.one_hot(trigger, VOCABULARY).float().requires_grad_()
    loss = loss_with(onehot @ table)
    note("trigger.ids", trigger, "[n] trigger tokens")
    note("trigger.positions", positions, "[batch] sub-token index at which the trigger is stamped")
    note("trigger.stamped_ids", stamped, "[batch, tokens] ids with n pad placeholders inserted, cut to length, last id sep where cut")
    note("trigger.mask", mask, "[batch, tokens]")
    note("trigger.loss", loss, "mean defect loss towards label 0")
    note("trigger.onehot_grad", torch.autograd.grad(loss, onehot)[0], "[n, vocabulary] dLoss/dOneHot")
    z = normal(TRIGGER, VOCABULARY).requires_grad_()
    soft = loss_with(torch.softmax(z / 2, -1) @ table)
    note("dbs.z", z, "[n, vocabulary] DBS logits, temperature 2")
    note("dbs.loss", soft, "loss with softmax(z/2) @ embeddings stamped as above")
    note("dbs.z_grad", torch.autograd.grad(soft, z)[0], "[n, vocabulary]")


def training_outputs(ids, labels):
    """Five steps of AdamW without weight decay (epsilon joins sqrt(v) before bias correction), clipping at 1, warm-up over 2 of 5."""
    steps, peak, beta1, beta2 = 5, 1e-3, 0.9, 0.999
    parameters = [*model.parameters(), heads["defect"].requires_grad_()]
    moments = [(torch.zeros_like(one), torch.zeros_like(one)) for one in parameters]
    losses, norms = [], []
    for step in range(steps):
        rate = peak * (step / 2 if step < 2 else (steps - step) / (steps - 2))
        _, loss = defect_loss(F.linear(vectors_of(ids), heads["defect"]), labels.float())
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
        gradients = [torch.zeros_like(one) if grad is None else grad for one, grad in zip(parameters, gradients)]
        norm = math.sqrt(sum(float((grad.double() ** 2).sum()) for grad in gradients))
        scale = min(1.0, 1.0 / (norm + 1e-6))
        with torch.no_grad():
            size = rate * math.sqrt(1 - beta2 ** (step + 1)) / (1 - beta1 ** (step + 1))
            for one, grad, (m, v) in zip(parameters, gradients, moments):
                m.mul_(beta1).add_(grad * scale, alpha=1 - beta1)
                v.mul_(beta2).add_((grad * scale) ** 2, alpha=1 - beta2)
                one.sub_(size * m / (v.sqrt() + 1e-8))
        losses.append(float(loss.detach()))
        norms.append(norm)
    note("train.losses", torch.tensor(losses), "[5] loss before each step")
    note("train.grad_norms", torch.tensor(norms), "[5] global norm before clipping")
    note("train.final_vector", vectors_of(ids), "[batch, hidden] vector after the five steps")


config, model = make_model()
heads = {"defect": normal(1, WIDTH) * 0.4, "clone": normal(2, 2 * WIDTH) * 0.4}
weights = {f"transformer.{name}": one.detach().clone().contiguous() for name, one in model.named_parameters()}
weights.update({f"head.{name}.score.weight": one.detach().clone() for name, one in heads.items()})
ids, ids2, labels = make_rows(), make_rows(), integers(0, 2, ROWS)
outputs(ids, ids2, labels)
trigger_outputs(ids)
training_outputs(ids, labels)

os.makedirs(FOLDER, exist_ok=True)
save_file(weights, os.path.join(FOLDER, "model.safetensors"))
save_file(entries, os.path.join(FOLDER, "golden.safetensors"))
with open(os.path.join(FOLDER, "config.json"), "w") as file:
    json.dump({**config.to_dict(), "model_type": "gpt_bigcode"}, file, indent=1, default=str)
    file.write("\n")
with open(os.path.join(FOLDER, "README.json"), "w") as file:
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "seed": SEED}
    json.dump({**versions, "entries": meanings}, file, indent=1)
    file.write("\n")
total = sum(os.path.getsize(os.path.join(FOLDER, name)) for name in os.listdir(FOLDER))
print(f"{len(entries)} entries, {total} bytes, losses {entries['train.losses'].tolist()}")
