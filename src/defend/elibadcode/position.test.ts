/** Places: Fig. 3's vector, masking, and where a trigger may stand (method.md 3 and 10). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { openModel, type Scorer } from '../../train/index.ts';
import { plantedModel } from '../../testing/planted-victim.ts';
import { defendTasks } from '../tasks/index.ts';
import { lossChanges, maskSample, placeTriggers, rankMaskings, type Half, type Placement } from './position.ts';
import { profiles } from './profiles.ts';
import type { InversionSettings } from './shape.ts';
import { stamp } from './stamp.ts';
import { makeProgram } from '../../testing/program.ts';

type Position = InversionSettings['position'];
const defaults: Position = profiles.default.inversion.position;
const code: Position = profiles.code.inversion.position;

const L = 16;
const model = openModel({ ...plantedModel, maxTokens: L }, 'defect');
const { special } = model.tokenizer;
const tokenOf = (id: number): string => (id === special.unk ? '<unk>' : model.tokenizer.piece(id).replace('Ġ', ''));

function sampleOf(text: string, variables: readonly string[], functionName: string | null = null): Sample {
  return { id: text, label: 1, programs: [makeProgram(text, { functionName, variables })] };
}

/** Loss and probability from the row alone. */
const scorerOf = (lossOf: (row: string[]) => number): Scorer => ({
  score: (rows) =>
    Promise.resolve(rows.map(([row = []]) => ({ loss: lossOf(row.map(tokenOf)), probability: Math.exp(-lossOf(row.map(tokenOf))) }))),
  parameters: {},
  close: () => Promise.resolve(),
});
const noScorer = scorerOf(() => {
  throw new Error('nothing is scored');
});

async function place(
  sample: Sample,
  position: Position,
  { scorer = scorerOf(() => 1), half = 'any', triggerTokens = 3 }: { scorer?: Scorer; half?: Half; triggerTokens?: number } = {},
): Promise<Placement> {
  return (
    await placeTriggers(
      model,
      lossChanges(scorer, (p) => p),
      [sample],
      { position, triggerTokens },
      half,
      makeRng(1),
    )
  )[0]!;
}

describe('rankMaskings', () => {
  // Fig. 3: the loss unmasked is 0.505.
  const losses = [0.74, 0.31, 0.49, 0.51, 0.65, 0.53, 0.53, 0.59, 0.51, 0.49, 0.52, 0.42, 0.51, 0.43];
  const maskings = losses.map((loss) => ({ change: Number(Math.abs(loss - 0.505).toFixed(3)), preference: Math.exp(-loss) }));
  const order = (choose: Position['choose']): number[] => rankMaskings(choose, maskings, losses.length, makeRng(1)).map((i) => i + 1);

  it('least-change picks 4, the first of the tie 4, 9, 13; the last is 1', () => {
    expect(order('least-change').slice(0, 3)).toEqual([4, 9, 13]);
    expect(order('least-change').at(-1)).toBe(1);
  });

  it('largest-p picks 2', () => {
    expect(order('largest-p')[0]).toBe(2);
  });

  it('random is a shuffle from the seed', () => {
    expect(order('random')).toEqual(order('random'));
    expect([...order('random')].sort((a, b) => a - b)).toEqual(losses.map((_, i) => i + 1));
  });
});

describe('maskSample', () => {
  // Six words; `testo_init` is Ġtest o _ init, and so place 2 is a word of four sub-tokens.
  const sample = sampleOf('int testo_init ( x , x', ['x', 'testo_init', 'absent', 'x'], 'testo_init');
  const masked = (position: Position) =>
    maskSample(model, sample, position).maskings.map(({ row, place: at }) => [at, row.map(tokenOf).join(' ')]);

  it('masks every token equal to a name with one <unk>, in source order, and skips names that are not among the tokens', () => {
    expect(maskSample(model, sample, defaults).original.map(tokenOf).join(' ')).toBe('<s> int test o _ init ( x , x </s>');
    expect(masked(defaults)).toEqual([
      [2, '<s> int <unk> ( x , x </s>'],
      [7, '<s> int test o _ init ( <unk> , <unk> </s>'],
    ]);
  });

  it('masks one place at a time under `occurrence`', () => {
    expect(masked({ ...defaults, mask: 'occurrence' }).slice(1)).toEqual([
      [7, '<s> int test o _ init ( <unk> , x </s>'],
      [9, '<s> int test o _ init ( x , <unk> </s>'],
    ]);
  });

  it('adds the function’s name under `name-and-variables`, and takes word indices under `word`', () => {
    const unnamed = { ...sample, programs: [{ ...sample.programs[0]!, variables: ['x'] }] };
    const places = (position: Position) => maskSample(model, unnamed, position).maskings.map((masking) => masking.place);
    expect(places(defaults)).toEqual([7]);
    expect(places({ ...defaults, identifiers: 'name-and-variables' })).toEqual([2, 7]);
    expect(places({ ...defaults, identifiers: 'name-and-variables', index: 'word' })).toEqual([1, 3]);
  });
});

