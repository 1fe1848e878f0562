/** The Arrow form of samples: exact round trip, missing rows, damaged bytes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Program, Sample } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { makeProgram } from '../testing/program.ts';
import { decodeSamples, encodeSamples } from './arrow.ts';

const text = fc.string({ unit: 'binary' });
const places = fc.array(fc.nat());
const program: fc.Arbitrary<Program> = fc.record(
  {
    tokens: fc.array(text),
    gaps: fc.array(text),
    functionName: fc.option(text),
    variables: fc.array(text),
    locals: fc.array(text),
    bodyStart: fc.option(fc.nat()),
    statementEnds: places,
  },
  { noNullPrototype: true },
);
/** Samples over a few programs that they share. */
const samples: fc.Arbitrary<(Sample | null)[]> = fc.array(program, { minLength: 1, maxLength: 6 }).chain((pool) => {
  const sample = fc.record(
    {
      id: text,
      label: fc.integer({ min: 0, max: 1 }),
      programs: fc.array(fc.constantFrom(...pool), { maxLength: 2 }),
      query: text,
    },
    { requiredKeys: ['id', 'label', 'programs'], noNullPrototype: true },
  );
  return fc.array(fc.option(sample), { maxLength: 40 });
});

const main = makeProgram('int f ( ) { ; }', { functionName: 'f', variables: ['f'], locals: ['a'], bodyStart: 5, statementEnds: [6] });
const three: (Sample | null)[] = [
  { id: 'a', label: 1, programs: [main] },
  null,
  { id: '', label: 0, programs: [], query: '' },
  { id: 'b', label: 0, programs: [makeProgram('x'), main] },
];

/** Each sample's programs as places in the list of distinct ones. */
function sharing(list: readonly (Sample | null)[]): number[][] {
  const distinct = [...new Set(list.flatMap((sample) => sample?.programs ?? []))];
  return list.map((sample) => (sample?.programs ?? []).map((one) => distinct.indexOf(one)));
}

describe('samples as Arrow', () => {
  test('round trip is exact', () => {
    expect(decodeSamples(encodeSamples(three))).toEqual(three);
    fc.assert(
      fc.property(samples, (list) => {
        const decoded = decodeSamples(encodeSamples(list));
        expect(decoded).toStrictEqual(list);
        expect(sharing(decoded)).toEqual(sharing(list));
      }),
      { seed: 7, numRuns: 300 },
    );
  });
  test('a program is kept once, however many samples share it', () => {
    const large = makeProgram('token '.repeat(5000).trim());
    const pairs = Array.from({ length: 1000 }, (_, index) => ({ id: String(index), label: 0, programs: [main, large] }));
    const bytes = encodeSamples(pairs);
    expect(bytes.length).toBeLessThan(120_000);
    const decoded = decodeSamples(bytes);
    expect(new Set(decoded.flatMap((sample) => sample!.programs)).size).toBe(2);
    expect(decoded[999]!.programs[1]).toStrictEqual(large);
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
