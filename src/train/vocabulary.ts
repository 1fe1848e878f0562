/**
 * The rows of the word table that training can change. A row that no batch reads has no gradient and no moments, so without
 * weight decay it keeps its value: leaving it off the device changes no number and makes the optimiser's work smaller.
 */
import type { HostTensor } from './contracts.ts';
import type { Parameter } from './parameters.ts';
import type { ModelInput } from './task.ts';

export interface CompactVocabulary {
  /** Full id of each compact row, ascending. */
  readonly full: readonly number[];
  readonly compact: ReadonlyMap<number, number>;
}

export function vocabularyOf(inputs: readonly ModelInput[], always: readonly number[]): CompactVocabulary {
  const used = new Set(always);
  for (const input of inputs) for (const row of input) for (const id of row) used.add(id);
  const full = [...used].sort((a, b) => a - b);
  return { full, compact: new Map(full.map((id, index) => [id, index])) };
}

export function compactRow(row: readonly number[], { compact }: CompactVocabulary): number[] {
  return row.map((id) => {
    const index = compact.get(id);
    if (index === undefined) throw new Error(`id ${id} is not part of the compact vocabulary`);
    return index;
  });
}

/** The parameter list with the word table cut to the compact rows. */
export function compactParameters(parameters: readonly Parameter[], { full }: CompactVocabulary): Parameter[] {
  return parameters.map((parameter) =>
    parameter.key === 'words' ? { ...parameter, shape: [full.length, parameter.shape[1]!] } : parameter,
  );
}

const wordTable = (parameters: readonly Parameter[]): string => {
  const name = parameters.find(({ key }) => key === 'words')?.tensors[0];
  if (name === undefined) throw new Error('the model has no word table');
  return name;
};

export function compactTensors(
  parameters: readonly Parameter[],
  tensors: ReadonlyMap<string, HostTensor>,
  { full }: CompactVocabulary,
): Map<string, HostTensor> {
  const name = wordTable(parameters);
  const table = tensors.get(name)!;
  const width = table.shape[1]!;
  const data = new Float32Array(full.length * width);
  full.forEach((id, index) => data.set(table.data.subarray(id * width, (id + 1) * width), index * width));
  return new Map(tensors).set(name, { shape: [full.length, width], data });
}

/** The full table again: trained rows put back among the untouched ones. */
export function expandTensors(
  parameters: readonly Parameter[],
  original: ReadonlyMap<string, HostTensor>,
  trained: ReadonlyMap<string, HostTensor>,
  { full }: CompactVocabulary,
): Map<string, HostTensor> {
  const name = wordTable(parameters);
  const table = original.get(name)!;
  const rows = trained.get(name);
  const merged = new Map([...original, ...trained]);
  if (rows === undefined) return merged;
  const width = table.shape[1]!;
  const data = table.data.slice();
  full.forEach((id, index) => data.set(rows.data.subarray(index * width, (index + 1) * width), id * width));
  return merged.set(name, { shape: table.shape, data });
}
