/** Functions to craft for, as the crafting model reads them: every local identifier replaced by a place-holder of its own. */
import type { Program } from '../../core/contracts.ts';
import { placeHolder, type Vocabulary } from './vocabulary.ts';
import { sourceText } from './words.ts';

export interface Host {
  readonly program: Program;
  /** Locals and parameters that occur, but for the function's own name, in source order. */
  readonly identifiers: readonly string[];
  /** Ids. */
  readonly source: readonly number[];
  /** For each word, the index of the identifier that stands there, or `null`. */
  readonly places: readonly (number | null)[];
  /** How often each identifier was read; 0 for one beyond the words read or without a place-holder. */
  readonly occurrences: readonly number[];
}

export function readHost(
  program: Program,
  vocabulary: Vocabulary,
  { gradientTokens, placeHolders }: { readonly gradientTokens: number; readonly placeHolders: number },
): Host {
  const tokens = new Set(program.tokens);
  const identifiers = program.locals.filter((name) => name !== program.functionName && tokens.has(name));
  const holders = new Map(identifiers.slice(0, placeHolders).map((name, j) => [name, placeHolder(j)]));
  const { words, locals } = sourceText(program, holders, gradientTokens);
  const indices = new Map(identifiers.map((name, j) => [name, j]));
  const places = locals.map((name) => (name === null ? null : indices.get(name)!));
  const occurrences = identifiers.map((_, j) => places.filter((place) => place === j).length);
  return { program, identifiers, source: words.map(vocabulary.idOf), places, occurrences };
}

/** Old name, new name: what is crafted for a host. */
export type Renaming = readonly (readonly [string, string])[];

export function renamed(program: Program, renaming: Renaming): Program {
  const names = new Map(renaming);
  return { ...program, tokens: program.tokens.map((token) => names.get(token) ?? token) };
}
