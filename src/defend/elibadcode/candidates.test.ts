/** Candidates of an iteration (method.md 4, step e). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { drawCandidates } from './candidates.ts';

describe('drawCandidates', () => {
  const trigger = [1, 2, 3];
  const choices = [
    [10, 11],
    [20, 21],
    [30, 31],
  ];
  const draw = (repeat: number, distinct: boolean, tried = new Set<string>(), seed = 0): number[][] =>
    drawCandidates(trigger, choices, { repeat, distinct }, tried, makeRng(seed));

  it('replaces one token by one of its place’s choices', () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), fc.integer({ min: 1, max: 6 }), (seed, distinct, repeat) => {
        const candidates = draw(repeat, distinct, new Set(), seed);
        expect(candidates).toHaveLength(repeat);
        for (const candidate of candidates) {
          const places = [0, 1, 2].filter((place) => candidate[place] !== trigger[place]);
          expect(places).toHaveLength(1);
          expect(choices[places[0]!]).toContain(candidate[places[0]!]);
        }
        expect(draw(repeat, distinct, new Set(), seed)).toEqual(candidates);
      }),
    );
  });

  it('reaches every neighbour, each once while there are new ones, and then repeats instead of going on forever', () => {
    const tried = new Set<string>();
    expect(new Set(draw(6, true, tried).map(String)).size).toBe(6);
    expect(tried.size).toBe(6);
    const again = draw(4, true, tried);
    expect(again).toHaveLength(4);
    for (const candidate of again) expect(tried).toContain(candidate.join());
    expect(tried.size).toBe(6);
  });

  it('never gives a candidate of an earlier iteration while there are others', () => {
    const tried = new Set(['10,2,3', '11,2,3', '1,20,3', '1,21,3']);
    expect(new Set(draw(2, true, tried).map(String))).toEqual(new Set(['1,2,30', '1,2,31']));
  });

  it('repeats freely, and remembers nothing, where candidates need not be distinct', () => {
    const tried = new Set<string>();
    const candidates = draw(100, false, tried);
    expect(new Set(candidates.map(String)).size).toBe(6);
    expect(tried.size).toBe(0);
  });
});
