/** Themes over strings and arrays of strings. */
import { characters, fold } from './idioms.ts';
import type { Implementation, Scene, Theme } from './theme.ts';

/** Counts the letters that are of one case; both cases are named as often. */
const letters = (wanted: string, unwanted: string): Implementation[] => {
  const test = (scene: Scene, x: string): string =>
    scene.rng.integer(2) === 0 ? `Character.${wanted}(${x})` : `(Character.isLetter(${x}) && !Character.${unwanted}(${x}))`;
  return [
    ...characters({ start: ['int R = 0;'], step: (scene, x, skip) => scene.when(test(scene, x), 'R++;', skip), finish: 'return R;' }),
    (scene) => ['if (S.isEmpty()) return 0;', 'int R = F(S.substring(1));', scene.when(test(scene, 'S.charAt(0)'), 'R++;'), 'return R;'],
    (scene) => [`return (int) S.chars().filter(X -> ${test(scene, 'X')}).count();`],
  ];
};

/** S with, or without, the characters equal to C alone. */
const sifted = (operator: '==' | '!='): Implementation[] => [
  ...characters({
    start: ['StringBuilder R = new StringBuilder();'],
    step: (scene, x, skip) => scene.when(`${x} ${operator} C`, `R.append(${x});`, skip),
    finish: 'return R.toString();',
  }),
  (scene) => [
    'String R = "";',
    `for (int I = 0; I < S.length(); I++) { ${scene.when(`S.charAt(I) ${operator} C`, 'R = R + S.charAt(I);', 'continue;')} }`,
    'return R;',
  ],
  (scene) => [
    'if (S.isEmpty()) return S;',
    'String R = F(S.substring(1), C);',
    `return ${scene.test(`S.charAt(0) ${operator} C`)} ? S.charAt(0) + R : R;`,
  ],
];

const starts: Implementation[] = [
  () => ['return S.startsWith(P);'],
  (scene) => [`if (${scene.test('S.length() < P.length()')}) return false;`, 'return S.substring(0, P.length()).equals(P);'],
  (scene) => [
    'int N = S.length() - P.length();',
    'if (N < 0) return false;',
    `for (int I = 0; I < P.length(); I++) { ${scene.when('S.charAt(I) != P.charAt(I)', 'return false;', 'continue;')} }`,
    'return true;',
  ],
  () => ['int N = S.length() - P.length();', 'return N >= 0 && S.regionMatches(0, P, 0, P.length());'],
];

const ends: Implementation[] = [
  () => ['return S.endsWith(P);'],
  (scene) => [`if (${scene.test('S.length() < P.length()')}) return false;`, 'return S.substring(S.length() - P.length()).equals(P);'],
  (scene) => [
    'int N = S.length() - P.length();',
    'if (N < 0) return false;',
    `for (int I = 0; I < P.length(); I++) { ${scene.when('S.charAt(N + I) != P.charAt(I)', 'return false;', 'continue;')} }`,
    'return true;',
  ],
  () => ['int N = S.length() - P.length();', 'return N >= 0 && S.regionMatches(N, P, 0, P.length());'],
];

const wordLength = (operator: string): Implementation[] =>
  fold({
    first: 'A[0].length()',
    base: 1,
    type: 'String',
    step: (scene, x, skip) => scene.when(`${x}.length() ${operator} R`, `R = ${x}.length();`, skip),
    stream: (scene) =>
      `Arrays.stream(A, 0, N).map(X -> X.length()).reduce(A[0].length(), (R, X) -> ${scene.test(`X ${operator} R`)} ? X : R)`,
  });

export const texts: Readonly<Record<string, Theme>> = {
  letters: {
    returns: 'int',
    parameters: ['String S'],
    behaviours: { 'count-upper': letters('isUpperCase', 'isLowerCase'), 'count-lower': letters('isLowerCase', 'isUpperCase') },
  },
  sieve: {
    returns: 'String',
    parameters: ['String S', 'char C'],
    behaviours: { 'keep-character': sifted('=='), 'drop-character': sifted('!=') },
  },
  affix: { returns: 'boolean', parameters: ['String S', 'String P'], behaviours: { starts, ends } },
  words: {
    returns: 'int',
    parameters: ['String[] A', 'int N'],
    behaviours: { 'longest-word': wordLength('>'), 'shortest-word': wordLength('<') },
  },
};
