/** CSV: what is written reads back, and what is not CSV is refused with its line. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCsv, numberField, parseCsv } from './csv.ts';

test('any text survives the round trip', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))), (rows) => {
      const read = parseCsv(formatCsv(['a', 'b'], rows), ['a', 'b'], 'test');
      expect(read).toEqual(rows.map(([a, b]) => ({ a, b })));
    }),
  );
});

test('any finite number survives the round trip', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      // −0 is written 0: no measurement tells them apart.
      expect(numberField(String(value), 'test')).toBe(value === 0 ? 0 : value);
    }),
  );
});

test('empty is null, zero is zero, and a number is nothing else', () => {
  expect(numberField('', 'here')).toBeNull();
  expect(numberField('0', 'here')).toBe(0);
  for (const text of ['1,5', '5%', ' 1', '0x10', 'NaN', 'Infinity', '1e', '.5']) {
    expect(() => numberField(text, 'here'), text).toThrow(`here: “${text}” is not a number`);
  }
});

test('quoted fields hold commas, quotes and line breaks; lines are counted through them', () => {
  expect(parseCsv('a,b\r\n"x, ""y""\nz",2\n', ['a', 'b'], 'f')).toEqual([{ a: 'x, "y"\nz', b: '2' }]);
  expect(() => parseCsv('a,b\n"x\ny",2\nonly one\n', ['a', 'b'], 'f')).toThrow('f line 4: 1 fields');
});

test('a broken file is refused with its line', () => {
  expect(() => parseCsv('a,c\n', ['a', 'b'], 'f')).toThrow('f line 1: the header is “a,c”');
  expect(() => parseCsv('', ['a'], 'f')).toThrow('f line 1: the header is “”');
  expect(() => parseCsv('a\n"open\n', ['a'], 'f')).toThrow('f line 2: a quotation mark');
  expect(() => parseCsv('a\nx"y\n', ['a'], 'f')).toThrow('f line 2: a quotation mark');
});
