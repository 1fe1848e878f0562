/** What an interrupted inversion goes on from: finished options, and the running search after its last iteration. */
import type { InversionOption } from '../contracts.ts';

export type Trigger = readonly number[];

export interface TriggerScore {
  /** Mean over all rows for the target. */
  readonly loss: number;
  /** Share predicted as the target, 0..1. */
  readonly asr: number;
}

/** Scores in evaluation mode, by `ids.join()`. */
export type KnownScores = Map<string, TriggerScore>;

/** A trigger of the search: its loss, and the 0-based iteration that proposed it. */
export interface FoundTrigger {
  readonly ids: Trigger;
  readonly loss: number;
  readonly iteration: number;
}

export interface SearchState {
  /** From which the next candidates are made. */
  incumbent: FoundTrigger;
  best: FoundTrigger;
  /** Of each iteration's best candidate. */
  readonly losses: number[];
  readonly asrs: number[];
  readonly triggers: Trigger[];
  /** Candidates tried so far, as `ids.join()`; empty unless they must be distinct. */
  readonly tried: Set<string>;
  /**
   * Saved too, and not computed again: a row's last bits depend on its place in a batch (10⁻⁷ of the loss at most as far as seen),
   * so a search that scored again what the killed one remembered could end elsewhere.
   */
  readonly known: KnownScores;
}

type Saved = { readonly finished: InversionOption[]; readonly state: Omit<SearchState, 'tried' | 'known'> };

/** Candidates are files of their own: thousands of lines that need no quoting. */
export function encodeSearch(
  finished: readonly InversionOption[],
  { tried, known, ...state }: SearchState,
): ReadonlyMap<string, Uint8Array> {
  return new Map([
    ['search.json', Buffer.from(JSON.stringify({ finished, state }))],
    ['tried', linesOf(tried)],
    ['known', linesOf(Array.from(known, ([ids, { loss, asr }]) => `${ids} ${loss} ${asr}`))],
  ]);
}

const linesOf = (lines: Iterable<string>): Uint8Array => Buffer.from([...lines].join('\n'));

/** Written by `encodeSearch` of the same stage key, so its shape is known. */
const read = (files: ReadonlyMap<string, Uint8Array>): Saved => JSON.parse(textOf(files, 'search.json')) as Saved;

export const finishedOptions = (files: ReadonlyMap<string, Uint8Array>): InversionOption[] => read(files).finished;

/** The running search, if it belongs to the option after `finished` ones. */
export function decodeSearch(files: ReadonlyMap<string, Uint8Array>, finished: number): SearchState | null {
  const { finished: done, state } = read(files);
  if (done.length !== finished) return null;
  const known = linesIn(files, 'known').map((line): [string, TriggerScore] => {
    const [ids, loss, asr] = line.split(' ');
    return [ids!, { loss: Number(loss), asr: Number(asr) }];
  });
  return { ...state, tried: new Set(linesIn(files, 'tried')), known: new Map(known) };
}

function linesIn(files: ReadonlyMap<string, Uint8Array>, name: string): string[] {
  const text = textOf(files, name);
  return text === '' ? [] : text.split('\n');
}

function textOf(files: ReadonlyMap<string, Uint8Array>, name: string): string {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`resume state: no file “${name}”`);
  return Buffer.from(bytes).toString();
}
