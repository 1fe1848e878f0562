/** Themes over the first N numbers of an array that end in one number. */
import { count, fold, walks } from './idioms.ts';
import type { Implementation, Theme } from './theme.ts';

const overArray = { returns: 'int', parameters: ['int[] A', 'int N'] } as const;

const above = (operator: string): Implementation[] =>
  fold({
    first: '0',
    step: (scene, x, skip) => scene.when(`${x} ${operator} K`, 'R++;', skip),
    more: ', K',
    stream: (scene) => `(int) Arrays.stream(A, 0, N).filter(X -> ${scene.test(`X ${operator} K`)}).count()`,
  });

const extreme = (operator: string): Implementation[] =>
  fold({
    first: 'A[0]',
    base: 1,
    step: (scene, x, skip) =>
      scene.rng.uniform() < 0.7
        ? scene.when(`${x} ${operator} R`, `R = ${x};`, skip)
        : `R = ${scene.test(`${x} ${operator} R`)} ? ${x} : R;`,
    stream: (scene) => `Arrays.stream(A, 0, N).reduce(A[0], (R, X) -> ${scene.test(`X ${operator} R`)} ? X : R)`,
  });

const countOf = (operator: string): Implementation[] =>
  fold({
    first: '0',
    step: (scene, x, skip) => scene.when(`${x} % 2 ${operator} 0`, 'R++;', skip),
    stream: (scene) => `(int) Arrays.stream(A, 0, N).filter(X -> ${scene.test(`X % 2 ${operator} 0`)}).count()`,
  });

const sumOf = (condition: (x: string) => string): Implementation[] =>
  fold({
    first: '0',
    step: (scene, x, skip) => scene.when(condition(x), `R += ${x};`, skip),
    stream: (scene) => `Arrays.stream(A, 0, N).filter(X -> ${scene.test(condition('X'))}).sum()`,
  });

/** Sum of the elements at places of one parity. */
const everySecond = (first: 0 | 1): Implementation[] => [
  () => ['int R = 0;', `for (int I = ${first}; I < N; I += 2) { R += A[I]; }`, 'return R;'],
  (scene) => ['int R = 0;', `for (int I = 0; I < N; I++) { ${scene.when(`I % 2 == ${first}`, 'R += A[I];', 'continue;')} }`, 'return R;'],
  () => ['int R = 0;', `boolean Y = ${first === 0};`, 'for (int I = 0; I < N; I++) { if (Y) R += A[I]; Y = !Y; }', 'return R;'],
  (scene) => ['if (N == 0) return 0;', 'int R = F(A, N - 1);', scene.when(`N % 2 == ${1 - first}`, 'R += A[N - 1];'), 'return R;'],
  (scene) => [`return IntStream.range(0, N).filter(I -> ${scene.test(`I % 2 == ${first}`)}).map(I -> A[I]).sum();`],
];

const firstPlace: Implementation[] = [
  (scene) => [`for (int I = 0; I < N; I++) { ${scene.when('A[I] == K', 'return I;', 'continue;')} }`, 'return -1;'],
  (scene) => ['int R = -1;', `for (int I = N - 1; I >= 0; I--) { ${scene.when('A[I] == K', 'R = I;', 'continue;')} }`, 'return R;'],
  (scene) => ['int I = 0;', `while (I < N && ${scene.test('A[I] != K')}) { I++; }`, 'return I < N ? I : -1;'],
  (scene) => [
    'if (N == 0) return -1;',
    'int R = F(A, N - 1, K);',
    'if (R >= 0) return R;',
    `return ${scene.test('A[N - 1] == K')} ? N - 1 : -1;`,
  ],
];

