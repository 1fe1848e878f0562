/** Which tokens anchoring keeps: Fig. 6 and the edge cases of method.md 6. */
import { describe, expect, it } from 'vitest';
import { keepTokens } from './anchor.ts';
import { profiles } from './profiles.ts';

const { anchor } = profiles.default.inversion;
const ids = [1, 2, 3, 4, 5];

describe('keepTokens', () => {
  it.each([
    ['CodeBERT and UniXcoder', [0.46, 0.92, 0, 0.01, 0]],
    ['CodeT5', [0.74, 0.7, 0.01, 0.07, 0.04]],
  ])('keeps the first two of Fig. 6’s tokens: %s', (_, changes) => {
    expect(keepTokens(ids, changes, anchor)).toEqual({ kept: [1, 2], empty: false });
  });

  it('wants a change above β, and a rising loss unless the change is absolute', () => {
    const changes = [0.15, 0.151, -0.5, 0, 0];
    expect(keepTokens(ids, changes, anchor).kept).toEqual([2]);
    expect(keepTokens(ids, changes, { ...anchor, change: 'absolute' }).kept).toEqual([2, 3]);
    expect(keepTokens(ids, changes, { ...anchor, beta: 0 }).kept).toEqual([1, 2]);
  });

  it('keeps the whole trigger, flagged, or nothing, where no token matters', () => {
    expect(keepTokens(ids, [0, 0, 0, 0, -1], anchor)).toEqual({ kept: ids, empty: true });
    expect(keepTokens(ids, [0, 0, 0, 0, -1], { ...anchor, onEmpty: 'empty' })).toEqual({ kept: [], empty: true });
  });

  it('keeps everything when it is off', () => {
    expect(keepTokens(ids, [0, 0, 0, 0, 0], { ...anchor, enabled: false })).toEqual({ kept: ids, empty: false });
  });
});
