/** A causal model behind `file:DIR`, stood in for by a tiny one whose perplexities are known. */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { perplexity } from './contracts.ts';
import { type CausalPackage, loadPackage, openFileModel } from './file-model.ts';
import { openLanguageModel } from './open.ts';

/** Pieces of two letters at most; the id of a piece is that of its first letter. */
const encode = (text: string): number[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => Array.from({ length: Math.ceil(word.length / 2) }, (_, piece) => word.charCodeAt(2 * piece) - 97));

interface Asked {
  readonly folders: string[];
  readonly shapes: (readonly number[])[];
  freed?: boolean;
}

/** After id i comes i + 1 with probability 0.9, and each of the 26 otherwise alike. */
function successorPackage(asked: Asked): CausalPackage {
  class Tensor {
    readonly data: BigInt64Array;
    readonly dims: readonly number[];
    constructor(_: 'int64', data: BigInt64Array, dims: readonly number[]) {
      this.data = data;
      this.dims = dims;
    }
  }
  return {
    env: { allowRemoteModels: true, useFSCache: true },
    Tensor,
    AutoTokenizer: {
      from_pretrained: (folder) => {
        asked.folders.push(folder);
        return Promise.resolve({ encode });
      },
    },
    AutoModelForCausalLM: {
      from_pretrained: () =>
        Promise.resolve(
          Object.assign(
            (inputs: { readonly input_ids: object }) => {
              const ids = inputs.input_ids as Tensor;
              asked.shapes.push(ids.dims);
              const row = (id: bigint): number[] =>
                Array.from({ length: 26 }, (_, next) => 3 + Math.log(BigInt(next) === id + 1n ? 0.9 : 0.1 / 25));
              return Promise.resolve({ logits: { dims: [...ids.dims, 26], data: Float32Array.from([...ids.data].flatMap(row)) } });
            },
            { dispose: () => Promise.resolve((asked.freed = true)) },
          ),
        ),
    },
  };
}

test('scores, and deletions of words, are the model’s own, each with its row', async () => {
  const asked: Asked = { folders: [], shapes: [] };
  const causal = successorPackage(asked);
  const model = await openFileModel('file:some/model', () => Promise.resolve(causal));
  expect(asked.folders).toEqual([resolve('some/model')]);
  expect(causal.env).toEqual({ allowRemoteModels: false, useFSCache: false });
  expect(model.description).toBe('file:some/model');

  const [odd] = await model.deletions([['a', 'x', 'b', 'c']]);
  const low = 0.1 / 25;
  expect(perplexity(odd!.whole)).toBeCloseTo((low * low * 0.9) ** (-1 / 3), 4);
  const expected = [(low * 0.9) ** (-1 / 2), (0.9 * 0.9) ** (-1 / 2), (low * low) ** (-1 / 2), (low * low) ** (-1 / 2)];
  odd!.without.forEach((score, word) => expect(perplexity(score)! / expected[word]!).toBeCloseTo(1, 5));
  await model.close();
  expect(asked.freed).toBe(true);
});

test('rows of all lengths come back in their order, however they were batched', async () => {
  const asked: Asked = { folders: [], shapes: [] };
  const model = await openFileModel('file:m', () => Promise.resolve(successorPackage(asked)));
  const rows = Array.from({ length: 40 }, (_, index) =>
    Array.from({ length: (index * 37) % 30 }, (_, i) => String.fromCharCode(97 + (i % 26))),
  );
  const together = await model.deletions(rows);
  expect(asked.shapes.length).toBeGreaterThan(2);
  expect(asked.shapes.every(([count, tokens]) => count! * tokens! <= 1024)).toBe(true);
  for (const [index, row] of rows.entries()) expect([together[index]]).toEqual(await model.deletions([row]));
  expect(together.map(({ whole }) => whole.predictions)).toEqual(rows.map((row) => Math.max(0, row.length - 1)));
  // Nothing is predicted of one token.
  expect((await model.deletions([['a'], []])).map(({ whole }) => perplexity(whole))).toEqual([null, null]);
});

test('words fit while all of their sub-tokens do', async () => {
  const model = await openFileModel('file:m', () => Promise.resolve(successorPackage({ folders: [], shapes: [] })));
  const words = ['ab', 'abcde', 'a', 'abc'];
  expect([0, 1, 3, 4, 5, 6, 7, 100].map((limit) => model.fitting(words, limit))).toEqual([0, 1, 1, 2, 3, 3, 4, 4]);
});

test('a package that is not installed, a folder that is no model, and a name of neither kind are said', async () => {
  await expect(loadPackage('no-such-package')).rejects.toThrow(/no-such-package could not be loaded.*npm install/s);
  const broken = successorPackage({ folders: [], shapes: [] });
  const refusing = { ...broken, AutoModelForCausalLM: { from_pretrained: () => Promise.reject(new Error('no config.json')) } };
  await expect(openFileModel('file:m', () => Promise.resolve(refusing))).rejects.toThrow(/file:m: .*no config\.json/);
  const sources = { clean: [], order: 4, fallbackDiscounts: null };
  await expect(openLanguageModel('gpt-2', sources)).rejects.toThrow(/languageModel: found “gpt-2”.*“n-gram”.*“file:DIR”/s);
});
