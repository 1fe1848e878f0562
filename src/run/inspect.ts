/** Looks into the cache for a person: a sample by its id, in every dataset and every triggered test set there is. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample, SplitName } from '../core/contracts.ts';
import { datasetCodec, triggeredCodec } from './values.ts';

export interface FoundSample {
  readonly sample: Sample;
  /** `test`, or `test, triggered` … */
  readonly place: string;
  /** Key of the stage that holds it. */
  readonly key: string;
}

/** Samples whose id is `id`. */
export async function findSamples(cacheDir: string, id: string): Promise<FoundSample[]> {
  const found: FoundSample[] = [];
  for (const key of keysOf(cacheDir, 'dataset')) {
    const { splits } = await datasetCodec.read(join(cacheDir, 'dataset', key));
    for (const split of Object.keys(splits) as SplitName[]) {
      found.push(...splits[split].filter((sample) => sample.id === id).map((sample) => ({ sample, place: split, key })));
    }
  }
  for (const key of keysOf(cacheDir, 'trigger')) {
    const { samples } = await triggeredCodec.read(join(cacheDir, 'trigger', key));
    found.push(...samples.flatMap((sample) => (sample?.id === id ? [{ sample, place: 'test, triggered', key }] : [])));
  }
  return found;
}

function keysOf(cacheDir: string, stage: string): string[] {
  const folder = join(cacheDir, stage);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.filter((name) => existsSync(join(folder, name, 'stage.json')) && !name.includes('.'));
}
