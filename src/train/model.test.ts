/** Opening a model of each architecture: checkpoints in Hugging Face's layout and names, folders that do not fit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { writeSafetensors } from '../engine/index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { HostTensor, ModelConfig } from './contracts.ts';
import { openModel, startingTensors, type Model } from './model.ts';
import { tensorShapes } from './parameters.ts';

type Name = ModelConfig['name'];

const configOf = (name: Name, weights: string): ModelConfig => ({
  name,
  size: 'tiny',
  weights,
  tokenizer: 'gpt2',
  maxTokens: 32,
  comparedWith: null,
});

/** Words of the tokenizer `gpt2`. */
const WORDS = 50_262;

/** config.json of the size `tiny`, and a tensor name as published files have it. */
const layouts: Readonly<
  Record<Name, { readonly config: Readonly<Record<string, unknown>>; readonly nameOf: (name: string) => string; readonly unread: string }>
> = {
  roberta: {
    config: {
      ...{
        model_type: 'roberta',
        num_hidden_layers: 2,
        hidden_size: 64,
        num_attention_heads: 2,
        intermediate_size: 256,
        vocab_size: WORDS,
      },
      ...{ max_position_embeddings: 40, type_vocab_size: 1, layer_norm_eps: 1e-5, hidden_act: 'gelu' },
    },
    nameOf: (name) => `roberta.${name}`,
    unread: 'lm_head.bias',
  },
  t5: {
    config: {
      ...{
        model_type: 't5',
        num_layers: 2,
        num_decoder_layers: 2,
        d_model: 64,
        d_kv: 32,
        d_ff: 256,
        num_heads: 2,
        vocab_size: WORDS + 100,
      },
      ...{ relative_attention_num_buckets: 32, layer_norm_epsilon: 1e-6, feed_forward_proj: 'relu' },
    },
    nameOf: (name) => name,
    unread: 'encoder.embed_tokens.weight',
  },
  'gpt-bigcode': {
    config: {
      ...{ model_type: 'gpt_bigcode', n_layer: 2, n_embd: 64, n_head: 2, n_inner: 256, n_positions: 40, vocab_size: WORDS },
      ...{ layer_norm_epsilon: 1e-5, activation_function: 'gelu_pytorch_tanh', multi_query: true },
    },
    nameOf: (name) => `transformer.${name}`,
    unread: 'transformer.h.0.attn.bias',
  },
};

function write(config: unknown, tensors: ReadonlyMap<string, HostTensor> = new Map()): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(
    join(folder, 'model.safetensors'),
    writeSafetensors(new Map([...tensors].map(([name, tensor]) => [name, { dtype: 'F32', ...tensor }]))),
  );
  return folder;
}

/** Of all but the head, under published names: each tensor holds its own number. */
function published(model: Model, nameOf: (name: string) => string): Map<string, HostTensor> {
  const own = [...tensorShapes(model.network.parameters)];
  return new Map(
    own.map(([name, shape], index) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(index + 1);
      return [nameOf(name.replace('encoder.', '')), { shape, data }];
    }),
  );
}

describe.each(Object.entries(layouts))('%s', (key, { config, nameOf, unread }) => {
  const name = key as Name;

  test('a published checkpoint is read under its own names, and the head is drawn', () => {
    const empty = write(config);
    const model = openModel(configOf(name, `file:${empty}`), 'defect');
    const tensors = published(model, nameOf).set(unread, { shape: [1], data: Float32Array.of(7) });
    const folder = write(config, tensors);
    const start = startingTensors(openModel(configOf(name, `file:${folder}`), 'defect'), makeRng(1));
    const names = [...tensorShapes(model.network.parameters).keys()];
    expect(names.map((one) => start.get(one)!.data[0])).toEqual(names.map((_, index) => index + 1));
    expect([...start.keys()]).toEqual([...tensorShapes(model.parameters).keys()]);
    expect(start.get([...start.keys()].at(-1)!)!.data[0]).not.toBe(0);
  });

  test('a tensor that is missing, or that nothing reads, is told by its name', () => {
    const model = openModel(configOf(name, `file:${write(config)}`), 'defect');
    const tensors = published(model, nameOf);
    const [first, ...rest] = [...tensors];
    const openWith = (given: ReadonlyMap<string, HostTensor>) => () =>
      startingTensors(openModel(configOf(name, `file:${write(config, given)}`), 'defect'), makeRng(1));
    expect(openWith(new Map(rest))).toThrow(/missing \(1\)/);
    expect(openWith(new Map([...tensors, ['strange.weight', first![1]]]))).toThrow(/not expected \(1\): strange.weight/);
  });

  test('a config.json of another architecture, size, vocabulary or length is refused', () => {
    const refused = (changes: Readonly<Record<string, unknown>>, message: RegExp): void => {
      const folder = write({ ...config, ...changes });
      expect(() => openModel(configOf(name, `file:${folder}`), 'defect')).toThrow(message);
    };
    refused({ model_type: 'bert' }, /model_type/);
    refused({ vocab_size: WORDS - 1 }, new RegExp(`it has vocabulary ${WORDS - 1}[^]*vocabulary ${WORDS} \\(size “tiny”`));
    refused({ vocab_size: WORDS + 129 }, /it has vocabulary/);
    refused(
      name === 'roberta' ? { num_hidden_layers: 3 } : name === 't5' ? { num_layers: 3, num_decoder_layers: 3 } : { n_layer: 3 },
      /it has layers 3[^]*layers 2/,
    );
    if (name === 'roberta') refused({ max_position_embeddings: 33 }, /positions for 31 tokens/);
    if (name === 'gpt-bigcode') refused({ n_positions: 31 }, /positions for 31 tokens/);
    if (name === 't5') refused({ num_decoder_layers: 1 }, /2 layers and 1 in the decoder/);
  });
});

test('a size that an architecture lacks is refused with those it has', () => {
  expect(() => openModel({ ...configOf('roberta', 'scratch'), size: '1b' }, 'defect')).toThrow(/“1b”[^]*tiny, mini, small, base/);
  expect(openModel({ ...configOf('roberta', 'scratch'), size: 'small' }, 'defect').network.width).toBe(384);
});
