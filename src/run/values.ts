/** How each kind of value lies in its cache folder: samples as Arrow, weights as safetensors, the rest as JSON. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset, LabelPredictions, PoisonedSet, Predictions, Sample, SplitName, TriggeredSet } from '../core/contracts.ts';
import { decodeSamples, encodeSamples } from '../dataset/arrow.ts';
import { readVictim, type Victim, writeVictim } from '../train/index.ts';
import type { Stage } from './contracts.ts';

export type Codec<Value> = Pick<Stage<Value>, 'write' | 'read'>;

const splitNames = ['train', 'valid', 'test'] as const satisfies readonly SplitName[];

export const datasetCodec: Codec<Dataset> = {
  write(folder, { splits, ...rest }) {
    writeJson(folder, 'dataset', rest);
    for (const split of splitNames) writeSamples(folder, split, splits[split]);
  },
  read: (folder) => ({
    ...(readJson(folder, 'dataset') as Omit<Dataset, 'splits'>),
    splits: { train: readAll(folder, 'train'), valid: readAll(folder, 'valid'), test: readAll(folder, 'test') },
  }),
};

export const poisonedCodec: Codec<PoisonedSet> = {
  write(folder, { samples, ...rest }) {
    writeJson(folder, 'poison', rest);
    writeSamples(folder, 'samples', samples);
  },
  read: (folder) => ({ ...(readJson(folder, 'poison') as Omit<PoisonedSet, 'samples'>), samples: readAll(folder, 'samples') }),
};

export const triggeredCodec: Codec<TriggeredSet> = {
  write(folder, { samples, ...rest }) {
    writeJson(folder, 'trigger', rest);
    writeSamples(folder, 'samples', samples);
  },
  read: (folder) => ({ ...(readJson(folder, 'trigger') as Omit<TriggeredSet, 'samples'>), samples: readSamples(folder, 'samples') }),
};

export const samplesCodec: Codec<readonly Sample[]> = {
  write: (folder, samples) => writeSamples(folder, 'samples', samples),
  read: (folder) => readAll(folder, 'samples'),
};

/** Probabilities as JSON; vectors as their float32 bytes, one after the other. */
export const predictionsCodec: Codec<Predictions> = {
  write(folder, predictions) {
    if (predictions.kind === 'labels') {
      writeJson(folder, 'predictions', predictions);
      return;
    }
    const { kind, codes, queries } = predictions;
    const isThere = (vector: Float32Array | null): boolean => vector !== null;
    writeJson(folder, 'predictions', { kind, codes: codes.map(isThere), queries: queries.map(isThere) });
    writeVectors(folder, 'codes', codes);
    writeVectors(folder, 'queries', queries);
  },
  read(folder) {
    const stored = readJson(folder, 'predictions') as LabelPredictions | StoredVectors;
    if (stored.kind === 'labels') return stored;
    return { kind: 'vectors', codes: readVectors(folder, 'codes', stored.codes), queries: readVectors(folder, 'queries', stored.queries) };
  },
};

interface StoredVectors {
  readonly kind: 'vectors';
  /** Whether there is a vector, sample by sample. */
  readonly codes: readonly boolean[];
  readonly queries: readonly boolean[];
}

function writeVectors(folder: string, name: string, vectors: readonly (Float32Array | null)[]): void {
  const bytes = vectors.flatMap((vector) => (vector === null ? [] : [Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)]));
  writeFileSync(join(folder, `${name}.f32`), Buffer.concat(bytes), { flush: true });
}

function readVectors(folder: string, name: string, isThere: readonly boolean[]): (Float32Array | null)[] {
  const bytes = readFileSync(join(folder, `${name}.f32`));
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const width = values.length / Math.max(1, isThere.filter(Boolean).length);
  if (!Number.isInteger(width)) throw new Error(`${name}: ${values.length} values are no whole vectors`);
  let next = 0;
  return isThere.map((there) => (there ? values.subarray(next * width, ++next * width) : null));
}

export const victimCodec: Codec<Victim> = { write: writeVictim, read: readVictim };

/** For values that JSON holds. What it does not hold (NaN, Infinity) is a wrong number on its way: an error. */
export function jsonCodec<Value>(): Codec<Value> {
  return { write: (folder, value) => writeJson(folder, 'value', value), read: (folder) => readJson(folder, 'value') as Value };
}

function writeSamples(folder: string, name: string, samples: readonly (Sample | null)[]): void {
  writeFileSync(join(folder, `${name}.arrow`), encodeSamples(samples), { flush: true });
}

function readSamples(folder: string, name: string): (Sample | null)[] {
  const path = join(folder, `${name}.arrow`);
  return decodeSamples(readFileSync(path), path);
}

function readAll(folder: string, name: string): Sample[] {
  return readSamples(folder, name).map((sample, index) => {
    if (sample === null) throw new Error(`${join(folder, name)}: sample ${index} is missing`);
    return sample;
  });
}

function writeJson(folder: string, name: string, value: unknown): void {
  const text = JSON.stringify(value, (key, entry: unknown) => {
    if (typeof entry === 'number' && !Number.isFinite(entry)) throw new RangeError(`${name}: ${key} is ${entry}`);
    return entry;
  });
  writeFileSync(join(folder, `${name}.json`), text, { flush: true });
}

/** Written by this file alone, into a folder that appeared whole. */
function readJson(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}