describe('placeTriggers', () => {
  const sample = sampleOf('a = b + c', ['a', 'b', 'c']);
  const bWorst = scorerOf((row) => (row.includes('b') ? (row.includes('c') ? 1 : 1.2) : 3));

  it('replaces the first masked word of the least sensitive name; other masks stay', async () => {
    const twice = sampleOf('a = b + b', ['a', 'b']);
    const { host, fallback } = await place(twice, defaults, { scorer: scorerOf((row) => (row.includes('a') ? 1 : 2)) });
    expect([fallback, host.position, host.ids.map(tokenOf).join(' ')]).toEqual([false, 3, '<s> a = + <unk> </s>']);
  });

  it('takes the place of a rank, and counts a sample that has too few', async () => {
    const at = async (rank: number) => {
      const { host, rankBeyond } = await place(sample, { ...defaults, rank }, { scorer: bWorst });
      return [host.position, rankBeyond];
    };
    expect([await at(1), await at(2), await at(3), await at(4)]).toEqual([
      [1, false],
      [5, false],
      [3, false],
      [3, true],
    ]);
  });

  it('scores nothing where the place is drawn', async () => {
    expect((await place(sample, { ...defaults, choose: 'random' }, { scorer: noScorer })).fallback).toBe(false);
  });

  it('falls back to index 1, counted, without an identifier inside the cut (method.md 10)', async () => {
    const late = sampleOf(`${'( '.repeat(L)}x`, ['x']);
    for (const none of [sampleOf('return 0', []), sampleOf('return 0', ['x']), late]) {
      const { host, fallback } = await place(none, defaults);
      expect([host.position, fallback]).toEqual([1, true]);
      expect(host.ids).toEqual(maskSample(model, none, defaults).original);
    }
  });

  it('never cuts a trigger under the defaults, and stands inside the row, whatever the sample', async () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'testo_init', '(', ';'), { minLength: 1, maxLength: 30 });
    const halves = fc.constantFrom<Half>('any', 'first', 'second');
    const masks = fc.record({ mask: fc.constantFrom('name', 'occurrence'), host: fc.constantFrom('masked', 'original') } as const);
    await fc.assert(
      fc.asyncProperty(words, halves, masks, fc.integer({ min: 1, max: L - 2 }), async (tokens, half, settings, triggerTokens) => {
        const made = sampleOf(tokens.join(' '), ['a', 'b', 'testo_init']);
        const { host } = await place(made, { ...defaults, ...settings }, { half, triggerTokens });
        const trigger = Array.from({ length: triggerTokens }, () => 100);
        expect(host.position).toBeGreaterThanOrEqual(1);
        expect(host.position).toBeLessThan(host.ids.length);
        const { row, kept } = stamp(host, trigger, { maxTokens: L, sep: special.sep });
        expect(kept).toBe(triggerTokens);
        expect([row[0], row.at(-1)]).toEqual([special.cls, special.sep]);
      }),
    );
  });

  it('keeps to its half of the row', async () => {
    const long = sampleOf('a ; b ; c ; d ;', ['a', 'b', 'c', 'd']);
    const at = async (half: Half) => (await place(long, defaults, { half })).host.position;
    expect([await at('first'), await at('second')]).toEqual([1, 7]);
  });
});

describe('the authors’ places (profile `code`)', () => {
  it('are the word’s index as a sub-token’s, before which the trigger goes into the unmasked sample', async () => {
    const sample = sampleOf('testo_init ( x )', ['testo_init', 'x']);
    const { host, fallback } = await place(sample, code, { scorer: scorerOf((row) => (row.includes('x') ? 2 : 1)) });
    expect([fallback, host.position, host.ids.map(tokenOf).join(' ')]).toEqual([false, 2, '<s> test o _ init ( x ) </s>']);
  });

  it('are chosen by the largest probability', async () => {
    const sample = sampleOf('( a = b', ['a', 'b']);
    expect((await place(sample, code, { scorer: scorerOf((row) => (row.includes('a') ? 1 : 2)) })).host.position).toBe(3);
    expect((await place(sample, code, { scorer: scorerOf((row) => (row.includes('a') ? 2 : 1)) })).host.position).toBe(1);
  });

  it.each([
    ['defect', 0, 0.9],
    ['defect', 1, 0.9],
    // For clones the probability of the target label is to be small.
    ['clone', 0, 0.9],
    ['clone', 1, 0.1],
  ] as const)('%s, target %i: the probability of label 1 preferred among 0.1, 0.5, 0.9 is %f', (task, target, expected) => {
    const probabilities = [0.1, 0.5, 0.9];
    const maskings = probabilities.map((p) => ({ change: 0, preference: defendTasks[task].preference!(p, target) }));
    expect(probabilities[rankMaskings('largest-p', maskings, 3, makeRng(1))[0]!]).toBe(expected);
  });

  it.each([
    ['the first word', 'x = 0', 1],
    ['beyond the middle of the padded row', `${'( '.repeat(L / 2 + 1)}x`, 1],
  ])('move to index 1, counted: %s', async (_, text, expected) => {
    const { host, fallback } = await place(sampleOf(text, ['x']), code, { half: 'first' });
    expect([host.position, fallback]).toEqual([expected, true]);
  });

  it('may lie in the middle, and in the second half where that is scanned', async () => {
    const middle = sampleOf(`${'( '.repeat(L / 2)}x`, ['x']);
    expect(await place(middle, code, { half: 'first' })).toMatchObject({ host: { position: L / 2 }, fallback: false });
    const later = sampleOf(`${'( '.repeat(L / 2 + 1)}x`, ['x']);
    expect(await place(later, code, { half: 'second' })).toMatchObject({ host: { position: L / 2 + 1 }, fallback: false });
  });
});