const lastPlace: Implementation[] = [
  (scene) => [`for (int I = N - 1; I >= 0; I--) { ${scene.when('A[I] == K', 'return I;', 'continue;')} }`, 'return -1;'],
  (scene) => ['int R = -1;', `for (int I = 0; I < N; I++) { ${scene.when('A[I] == K', 'R = I;', 'continue;')} }`, 'return R;'],
  (scene) => ['int I = N - 1;', `while (I >= 0 && ${scene.test('A[I] != K')}) { I--; }`, 'return I;'],
  (scene) => ['if (N == 0) return -1;', `if (${scene.test('A[N - 1] == K')}) return N - 1;`, 'int R = F(A, N - 1, K);', 'return R;'],
];

/** The first place of the largest, or smallest, element. */
const peak = (operator: string): Implementation[] => [
  (scene) => ['int R = 0;', `for (int I = 1; I < N; I++) { ${scene.when(`A[I] ${operator} A[R]`, 'R = I;', 'continue;')} }`, 'return R;'],
  (scene) => ['int R = N - 1;', `for (int I = N - 1; I >= 0; I--) { ${scene.when(`A[I] ${operator}= A[R]`, 'R = I;')} }`, 'return R;'],
  (scene) => [
    'int R = 0;',
    'int Y = A[0];',
    `for (int I = 1; I < N; I++) { if (${scene.test(`A[I] ${operator} Y`)}) { Y = A[I]; R = I; } }`,
    'return R;',
  ],
  (scene) => ['if (N == 1) return 0;', 'int R = F(A, N - 1);', `return ${scene.test(`A[N - 1] ${operator} A[R]`)} ? N - 1 : R;`],
  (scene) => [`return IntStream.range(0, N).reduce(0, (R, I) -> ${scene.test(`A[I] ${operator} A[R]`)} ? I : R);`],
];

export const folds: Readonly<Record<string, Theme>> = {
  bound: {
    returns: 'int',
    parameters: ['int[] A', 'int N', 'int K'],
    behaviours: { 'count-above': above('>'), 'count-below': above('<') },
  },
  extreme: { ...overArray, behaviours: { largest: extreme('>'), smallest: extreme('<') } },
  parity: { ...overArray, behaviours: { 'count-even': countOf('=='), 'count-odd': countOf('!=') } },
  'parity-sum': { ...overArray, behaviours: { 'sum-even': sumOf((x) => `${x} % 2 == 0`), 'sum-odd': sumOf((x) => `${x} % 2 != 0`) } },
  sign: { ...overArray, behaviours: { 'sum-positive': sumOf((x) => `${x} > 0`), 'sum-negative': sumOf((x) => `${x} < 0`) } },
  alternation: { ...overArray, behaviours: { 'sum-even-places': everySecond(0), 'sum-odd-places': everySecond(1) } },
  place: { returns: 'int', parameters: ['int[] A', 'int N', 'int K'], behaviours: { 'first-place': firstPlace, 'last-place': lastPlace } },
  peak: { ...overArray, behaviours: { 'place-of-largest': peak('>'), 'place-of-smallest': peak('<') } },
  squares: {
    ...overArray,
    behaviours: {
      'sum-of-squares': [
        ...walks({ start: ['int R = 0;'], step: (_, x) => `R += ${x} * ${x};`, finish: 'return R;' }),
        () => ['int R = Arrays.stream(A, 0, N).map(X -> X * X).sum();', 'return R;'],
      ],
      'square-of-sum': [
        ...walks({ start: ['int R = 0;'], step: (_, x) => `R += ${x};`, finish: 'return R * R;' }),
        () => ['int R = Arrays.stream(A, 0, N).sum();', 'return R * R;'],
      ],
    },
  },
  agreement: {
    returns: 'int',
    parameters: ['int[] A', 'int[] B', 'int N'],
    behaviours: { 'count-equal': count('0', 'N', 'A[I] == B[I]'), 'count-different': count('0', 'N', 'A[I] != B[I]') },
  },
  steps: {
    ...overArray,
    behaviours: { 'count-rises': count('1', 'N', 'A[I] > A[I - 1]'), 'count-falls': count('1', 'N', 'A[I] < A[I - 1]') },
  },
};
