/** Looks into the cache for a person: a sample by its id, clean, poisoned and triggered, in everything the cache holds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language, Sample, SplitName, StageRecord } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import { datasetCodec, poisonedCodec, triggeredCodec } from './values.ts';

export interface FoundSample {
  readonly sample: Sample;
  /** `train`, `train, poisoned`, `test`, `test, triggered` … */
  readonly place: string;
  /** Key of the stage that holds it. */
  readonly key: string;
  /** The clean form that it was made from, or `null`: it is a clean form itself, or its dataset is no longer in the cache. */
  readonly clean: Sample | null;
  /** Of its dataset, or `null`: that is no longer in the cache. */
  readonly language: Language | null;
  /** The attack with its parameters, or `null`: a clean form. */
  readonly attack: Json;
}

/** Ids of generated samples end in what they are about: `CORPUS/SPLIT/NUMBER` finds them too. */
const isCalled = (sample: Sample, id: string): boolean => sample.id === id || sample.id.startsWith(`${id}/`);

/** Samples whose id is or begins as `id`: clean forms first, then changed ones. */
export async function findSamples(cacheDir: string, id: string): Promise<FoundSample[]> {
  const clean: FoundSample[] = [];
  for (const key of keysOf(cacheDir, 'dataset')) {
    const { splits, language } = await datasetCodec.read(join(cacheDir, 'dataset', key));
    for (const place of Object.keys(splits) as SplitName[]) {
      const own = splits[place].filter((sample) => isCalled(sample, id));
      clean.push(...own.map((sample) => ({ sample, place, key, clean: null, language, attack: null })));
    }
  }
  const changed: FoundSample[] = [];
  /** The same id may stand for another sample in another dataset: generated corpora of other sizes, say. */
  const add = (sample: Sample | null, stage: string, key: string, place: string): void => {
    if (sample === null || !isCalled(sample, id)) return;
    const { inputs, params } = JSON.parse(readFileSync(join(cacheDir, stage, key, 'stage.json'), 'utf8')) as StageRecord; // Ours, whole.
    const source = clean.find((found) => found.key === inputs['dataset'] && found.sample.id === sample.id);
    const { attack } = params as { readonly attack?: Json }; // As the stages write them.
    changed.push({ sample, place, key, clean: source?.sample ?? null, language: source?.language ?? null, attack: attack ?? null });
  };
  for (const key of keysOf(cacheDir, 'poison')) {
    const { samples, poisoned } = await poisonedCodec.read(join(cacheDir, 'poison', key));
    for (const index of poisoned) add(samples[index]!, 'poison', key, 'train, poisoned');
  }
  for (const key of keysOf(cacheDir, 'trigger')) {
    const { samples } = await triggeredCodec.read(join(cacheDir, 'trigger', key));
    for (const sample of samples) add(sample, 'trigger', key, 'test, triggered');
  }
  return [...clean, ...changed];
}

/** An id of each corpus in the cache: of a sample that is poisoned somewhere, where there is one. */
export async function someIds(cacheDir: string): Promise<string[]> {
  const ids = new Map<string, string>();
  const note = (sample: Sample): void => {
    const corpus = sample.id.split('/')[0]!;
    if (!ids.has(corpus)) ids.set(corpus, sample.id);
  };
  for (const key of keysOf(cacheDir, 'poison')) {
    const { samples, poisoned } = await poisonedCodec.read(join(cacheDir, 'poison', key));
    note(samples[poisoned[0]!]!);
  }
  for (const key of keysOf(cacheDir, 'dataset')) note((await datasetCodec.read(join(cacheDir, 'dataset', key))).splits.test[0]!);
  return [...ids.values()];
}

function keysOf(cacheDir: string, stage: string): string[] {
  const folder = join(cacheDir, stage);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.filter((name) => existsSync(join(folder, name, 'stage.json')) && !name.includes('.'));
}
