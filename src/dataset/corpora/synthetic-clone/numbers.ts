/** Themes over one or two numbers: sums, powers, divisors, digits, bits, sequences. */
import { count } from './idioms.ts';
import type { Implementation, Theme } from './theme.ts';

/** 1 + 2 + …, with N or without. */
const upTo = (operator: '<' | '<='): Implementation[] => {
  const [last, base] = operator === '<=' ? ['N', '0'] : ['N - 1', '1'];
  return [
    (scene) => ['int R = 0;', `for (int I = 1; ${scene.test(`I ${operator} N`)}; I++) { R += I; }`, 'return R;'],
    (scene) => ['int R = 0;', 'int I = 0;', `while (${scene.test(`I ${operator} N`)}) { R += I; I++; }`, 'return R;'],
    (scene) => [`if (${scene.test(`N <= ${base}`)}) return 0;`, 'int R = F(N - 1);', `return R + ${last};`],
    () => ['int R = 0;', `for (int I = ${last}; I > 0; I--) { R += I; }`, 'return R;'],
    (scene) => [`return IntStream.rangeClosed(1, N).filter(I -> ${scene.test(`I ${operator} N`)}).sum();`],
  ];
};

/** `times` factors `factor`. */
const power = (factor: 'K' | 'N', times: 'K' | 'N'): Implementation[] => [
  () => ['int R = 1;', `for (int I = 0; I < ${times}; I++) { R *= ${factor}; }`, 'return R;'],
  () => ['int R = 1;', `while (${times} > 0) { R = R * ${factor}; ${times}--; }`, 'return R;'],
  () => [`if (${times} == 0) return 1;`, `return ${factor} * ${factor === 'K' ? 'F(K, N - 1)' : 'F(K - 1, N)'};`],
  () => [
    `if (${times} == 0) return 1;`,
    `int R = ${factor === 'K' ? 'F(K, N / 2)' : 'F(K / 2, N)'};`,
    `return ${times} % 2 == 0 ? R * R : R * R * ${factor};`,
  ],
  () => [`return IntStream.range(0, ${times}).reduce(1, (R, X) -> R * ${factor});`],
];

const divisors = (action: string, stream: string): Implementation[] => [
  (scene) => ['int R = 0;', `for (int I = 1; I <= N; I++) { ${scene.when('N % I == 0', action, 'continue;')} }`, 'return R;'],
  (scene) => ['int R = 0;', `for (int I = N; I > 0; I--) { ${scene.when('N % I == 0', action, 'continue;')} }`, 'return R;'],
  (scene) => ['int R = 0;', 'int I = 1;', `while (I <= N) { ${scene.when('N % I == 0', action)} I++; }`, 'return R;'],
  (scene) => [`return ${stream.replace('TEST', scene.test('N % I == 0'))};`],
];

/** Sum of the digits of one parity. */
const digits = (operator: '==' | '!='): Implementation[] => [
  (scene) => ['int R = 0;', `while (N > 0) { ${scene.when(`N % 2 ${operator} 0`, 'R += N % 10;')} N = N / 10; }`, 'return R;'],
  (scene) => [
    'int R = 0;',
    `for (int I = N; I > 0; I /= 10) { int X = I % 10; ${scene.when(`X % 2 ${operator} 0`, 'R += X;', 'continue;')} }`,
    'return R;',
  ],
  (scene) => ['if (N == 0) return 0;', 'int R = F(N / 10);', scene.when(`N % 2 ${operator} 0`, 'R += N % 10;', 'return R;'), 'return R;'],
  (scene) => ['int R = 0;', `do { R += ${scene.test(`N % 2 ${operator} 0`)} ? N % 10 : 0; N /= 10; } while (N != 0);`, 'return R;'],
];

const digitExtreme = (operator: '<' | '>'): Implementation[] => [
  (scene) => ['int R = N % 10;', `while (N > 0) { ${scene.when(`N % 10 ${operator} R`, 'R = N % 10;')} N = N / 10; }`, 'return R;'],
  (scene) => [
    'int R = N % 10;',
    `for (int I = N; I > 0; I /= 10) { int X = I % 10; ${scene.when(`X ${operator} R`, 'R = X;', 'continue;')} }`,
    'return R;',
  ],
  (scene) => ['if (N < 10) return N;', 'int R = F(N / 10);', `return ${scene.test(`N % 10 ${operator} R`)} ? N % 10 : R;`],
];

