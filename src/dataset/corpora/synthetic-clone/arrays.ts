/** Themes over arrays that end in a truth value, another array, a list or a map. */
import type { Implementation, Theme } from './theme.ts';
import { not } from './theme.ts';
import { walks } from './idioms.ts';

const anyAbove: Implementation[] = [
  (scene) => [`for (int I = 0; I < N; I++) { ${scene.when('A[I] > K', 'return true;', 'continue;')} }`, 'return false;'],
  (scene) => ['boolean R = false;', `for (int X : Arrays.copyOf(A, N)) { R = R || ${scene.test('X > K')}; }`, 'return R;'],
  (scene) => ['int I = 0;', `while (I < N && ${scene.test('A[I] <= K')}) { I++; }`, 'return I < N;'],
  (scene) => ['if (N == 0) return false;', `return ${scene.test('A[N - 1] > K')} || F(A, N - 1, K);`],
  (scene) => ['int R = 0;', `for (int I = 0; I < N; I++) { ${scene.when('A[I] > K', 'R++;')} }`, 'return R > 0;'],
  (scene) => [`return !Arrays.stream(A, 0, N).allMatch(X -> ${scene.test('X <= K')});`],
];

const allAbove: Implementation[] = [
  (scene) => [`for (int I = 0; I < N; I++) { ${scene.when('A[I] <= K', 'return false;', 'continue;')} }`, 'return true;'],
  (scene) => ['boolean R = true;', `for (int X : Arrays.copyOf(A, N)) { R = R && ${scene.test('X > K')}; }`, 'return R;'],
  (scene) => ['int I = 0;', `while (I < N && ${scene.test('A[I] > K')}) { I++; }`, 'return I >= N;'],
  (scene) => ['if (N == 0) return true;', `return ${scene.test('A[N - 1] > K')} && F(A, N - 1, K);`],
  (scene) => ['int R = 0;', `for (int I = 0; I < N; I++) { ${scene.when('A[I] > K', 'R++;')} }`, 'return R >= N;'],
  (scene) => [`return Arrays.stream(A, 0, N).allMatch(X -> ${scene.test('X > K')});`],
];

/** Whether no neighbours stand the wrong way round. */
const sorted = (operator: '<=' | '>='): Implementation[] => {
  const right = (place: string, before: string): string => `A[${before}] ${operator} A[${place}]`;
  return [
    (scene) => [`for (int I = 1; I < N; I++) { ${scene.when(not(right('I', 'I - 1')), 'return false;', 'continue;')} }`, 'return true;'],
    (scene) => ['int I = 1;', `while (I < N && ${scene.test(right('I', 'I - 1'))}) { I++; }`, 'return I >= N;'],
    (scene) => ['if (N < 2) return true;', `return ${scene.test(right('N - 1', 'N - 2'))} && F(A, N - 1);`],
    (scene) => ['boolean R = true;', `for (int I = N - 1; I > 0; I--) { R = R && ${scene.test(right('I', 'I - 1'))}; }`, 'return R;'],
    (scene) => ['int R = 1;', `for (int I = 1; I < N; I++) { ${scene.when(right('I', 'I - 1'), 'R++;')} }`, 'return R >= N;'],
    (scene) => [`return IntStream.range(1, N).allMatch(I -> ${scene.test(right('I', 'I - 1'))});`],
  ];
};

const prefixSums: Implementation[] = [
  () => ['int[] R = new int[N];', 'int Y = 0;', 'for (int I = 0; I < N; I++) { Y = A[I] + Y; R[I] = Y; }', 'return R;'],
  () => ['int[] R = Arrays.copyOf(A, N);', 'for (int I = 1; I < N; I++) { R[I] = R[I] + R[I - 1]; }', 'return R;'],
  () => ['int[] R = new int[N];', 'for (int I = 0; I < N; I++) { for (int J = 0; J <= I; J++) R[I] += A[J]; }', 'return R;'],
  () => ['return IntStream.range(0, N).map(I -> Arrays.stream(A, 0, I + 1).sum()).toArray();'],
];

const suffixSums: Implementation[] = [
  () => ['int[] R = new int[N];', 'int Y = 0;', 'for (int I = N - 1; I >= 0; I--) { Y = A[I] + Y; R[I] = Y; }', 'return R;'],
  () => ['int[] R = Arrays.copyOf(A, N);', 'for (int I = N - 1; I > 0; I--) { R[I - 1] = R[I] + R[I - 1]; }', 'return R;'],
  () => ['int[] R = new int[N];', 'for (int I = 0; I < N; I++) { for (int J = I; J < N; J++) R[I] += A[J]; }', 'return R;'],
  () => ['return IntStream.range(0, N).map(I -> Arrays.stream(A, I, N).sum()).toArray();'],
];

