/** How each kind of value lies in its cache folder: samples as Arrow, weights as safetensors, the rest as JSON. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset, PoisonedSet, Sample, SplitName, TriggeredSet } from '../core/contracts.ts';
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