const bitSet: Implementation[] = [
  () => ['return N | (1 << K);'],
  () => ['int R = 1 << K;', 'return N | R;'],
  (scene) => [`if (${scene.test('(N >> K & 1) == 1')}) return N;`, 'return N ^ (1 << K);'],
  (scene) => ['int R = 1 << K;', scene.when('(N & R) == 0', 'N = N ^ R;'), 'return N;'],
];

const bitCleared: Implementation[] = [
  () => ['return N & ~(1 << K);'],
  () => ['int R = ~(1 << K);', 'return N & R;'],
  (scene) => [`if (${scene.test('(N >> K & 1) == 0')}) return N;`, 'return N ^ (1 << K);'],
  (scene) => ['int R = 1 << K;', scene.when('(N & R) != 0', 'N = N ^ R;'), 'return N;'],
];

/** Whether N ≥ 2 has a divisor between 1 and itself, or has none. */
const divisible = (yes: boolean): Implementation[] => [
  (scene) => [`for (int I = 2; I < N; I++) { ${scene.when('N % I == 0', `return ${yes};`, 'continue;')} }`, `return ${!yes};`],
  (scene) => ['int I = 2;', `while (${scene.test('N % I != 0')}) { I++; }`, `return ${scene.test(yes ? 'I < N' : 'I >= N')};`],
  (scene) => [
    `boolean R = ${!yes};`,
    `for (int I = 2; I * I <= N; I++) { ${scene.when('N % I == 0', `R = ${yes};`, 'continue;')} }`,
    'return R;',
  ],
  (scene) => ['int R = 0;', `for (int I = 1; I <= N; I++) { ${scene.when('N % I == 0', 'R++;')} }`, `return R ${yes ? '>' : '<='} 2;`],
  (scene) => [`return IntStream.range(2, N).${yes ? 'any' : 'none'}Match(I -> ${scene.test('N % I == 0')});`],
];

/** Each number is the sum of the two before it. */
const sequence = (zeroth: number, first: number): Implementation[] => [
  () => [`int R = ${zeroth};`, `int Y = ${first};`, 'for (int I = 0; I < N; I++) { int X = R + Y; R = Y; Y = X; }', 'return R;'],
  () => [`int Y = ${first};`, `int R = ${zeroth};`, 'while (N-- > 0) { Y = R + Y; R = Y - R; }', 'return R;'],
  () => [`if (N == 0) return ${zeroth};`, `if (N == 1) return ${first};`, 'return F(N - 1) + F(N - 2);'],
  () => [
    'int[] R = new int[N + 2];',
    `R[0] = ${zeroth};`,
    `R[1] = ${first};`,
    'for (int I = 2; I <= N; I++) { R[I] = R[I - 1] + R[I - 2]; }',
    'return R[N];',
  ],
];

const one = { returns: 'int', parameters: ['int N'] } as const;

export const numbers: Readonly<Record<string, Theme>> = {
  growth: { ...one, behaviours: { 'sum-up-to': upTo('<='), 'sum-below': upTo('<') } },
  power: {
    returns: 'int',
    parameters: ['int K', 'int N'],
    behaviours: { 'first-to-second': power('K', 'N'), 'second-to-first': power('N', 'K') },
  },
  divisors: {
    ...one,
    behaviours: {
      'count-divisors': divisors('R++;', '(int) IntStream.rangeClosed(1, N).filter(I -> TEST).count()'),
      'sum-divisors': divisors('R += I;', 'IntStream.rangeClosed(1, N).filter(I -> TEST).sum()'),
    },
  },
  digits: { ...one, behaviours: { 'sum-even-digits': digits('=='), 'sum-odd-digits': digits('!=') } },
  'digit-extreme': { ...one, behaviours: { 'largest-digit': digitExtreme('>'), 'smallest-digit': digitExtreme('<') } },
  bits: {
    returns: 'int',
    parameters: ['int K', 'int N'],
    behaviours: { 'count-ones': count('0', 'N', '(K >> I & 1) == 1'), 'count-zeros': count('0', 'N', '(K >> I & 1) == 0') },
  },
  'bit-edit': { returns: 'int', parameters: ['int N', 'int K'], behaviours: { 'set-bit': bitSet, 'clear-bit': bitCleared } },
  prime: { returns: 'boolean', parameters: ['int N'], behaviours: { composite: divisible(true), prime: divisible(false) } },
  sequence: { ...one, behaviours: { fibonacci: sequence(0, 1), lucas: sequence(2, 1) } },
};
