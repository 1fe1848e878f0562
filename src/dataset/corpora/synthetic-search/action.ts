/**
 * The nouns of the generator: an action (what a function does), a modifier (how), and a thing (to what). Queries and code name them with
 * different words, so that what matches what has to be learned.
 *
 * Python text is written with letters for names: V the input, E one element of it, P a second parameter, R the result, K a key, I an index,
 * H an open handle, W another local; FIELD is the code's word for a field. Query text has {s} for things, {o} for one of them, {f} for a
 * field, {file} for a file, {n} for a number. `compose.ts` fills both.
 */

export const kinds = ['list', 'text', 'path', 'mapping'] as const;
/** What the input is. */
export type Kind = (typeof kinds)[number];

export interface Action {
  /** At least three wordings of it, for queries. */
  readonly wordings: readonly string[];
  /** At least three bodies that do it, statements in lines, indented by four. */
  readonly bodies: readonly string[];
  /** Words for function names. */
  readonly verbs: readonly string[];
}

export interface Modifier {
  /** How it is said behind an action. */
  readonly wordings: readonly string[];
  /** Statements that change V, or leave, before the action. */
  readonly bodies: readonly string[];
}

/** What an input holds: its words in queries, plural and singular, and in code. */
export interface Thing {
  readonly query: readonly (readonly [plural: string, singular: string])[];
  readonly code: readonly (readonly [plural: string, singular: string])[];
}

export interface Field {
  readonly query: readonly string[];
  readonly code: readonly string[];
}
