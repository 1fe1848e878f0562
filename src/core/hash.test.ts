/** Keys: equal values have equal keys, different values different ones, and what JSON cannot hold is refused. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { canonicalJson, keyOf, sha256, type Json } from './hash.ts';

const json = fc.jsonValue() as fc.Arbitrary<Json>; // its own type says `unknown`

describe('canonicalJson', () => {
  it('sorts keys at every depth and keeps list order', () => {
    expect(canonicalJson({ b: [2, 1, { d: null, c: true }], a: 'é"' })).toBe('{"a":"é\\"","b":[2,1,{"c":true,"d":null}]}');
  });

  it('reads back as the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order in which keys were written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.string(), json), { selector: ([key]) => key }), (entries) => {
        expect(canonicalJson(Object.fromEntries([...entries].reverse()))).toBe(canonicalJson(Object.fromEntries(entries)));
      }),
    );
  });

  test.each([NaN, Infinity, -Infinity])('refuses %d, however deep', (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(RangeError);
  });
});

describe('keys', () => {
  it('is SHA-256: the standard’s vector for "abc"', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256(new TextEncoder().encode('abc'))).toBe(sha256('abc'));
  });

  it('is 20 hexadecimal digits that change with any part of the value', () => {
    const keys = [{ rate: 0.02 }, { rate: 0.01 }, { rate: '0.02' }, { ratE: 0.02 }, [0.02], null].map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{20}$/);
  });
});
