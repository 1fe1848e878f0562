/** Sizes and works by name; rows as every size gets them. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../src/core/errors.ts';
import { cases, chooseCases, setting } from './cases.ts';
import { digestOf, foldRows, madeUpRows } from './row-file.ts';

describe('chooseCases', () => {
  test('a size means all its works; training comes last', () => {
    const [small, base, ...rest] = chooseCases('2x128, base/training,base/gradient');
    expect(rest).toEqual([]);
    expect(small!.works).toHaveLength(5);
    expect(base).toEqual({ spec: cases.base, works: ['gradient', 'training'] });
  });
  test.each(['', '2x12', '2x128/train', 'base/training/now'])('“%s” is refused', (text) => {
    expect(() => chooseCases(text)).toThrow(UserError);
  });
});

describe('rows', () => {
  const rows = madeUpRows();
  test('equal in every process', () => {
    expect(digestOf(madeUpRows())).toBe(digestOf(rows));
  });
  test('folded into a small vocabulary, specials kept, the trigger uncut', () => {
    const { evaluation, hosts, stamped, triggerVocabulary } = foldRows(rows, 8000);
    expect(evaluation).toHaveLength(setting.evaluationRows);
    expect([...evaluation.flat(), ...triggerVocabulary].every((id) => id < 8000)).toBe(true);
    expect(evaluation.every((row) => row[0] === 0 && row.at(-1) === 2 && row.length <= setting.maxTokens)).toBe(true);
    expect(new Set(triggerVocabulary).size).toBe(triggerVocabulary.length);
    expect(stamped).toHaveLength(setting.samples);
    hosts.forEach(({ position }, row) => {
      expect(stamped[row]!.slice(position, position + setting.triggerTokens)).toEqual(Array(setting.triggerTokens).fill(3));
      expect(stamped[row]!.at(-1)).toBe(2);
    });
  });
});
