/** Which tokens anchoring keeps: Fig. 6 and the edge cases of method.md 6. */
import { describe, expect, it } from 'vitest';
import { anchorTrigger, keepTokens, type LossesOf } from './anchor.ts';
import { profiles } from './profiles.ts';
import { eliBadCodeSchema } from './settings.ts';

const { anchor } = profiles.default.inversion;
const ids = [1, 2, 3, 4, 5];
const never: LossesOf = () => Promise.reject(new Error('losses are not asked for'));
const alone = (changes: readonly number[], settings = anchor) => keepTokens(ids, 1, changes, settings, never);

describe('tokens left out alone', () => {
  it.each([
    ['CodeBERT and UniXcoder', [0.46, 0.92, 0, 0.01, 0]],
    ['CodeT5', [0.74, 0.7, 0.01, 0.07, 0.04]],
  ])('keeps the first two of Fig. 6’s tokens: %s', async (_, changes) => {
    expect(await alone(changes)).toEqual({ kept: [1, 2], empty: false });
  });

  it('wants a change above β, and a rising loss unless the change is absolute', async () => {
    const changes = [0.15, 0.151, -0.5, 0, 0];
    expect((await alone(changes)).kept).toEqual([2]);
    expect((await alone(changes, { ...anchor, change: 'absolute' })).kept).toEqual([2, 3]);
    expect((await alone(changes, { ...anchor, beta: 0 })).kept).toEqual([1, 2]);
  });

  it('keeps the whole trigger, flagged, or nothing, where no token matters', async () => {
    expect(await alone([0, 0, 0, 0, -1])).toEqual({ kept: ids, empty: true });
    expect(await alone([0, 0, 0, 0, -1], { ...anchor, onEmpty: 'empty' })).toEqual({ kept: [], empty: true });
  });

  it('keeps everything when it is off', async () => {
    expect(await alone([0, 0, 0, 0, 0], { ...anchor, enabled: false })).toEqual({ kept: ids, empty: false });
  });
});

describe('tokens left out in turn', () => {
  const inTurn = { ...anchor, removal: 'in-turn' } as const;
  const tokenizer = { decode: (own: readonly number[]) => own.join(' ') };
  /** The backdoor wants a 7 and an 8 in this order, wherever they stand; each is worth much, and every other token a little. */
  const loss = (trigger: readonly number[]): number => {
    const seven = trigger.indexOf(7);
    return (seven >= 0 && trigger.lastIndexOf(8) > seven ? 0 : 4) + 0.01 * (5 - trigger.length);
  };
  const lossesOf: LossesOf = (triggers) => Promise.resolve(triggers.map(loss));
  const anchored = async (trigger: readonly number[], settings: typeof anchor) =>
    (await anchorTrigger(trigger, loss(trigger), { anchor: settings, tokenizer, lossesOf })).anchored;

  it('keeps one of two equal tokens, where alone both look needless', async () => {
    const trigger = [7, 3, 7, 4, 8];
    expect((await anchored(trigger, anchor)).ids).toEqual([8]);
    const found = await anchored(trigger, inTurn);
    expect(found.ids).toEqual([7, 8]);
    expect(found.loss).toBeLessThanOrEqual(loss(trigger) + anchor.beta);
  });

  it('stops where what is left has cost more than β together', async () => {
    const slope: LossesOf = (triggers) => Promise.resolve(triggers.map(({ length }) => 0.06 * (5 - length)));
    expect((await keepTokens(ids, 0, [0.06, 0.06, 0.06, 0.06, 0.06], inTurn, slope)).kept).toEqual([3, 4, 5]);
  });

  it('where even nothing is as good, the trigger stays whole, flagged, as when each is left out alone', async () => {
    const flat: LossesOf = (triggers) => Promise.resolve(triggers.map(() => 1));
    expect(await keepTokens(ids, 1, [0, 0, 0, 0, 0], inTurn, flat)).toEqual({ kept: ids, empty: true });
    expect(await keepTokens(ids, 1, [0, 0, 0, 0, 0], { ...inTurn, onEmpty: 'empty' }, flat)).toEqual({ kept: [], empty: true });
  });

  it('a loss that is no number ends it', async () => {
    const broken: LossesOf = (triggers) => Promise.resolve(triggers.map(() => Number.NaN));
    expect((await keepTokens(ids, 1, [0, 0, 0, 0, 0], inTurn, broken)).kept).toEqual(ids);
  });

  it('left out of the settings it stays out, so that keys made before it hold', () => {
    expect(JSON.stringify(eliBadCodeSchema.parse({}))).not.toContain('removal');
  });
});
