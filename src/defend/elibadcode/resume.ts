/** What an interrupted inversion goes on from: finished options, and the running search after its last iteration. */
import type { InversionOption } from '../contracts.ts';

/** A trigger of the search: its loss, and the 0-based iteration that proposed it. */
export interface FoundTrigger {
  readonly ids: readonly number[];
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
  readonly triggers: (readonly number[])[];
  /** Candidates tried so far, as `ids.join()`; empty unless they must be distinct. */
  readonly tried: Set<string>;
}

type Saved = { readonly finished: InversionOption[]; readonly state: Omit<SearchState, 'tried'> };

/** `tried` is a file of its own: thousands of entries, saved after every iteration, that need no quoting. */
export function encodeSearch(finished: readonly InversionOption[], { tried, ...state }: SearchState): ReadonlyMap<string, Uint8Array> {
  return new Map([
    ['search.json', Buffer.from(JSON.stringify({ finished, state }))],
    ['tried', Buffer.from([...tried].join('\n'))],
  ]);
}

/** Written by `encodeSearch` of the same stage key, so its shape is known. */
const read = (files: ReadonlyMap<string, Uint8Array>): Saved => JSON.parse(textOf(files, 'search.json')) as Saved;

export const finishedOptions = (files: ReadonlyMap<string, Uint8Array>): InversionOption[] => read(files).finished;

/** The running search, if it belongs to the option after `finished` ones. */
export function decodeSearch(files: ReadonlyMap<string, Uint8Array>, finished: number): SearchState | null {
  const { finished: done, state } = read(files);
  if (done.length !== finished) return null;
  const tried = textOf(files, 'tried');
  return { ...state, tried: new Set(tried === '' ? [] : tried.split('\n')) };
}

function textOf(files: ReadonlyMap<string, Uint8Array>, name: string): string {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`resume state: no file “${name}”`);
  return Buffer.from(bytes).toString();
}