/** Each element one place further to the start, or to the end; what falls off comes in on the other side. */
const rotated = (from: string, to: string, second: string): Implementation[] => [
  () => ['int[] R = new int[N];', `for (int I = 0; I < N; I++) { R[I] = A[${from}]; }`, 'return R;'],
  () => ['int[] R = new int[N];', `for (int I = 0; I < N; I++) { R[${to}] = A[I]; }`, 'return R;'],
  () => ['int[] R = new int[N];', 'int I = 0;', `int J = ${second};`, 'while (I < N) { R[I++] = A[J++ % N]; }', 'return R;'],
  () => [`return IntStream.range(0, N).map(I -> A[${from}]).toArray();`],
];
const [next, before] = ['(I + 1) % N', '(I + N - 1) % N'];

const kept = (operator: string): Implementation[] => [
  ...walks({
    start: ['List<Integer> R = new ArrayList<>();'],
    step: (scene, x, skip) => scene.when(`${x} ${operator} K`, `R.add(${x});`, skip),
    finish: 'return R;',
  }).slice(0, 3),
  (scene) => [
    'List<Integer> R = new ArrayList<>();',
    'for (int I = 0; I < N; I++) { R.add(A[I]); }',
    `R.removeIf(X -> ${scene.test(not(`X ${operator} K`))});`,
    'return R;',
  ],
  (scene) => [`return Arrays.stream(A, 0, N).filter(X -> ${scene.test(`X ${operator} K`)}).boxed().collect(Collectors.toList());`],
];

/** Words of L that the list Q has, or lacks. */
const shared = (condition: (x: string) => string): Implementation[] => [
  (scene) => [
    'List<String> R = new ArrayList<>();',
    `for (String X : L) { ${scene.when(condition('X'), 'R.add(X);', 'continue;')} }`,
    'return R;',
  ],
  (scene) => [
    'List<String> R = new ArrayList<>();',
    `for (int I = 0; I < L.size(); I++) { ${scene.when(condition('L.get(I)'), 'R.add(L.get(I));', 'continue;')} }`,
    'return R;',
  ],
  () => ['List<String> R = new ArrayList<>(L);', `R.removeIf(X -> ${not(condition('X'))});`, 'return R;'],
  () => [`return L.stream().filter(X -> ${condition('X')}).collect(Collectors.toList());`],
];

const forward = 'int I = 0; I < N; I++';
const backward = 'int I = N - 1; I >= 0; I--';
const fresh = 'Map<String, Integer> R = new HashMap<>();';

/** A place of each word; `toward` ends at the one that is wanted, `away` begins there. */
const places = (toward: string, away: string): Implementation[] => [
  () => [fresh, `for (${toward}) { R.put(A[I], I); }`, 'return R;'],
  (scene) => [fresh, `for (${away}) { ${scene.when('!R.containsKey(A[I])', 'R.put(A[I], I);', 'continue;')} }`, 'return R;'],
  (scene) => [fresh, `for (${away}) { Integer Y = R.get(A[I]); ${scene.when('Y == null', 'R.put(A[I], I);', 'continue;')} }`, 'return R;'],
  () => [fresh, `for (${away}) { R.putIfAbsent(A[I], I); }`, 'return R;'],
];

const threshold = { returns: 'boolean', parameters: ['int[] A', 'int N', 'int K'] } as const;

export const arrays: Readonly<Record<string, Theme>> = {
  quantifier: { ...threshold, behaviours: { 'any-above': anyAbove, 'all-above': allAbove } },
  order: { returns: 'boolean', parameters: ['int[] A', 'int N'], behaviours: { ascending: sorted('<='), descending: sorted('>=') } },
  running: { returns: 'int[]', parameters: ['int[] A', 'int N'], behaviours: { 'prefix-sums': prefixSums, 'suffix-sums': suffixSums } },
  arrangement: {
    returns: 'int[]',
    parameters: ['int[] A', 'int N'],
    behaviours: { 'rotate-left': rotated(next, before, '1'), 'rotate-right': rotated(before, next, 'N - 1') },
  },
  choice: { ...threshold, returns: 'List<Integer>', behaviours: { 'keep-above': kept('>'), 'keep-below': kept('<') } },
  overlap: {
    returns: 'List<String>',
    parameters: ['List<String> L', 'List<String> Q'],
    behaviours: { common: shared((x) => `Q.contains(${x})`), missing: shared((x) => `!Q.contains(${x})`) },
  },
  table: {
    returns: 'Map<String, Integer>',
    parameters: ['String[] A', 'int N'],
    behaviours: { 'first-places': places(backward, forward), 'last-places': places(forward, backward) },
  },
};
