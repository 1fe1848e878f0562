/** The stage: a corpus by name, parameters checked, what is not there said in words. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../core/errors.ts';
import { makeRng } from '../core/rng.ts';
import { corpora } from './corpora/index.ts';
import { identifyDataset, loadDataset } from './dataset.ts';

const context = { rng: makeRng(0) };
const load = (params: Parameters<typeof loadDataset>[0]): ReturnType<typeof loadDataset> => loadDataset(params, context);

describe('loadDataset', () => {
  test('a corpus with its parameters', async () => {
    const dataset = await load({ name: 'synthetic-defect', train: 4, valid: 2, test: 2 });
    expect(dataset).toMatchObject({ name: 'synthetic-defect', task: 'defect', language: 'c' });
    expect(Object.values(dataset.splits).map((samples) => samples.length)).toEqual([4, 2, 2]);
    expect(await identifyDataset({ name: 'synthetic-defect' })).toEqual({});
  });
  test('an unknown name is met with the nearest one', async () => {
    await expect(load({ name: 'devgin' })).rejects.toThrow(
      new UserError('dataset.name', 'unknown “devgin”; did you mean “devign”?', Object.keys(corpora).join(', ')),
    );
  });
  test.each([
    ['a misspelt key', { name: 'synthetic-defect', trian: 4 }, 'trian'],
    ['a size out of range', { name: 'synthetic-defect', train: 0 }, 'train'],
    ['a size that is no number', { name: 'devign', train: 'most' }, 'train'],
    ['an unknown choice', { name: 'devign', checksum: 'skip' }, 'checksum'],
  ])('%s', async (_, params, named) => {
    await expect(load(params)).rejects.toThrow(UserError);
    await expect(load(params)).rejects.toThrow(named);
  });
});
