/** Idioms that many behaviours are written in: walks over an array, counts over a range, walks over a text. */
import type { Implementation, Scene } from './theme.ts';

/** What is done with one element. `element` is Java text; `skip` as in `Scene.when`. */
export type Step = (scene: Scene, element: string, skip: string) => string;

export interface Walk {
  /** Statements before the walk, and the one that returns after it. */
  readonly start: readonly string[];
  readonly step: Step;
  readonly finish: string;
  /** Type of an element. */
  readonly type?: string;
}

/** Four walks over the first N elements of A, for steps that may come in any order. */
export function walks({ start, step, finish, type = 'int' }: Walk): Implementation[] {
  return [
    (scene) => [...start, `for (int I = 0; I < N; I++) { ${step(scene, 'A[I]', 'continue;')} }`, finish],
    (scene) => [...start, `for (${type} X : Arrays.copyOf(A, N)) { ${step(scene, 'X', 'continue;')} }`, finish],
    (scene) => [...start, 'int I = 0;', `while (I < N) { ${type} X = A[I++]; ${step(scene, 'X', 'continue;')} }`, finish],
    (scene) => [...start, `for (int I = N - 1; I >= 0; I--) { ${type} X = A[I]; ${step(scene, 'X', 'continue;')} }`, finish],
  ];
}

export interface Fold {
  readonly first: string;
  /** How many elements `first` stands for. */
  readonly base?: 0 | 1;
  readonly step: Step;
  /** Arguments after `A, N` in a recursive call. */
  readonly more?: string;
  /** A stream's text. */
  readonly stream: (scene: Scene) => string;
  readonly type?: string;
}

/** The walks, a recursion and a stream, all with an `int` R that each step changes. */
export function fold({ first, base = 0, step, more = '', stream, type = 'int' }: Fold): Implementation[] {
  return [
    ...walks({ start: [`int R = ${first};`], step, finish: 'return R;', type }),
    (scene) => [`if (N == ${base}) return ${first};`, `int R = F(A, N - 1${more});`, step(scene, 'A[N - 1]', 'return R;'), 'return R;'],
    (scene) => [`return ${stream(scene)};`],
  ];
}

/** Counts the I of [from, to) for which `condition` holds, in five ways. */
export function count(from: string, to: string, condition: string): Implementation[] {
  return [
    (scene) => ['int R = 0;', `for (int I = ${from}; I < ${to}; I++) { ${scene.when(condition, 'R++;', 'continue;')} }`, 'return R;'],
    (scene) => ['int R = 0;', `int I = ${from};`, `while (I < ${to}) { ${scene.when(condition, 'R++;')} I++; }`, 'return R;'],
    (scene) => ['int R = 0;', `for (int I = ${to} - 1; I >= ${from}; I--) { ${scene.when(condition, 'R++;', 'continue;')} }`, 'return R;'],
    (scene) => ['int R = 0;', `for (int I = ${from}; I < ${to}; I++) { R += ${scene.test(condition)} ? 1 : 0; }`, 'return R;'],
    (scene) => [`return (int) IntStream.range(${from}, ${to}).filter(I -> ${scene.test(condition)}).count();`],
  ];
}

/** Three walks over the characters of S. */
export function characters({ start, step, finish }: Omit<Walk, 'type'>): Implementation[] {
  return [
    (scene) => [...start, `for (char X : S.toCharArray()) { ${step(scene, 'X', 'continue;')} }`, finish],
    (scene) => [...start, `for (int I = 0; I < S.length(); I++) { char X = S.charAt(I); ${step(scene, 'X', 'continue;')} }`, finish],
    (scene) => [...start, 'int I = 0;', `while (I < S.length()) { char X = S.charAt(I++); ${step(scene, 'X', 'continue;')} }`, finish],
  ];
}
