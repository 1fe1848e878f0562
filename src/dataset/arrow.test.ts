/** The Arrow form of samples: exact round trip, missing rows, damaged bytes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { decodeSamples, encodeSamples } from './arrow.ts';

const text = fc.string({ unit: 'binary' });
const program = fc.record({ tokens: fc.array(text), functionName: fc.option(text), variables: fc.array(text) }, { noNullPrototype: true });
const sample: fc.Arbitrary<Sample> = fc.record(
  { id: text, label: fc.integer({ min: 0, max: 1 }), programs: fc.array(program, { maxLength: 2 }), query: text },
  { requiredKeys: ['id', 'label', 'programs'], noNullPrototype: true },
);
const samples = fc.array(fc.option(sample), { maxLength: 40 });

const three: (Sample | null)[] = [
  { id: 'a', label: 1, programs: [{ tokens: ['int', 'f', '(', ')'], functionName: 'f', variables: ['f'] }] },
  null,
  { id: '', label: 0, programs: [], query: '' },
];

describe('samples as Arrow', () => {
  test('round trip is exact', () => {
    expect(decodeSamples(encodeSamples(three))).toEqual(three);
    fc.assert(
      fc.property(samples, (list) => {
        expect(decodeSamples(encodeSamples(list))).toStrictEqual(list);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
  test('equal samples give equal bytes', () => {
    expect(Buffer.from(encodeSamples(three)).equals(encodeSamples(structuredClone(three)))).toBe(true);
  });
  test('every truncation is an error for people', () => {
    const bytes = encodeSamples(three);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSamples(bytes.subarray(0, length), 'x.arrow')).toThrow(UserError);
    }
    expect(() => decodeSamples(bytes.subarray(0, 100), 'x.arrow')).toThrow('x.arrow: not a whole Arrow file (100 bytes)');
  });
  test('what Arrow cannot hold is refused', () => {
    expect(() => encodeSamples([{ id: 'a', label: 0.5, programs: [] }])).toThrow('label 0.5 is no integer');
    expect(() => encodeSamples([{ id: '\ud800', label: 0, programs: [] }])).toThrow('no well-formed text');
  });
});
