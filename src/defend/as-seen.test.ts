/** What filters are handed: tokens and layout, no names of the clean program, no labels at test time. */
import { expect, test } from 'vitest';
import type { Sample } from '../core/contracts.ts';
import { makeProgram } from '../testing/program.ts';
import { asInputs, withoutNames } from './as-seen.ts';

const program = makeProgram('int testo ( int a ) { return a ; }', { functionName: 'f', variables: ['a'], locals: ['a'], bodyStart: 6 });
const samples: Sample[] = ['x', 'y'].map((id, label) => ({ id, label, programs: [program], query: 'q' }));

test('no field of a program says what it was before a trigger came in; shared programs stay shared', () => {
  const [first, second] = withoutNames(samples);
  const { tokens, gaps, ...rest } = first!.programs[0]!;
  expect([tokens, gaps]).toEqual([program.tokens, program.gaps]);
  expect(rest).toEqual({ functionName: null, variables: [], locals: [], bodyStart: null, statementEnds: [] });
  expect(second!.programs[0]).toBe(first!.programs[0]);
  expect(first).toMatchObject({ id: 'x', label: 0, query: 'q' });
  expect(samples[0]!.programs[0]).toBe(program);
});

test('test inputs have no label, and gaps stay gaps', () => {
  const [first, missing] = asInputs([samples[1]!, null]);
  expect(first!.label).toBeNaN();
  expect(first!.programs[0]!.functionName).toBeNull();
  expect(missing).toBeNull();
});
