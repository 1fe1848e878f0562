/** What an interrupted DBS inversion goes on from: finished options, and the running search after an epoch. */
import type { InversionOption } from '../contracts.ts';
import type { Schedule } from './schedule.ts';

export interface SoftSearch {
  schedule: Schedule;
  /** One entry an epoch: mean loss of the soft trigger, share it flips (0..1), positions of its most probable tokens. */
  readonly losses: number[];
  readonly asrs: number[];
  readonly triggers: (readonly number[])[];
}

/** Z and Adam's moments. */
export type HostLogits = Readonly<Record<'z' | 'm' | 'v', Float32Array>>;

type Saved = { readonly finished: InversionOption[]; readonly search: SoftSearch };

export function encodeSearch(
  finished: readonly InversionOption[],
  search: SoftSearch,
  logits: HostLogits,
): ReadonlyMap<string, Uint8Array> {
  const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);
  const tensors = Object.entries(logits).map(([name, values]) => [name, bytesOf(values)] as const);
  return new Map([['search.json', Buffer.from(JSON.stringify({ finished, search }))], ...tensors]);
}

/** Written by `encodeSearch` of the same stage key, so its shape is known. */
const read = (files: ReadonlyMap<string, Uint8Array>): Saved => JSON.parse(Buffer.from(fileOf(files, 'search.json')).toString()) as Saved;

export const finishedOptions = (files: ReadonlyMap<string, Uint8Array>): InversionOption[] => read(files).finished;

/** The running search, if it belongs to the option after `finished` ones. */
export function decodeSearch(
  files: ReadonlyMap<string, Uint8Array>,
  finished: number,
): { readonly search: SoftSearch; readonly logits: HostLogits } | null {
  const saved = read(files);
  if (saved.finished.length !== finished) return null;
  const floats = (name: string): Float32Array => new Float32Array(new Uint8Array(fileOf(files, name)).buffer);
  return { search: saved.search, logits: { z: floats('z'), m: floats('m'), v: floats('v') } };
}

function fileOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`resume state: no file “${name}”`);
  return bytes;
}
