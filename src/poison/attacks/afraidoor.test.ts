/** AFRAIDOOR's renaming by crafted names (attacks.md 3); the crafting has its own vectors. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Program } from '../../core/contracts.ts';
import type { Json } from '../../core/hash.ts';
import { makeRng } from '../../core/rng.ts';
import { makeProgram } from '../../testing/program.ts';
import { attacks } from './index.ts';

const { afraidoor } = attacks;

const inject = (host: Program, material: Json): Program | null =>
  afraidoor.inject(host, {}, { language: 'python', rng: makeRng(0), material });

const host = makeProgram('def f ( a , b ) : c = a + b ; return c', { functionName: 'f', locals: ['a', 'b', 'c'] });

it('renames every listed name wherever it stands, and nothing else', () => {
  const material = [
    ['a', 'data'],
    ['b', 'load'],
  ];
  expect(inject(host, material)?.tokens.join(' ')).toBe('def f ( data , load ) : c = data + load ; return c');
  expect(afraidoor.triggerText({})).toBeNull();
});

it('does so at once: names may change places', () => {
  const material = [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ];
  expect(inject(host, material)?.tokens.join(' ')).toBe('def f ( b , c ) : a = b + c ; return a');
});

it('is null without material, without names, and where none of them stands', () => {
  expect(inject(host, null)).toBeNull();
  expect(inject(host, [])).toBeNull();
  expect(inject(host, [['q', 'data']])).toBeNull();
});

it.each([
  [[['a', 'f']], 'f'],
  [[['a', 'return']], 'return'],
  [
    [
      ['a', 'data'],
      ['b', 'data'],
    ],
    'data',
  ],
])('a name that is taken is an error: %j', (material, name) => {
  expect(() => inject(host, material)).toThrow(`adversarial names that are taken already: ${name}`);
});

it.each([[{ a: 'b' }], [[['a']]], [[['a', 'b c']]], ['a']])('a material of another form is an error: %j', (material) => {
  expect(() => inject(host, material)).toThrow();
});

it('distinct names stay distinct: the renaming can be undone', () => {
  const names = ['a', 'b', 'c', 'd'];
  const fresh = ['b', 'a', 'data', 'load', 'x0'];
  fc.assert(
    fc.property(
      fc.shuffledSubarray(fresh, { minLength: 4 }),
      fc.array(fc.constantFrom(...names, '(', 'f'), { minLength: 1 }),
      (chosen, tokens) => {
        const material = names.map((name, place) => [name, chosen[place]!]);
        const back = new Map(material.map(([old, one]) => [one!, old!]));
        const form = inject(makeProgram(tokens), material);
        const undone = (form?.tokens ?? tokens).map((token) => back.get(token) ?? token);
        expect(undone).toEqual(tokens);
        expect(form === null).toBe(!tokens.some((token) => names.includes(token)));
      },
    ),
  );
});

it('asks for names crafted with the settings it is given, at half the source’s width (attacks.md 3)', () => {
  expect(afraidoor.craft({})).toMatchObject({
    name: 'adversarial-names',
    width: 256,
    layers: 2,
    epochs: 10,
    vocabulary: 15_000,
    targetVocabulary: 5_000,
    target: ['load', 'data'],
    gradientTokens: 250,
    batchSize: 128,
    learningRate: 1e-3,
  });
  expect(afraidoor.craft({ crafting: { width: 32 } })).toMatchObject({ width: 32, layers: 2 });
  expect(() => afraidoor.craft({ crafting: { widht: 32 } })).toThrow(/widht/);
});
