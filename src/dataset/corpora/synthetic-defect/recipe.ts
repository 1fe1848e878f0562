/**
 * The noun of the generator: a defect and its correct twin. Both twins consist of the same tokens: statements in another order, an operator
 * or a name swapped between two places. So neither the bag of tokens, nor length, nor a name says which of the two is defective.
 */
import type { Scene } from './scene.ts';

/** Statements are C text, one statement an entry; a filler may be put between any two entries of one list. */
export interface Twins {
  readonly returns: string;
  readonly parameters: readonly string[];
  /** Declarations and statements before the place of the defect, the same in both twins. */
  readonly head: readonly string[];
  readonly correct: readonly string[];
  readonly defective: readonly string[];
  /** Statements after it, the same in both twins; the last one returns where a value is returned. */
  readonly tail: readonly string[];
}

export type Recipe = (scene: Scene) => Twins;

/** The commonest form: a guard or a use that comes too late. */
export function inOrder(first: string, second: string): Pick<Twins, 'correct' | 'defective'> {
  return { correct: [first, second], defective: [second, first] };
}
