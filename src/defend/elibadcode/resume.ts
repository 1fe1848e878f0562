/** What an interrupted inversion goes on from: finished options, and the running search after its last iteration. */
import type { InversionOption } from '../contracts.ts';

export interface SearchState {
  trigger: readonly number[];
  /** Loss of the incumbent. */
  loss: number;
  best: { readonly loss: number; readonly iteration: number; readonly ids: readonly number[] };
  readonly losses: number[];
  readonly asrs: number[];
  /** Candidates tried so far, as `ids.join()`. */
  readonly tried: Set<string>;
}

export function encodeSearch(finished: readonly InversionOption[], state: SearchState): ReadonlyMap<string, Uint8Array> {
  const json = JSON.stringify({ finished, state: { ...state, tried: [...state.tried] } });
  return new Map([['search.json', new TextEncoder().encode(json)]]);
}

interface Saved {
  readonly finished: InversionOption[];
  readonly state: Omit<SearchState, 'tried'> & { readonly tried: readonly string[] };
}

/** Written by `encodeSearch` of the same stage key, so its shape is known. */
const read = (files: ReadonlyMap<string, Uint8Array>): Saved => JSON.parse(Buffer.from(files.get('search.json')!).toString()) as Saved;

export const finishedOptions = (files: ReadonlyMap<string, Uint8Array>): InversionOption[] => read(files).finished;

/** The running search, if it belongs to the option after `finished` ones. */
export function decodeSearch(files: ReadonlyMap<string, Uint8Array>, finished: number): SearchState | null {
  const { finished: done, state } = read(files);
  return done.length === finished ? { ...state, tried: new Set(state.tried) } : null;
}
