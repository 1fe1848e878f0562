/** Scores of a causal language model: those of plain sums over its states, in any company, from a stand-in's folder or a checkpoint's. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect, test, vi } from 'vitest';
import type { Json } from '../core/hash.ts';
import { makeRng } from '../core/rng.ts';
import { loadTokenizer, noDropout, openEngine, writeCheckpoint, type Engine, type StoredTensor } from '../engine/index.ts';
import '../testing/matchers.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openCausalScorer, type CausalScorer } from './causal-scores.ts';
import { gptBigCode } from './models/gpt-bigcode.ts';
import { flatten, initialTensors, viewParameters } from './parameters.ts';

const tokenizer = loadTokenizer('gpt2');
const wanted = { size: { layers: 2, width: 8, heads: 2, feedForward: 16 }, vocabulary: tokenizer.vocabularySize, maxTokens: 24 };
const network = gptBigCode.ofSize(wanted).network(tokenizer.special);
const WORDS = 'encoder.wte.weight';
/** Words from here on have one embedding. */
const ALIKE = 200;

const drawn = initialTensors(network.parameters, makeRng('model'));
const table = Float32Array.from(drawn.get(WORDS)!.data, (value, at) => 4 * (at >= ALIKE * 8 ? (at % 8) / 20 : value));
const tensors = new Map(drawn).set(WORDS, { shape: [tokenizer.vocabularySize, 8], data: table });

function written(extra: readonly (readonly [string, StoredTensor])[] = [], card: Json = {}, name = 'code-lm-standin-test'): string {
  const models = temporaryFolder();
  vi.stubEnv('ELIBADCODE_MODELS', models);
  const folder = join(models, name);
  const stored = [...tensors].map(
    ([key, tensor]) => [key.replace(/^encoder\./, 'transformer.'), { dtype: 'F32', ...tensor }] as [string, StoredTensor],
  );
  writeCheckpoint(folder, { config: gptBigCode.configFor!(wanted, tokenizer.special), tensors: new Map([...stored, ...extra]) });
  mkdirSync(folder, { recursive: true });
  const own = { settings: { tokenizer: 'gpt2' }, tokenizerDigest: tokenizer.digest };
  writeFileSync(join(folder, 'card.json'), JSON.stringify({ ...own, ...(card as object) }));
  return `pretrained:${name}`;
}

/** −ln P of each sub-token behind a row's first, by sums over the whole vocabulary. */
function plainLosses(row: readonly number[]): number[] {
  const parameters = viewParameters(network.parameters, tf.tensor1d(flatten(network.parameters, tensors)));
  const ids = tf.tensor2d([...row], [1, row.length], 'int32');
  const given = { words: network.lookUpWords(parameters, ids), mask: tf.ones<tf.Rank.R2>([1, row.length]), ids };
  const states = network.encode(parameters, given, { dropout: noDropout, read: 'all' }).arraySync();
  const logit = (state: readonly number[], id: number): number =>
    state.reduce((sum, value, i) => sum + value * table[id * state.length + i]!, 0);
  return row.slice(1).map((next, place) => {
    let sum = 0;
    for (let id = 0; id < tokenizer.vocabularySize; id++) sum += Math.exp(logit(states[place]!, id));
    return Math.log(sum) - logit(states[place]!, next);
  });
}

const rows = [
  [0, 5, 17, 199, 2],
  [0, 9, 300, 40_000, 33, 2],
  [0, ...Array.from({ length: 20 }, (_, i) => 7 * i + 4), 2],
];
// Before an engine takes TensorFlow.js over.
const plain = rows.map(plainLosses);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const open = (): Promise<Engine> => openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
let first: Promise<CausalScorer> | undefined;
/** One for all tests. */
const opened = (): Promise<CausalScorer> => (first ??= open().then((engine) => openCausalScorer(engine, written())));

test('a row’s loss is the sum of its sub-tokens’, over all words, those with one embedding among them', async () => {
  const scorer = await opened();
  const scores = await scorer.score(rows);
  expect(scores.map(({ loss }) => loss)).toBeAllclose(plain.map(total), { relative: 1e-4 });
  expect(scores.map(({ count }) => count)).toEqual([4, 5, 21]);
  expect(scorer.maxTokens).toBe(24);
  expect(scorer.tokenizer.digest).toBe(tokenizer.digest);
});

test('rows keep their losses in any order and company; one of a single sub-token predicts nothing', async () => {
  const scorer = await opened();
  const all = await scorer.score(rows);
  const many = await scorer.score([...rows, [0], ...rows.toReversed(), []]);
  const expected = [...all, { loss: 0, count: 0 }, ...all.toReversed(), { loss: 0, count: 0 }];
  expect(many.map(({ loss }) => loss)).toBeAllclose(
    expected.map(({ loss }) => loss),
    { relative: 1e-5 },
  );
  expect(many.map(({ count }) => count)).toEqual(expected.map(({ count }) => count));
  expect(await scorer.score([])).toEqual([]);
});

test('a later sub-token changes no earlier loss: a row’s beginning loses what it loses alone', async () => {
  const scorer = await opened();
  const [row] = rows as [number[]];
  const beginnings = row.map((_, end) => row.slice(0, end + 1));
  const losses = (await scorer.score(beginnings)).map(({ loss }) => loss);
  const own = losses.slice(1).map((loss, index) => loss - losses[index]!);
  expect(own).toBeAllclose(plain[0]!, { relative: 1e-3 });
});

test('what a model cannot score is refused', async () => {
  const [engine, scorer] = [await open(), await opened()];
  await expect(scorer.score([Array<number>(25).fill(5)])).rejects.toThrow('rows of 24 at most');
  await expect(scorer.score([[0, tokenizer.vocabularySize]])).rejects.toThrow('vocabulary of');
  await expect(openCausalScorer(engine, 'gpt2')).rejects.toThrow('pretrained:NAME');
  await expect(openCausalScorer(engine, 'pretrained:../x')).rejects.toThrow('pretrained:NAME');
  await expect(openCausalScorer(engine, written([], { tokenizerDigest: 'other' }))).rejects.toThrow('its tokenizer is not');
});

test('an output of its own is refused, a copy of the word table is none', async () => {
  const output = (data: Float32Array) => [['lm_head.weight', { dtype: 'F32', shape: [tokenizer.vocabularySize, 8], data }]] as const;
  const [engine, scorer] = [await open(), await opened()];
  const same = await openCausalScorer(engine, written(output(table)));
  expect(await same.score(rows)).toEqual(await scorer.score(rows));
  await same.close();
  await expect(openCausalScorer(engine, written(output(table.map((value) => -value))))).rejects.toThrow('another table');
});
