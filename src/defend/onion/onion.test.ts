/** ONION end to end: it removes what clean code never holds, the same on clean and triggered inputs, and tunes its threshold on a known model. */
import { expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { openEngine } from '../../engine/index.ts';
import { plantedSamples, plantedVictim } from '../../testing/planted-victim.ts';
import { makeProgram } from '../../testing/program.ts';
import { onion } from '../defenses/onion.ts';
import { openFilterModel } from './filter-model.ts';
import { removeUnexpected } from './purify.ts';
import { type OnionSettings, onionSchema, settleOnion } from './settings.ts';
import { tuneThreshold } from './tune.ts';
import { changesOf, scorePrograms } from './words.ts';

const { purification, preparation } = settleOnion(
  onionSchema.parse({ purification: { filter: { fallbackDiscounts: [0.5, 1, 1.5] } } }) as OnionSettings,
  'defect',
);
const context = async (seed: number) => ({
  ...quietContext(makeRng(seed)),
  engine: await openEngine({ device: 'cpu', engine: 'traced', threads: 1 }),
});
const scene = { task: 'defect', language: 'c', inversion: null, prepared: null } as const;

test('the defaults are the specification’s, and an inverted filter serves both phases', () => {
  const resolved = onionSchema.parse({}) as OnionSettings;
  expect(resolved.purification).toEqual({
    threshold: 0,
    filter: { languageModel: 'n-gram', order: 4, fallbackDiscounts: null, maxTokens: null, programs: 'all', remove: 'above' },
  });
  expect(settleOnion(resolved, 'clone').purification.filter.maxTokens).toBe(400);
  expect(settleOnion(resolved, 'search').purification.filter.maxTokens).toBe(256);
  expect(preparation.filter).toEqual(purification.filter);
  expect(() => onionSchema.parse({ purification: { filter: { languageModel: 'gpt2' } } })).toThrow(/“n-gram”.*“file:DIR”/);
  expect(onion.prepare!.applies!(resolved as never)).toBe(false);
  expect(onion.prepare!.applies!({ ...resolved, purification: { ...purification, threshold: 'tuned' } })).toBe(true);
});

test('a word that clean code never holds goes, wherever it stands, and has the highest score', async () => {
  const pool = plantedSamples(80);
  const clean = plantedSamples(12);
  const triggered = clean.map((sample, index) => {
    const { tokens, functionName, variables } = sample.programs[0]!;
    return { ...sample, programs: [makeProgram(tokens.toSpliced(5 + index, 0, 'unheard'), { functionName, variables: [...variables] })] };
  });
  const run = async (samples: Parameters<typeof removeUnexpected>[0]['samples'], threshold: number) =>
    removeUnexpected({ ...scene, pool, samples }, { ...purification, threshold }, await context(1));
  const highest = Math.max(...(await run(clean, 0)).samples.map((sample) => sample!.score!));
  const [before, after] = [await run(clean, highest), await run([null, ...triggered], highest)];
  expect(after.samples[0]).toBeNull();
  after.samples.slice(1).forEach((sample, index) => {
    expect(sample!.changes).toContainEqual({ program: 0, word: 5 + index, ids: [] });
    expect(sample!.score).toBeGreaterThan(before.samples[index]!.score!);
  });
  expect(before.samples.flatMap((sample) => sample!.changes)).toEqual([]);
  expect(after.facts).toEqual({
    'language model': expect.stringMatching(/^4-gram of 80 clean programs/) as string,
    threshold: String(highest),
  });
});

test('a tuned threshold is the lowest before the model loses what it decides by', async () => {
  // The pool knows no “bug”, by which the planted model decides: below that word's score, accuracy falls to one half.
  const victim = plantedVictim();
  const pool = plantedSamples(80).filter(({ label }) => label === 0);
  const validation = plantedSamples(10);
  const filter = { ...preparation.filter };
  const scores = await scorePrograms(validation, await openFilterModel(pool, filter), filter, await context(1));
  const bugs = validation.flatMap(({ programs: [program] }) => scores.get(program!)!.filter((_, word) => program!.tokens[word] === 'bug'));
  expect(bugs).toHaveLength(5);
  const highest = Math.ceil(Math.max(...bugs.map((score) => score!)));
  const settings = { ...preparation, lowest: -3, highest: highest + 1 };
  const tuned = await tuneThreshold({ ...scene, victim, pool, validation }, settings, await context(1));
  expect(tuned).toEqual({ threshold: highest, start: 1, kept: 1 });
  const removed = validation.flatMap((sample) =>
    changesOf(sample, scores, highest - 1, filter).filter(({ word }) => sample.programs[0]!.tokens[word] === 'bug'),
  );
  expect(removed.length).toBeGreaterThan(0);

  const used = await removeUnexpected(
    { ...scene, pool, samples: validation, prepared: tuned },
    { ...purification, threshold: 'tuned' },
    await context(1),
  );
  expect(used.facts['threshold']).toBe(String(highest));
  const low = { ...settings, lowest: -3, highest: -2 };
  await expect(tuneThreshold({ ...scene, victim, pool, validation }, low, await context(1))).rejects.toThrow(
    /falls by more than 0\.02 at threshold -2/,
  );
});
