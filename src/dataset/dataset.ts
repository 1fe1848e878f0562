/** The dataset stage: a corpus by name, its parameters checked, its samples loaded. */
import { z } from 'zod';
import type { Dataset } from '../core/contracts.ts';
import { lookUp, UserError } from '../core/errors.ts';
import type { Json } from '../core/hash.ts';
import { corpora } from './corpora/index.ts';
import type { Corpus, LoadContext } from './corpus.ts';

/** Bumped when a change of code changes samples. */
export const stageVersion = 2;

/** `name` picks the corpus; every other key is the corpus's own parameter. */
export type DatasetParams = { readonly name: string; readonly [key: string]: Json };

export async function loadDataset(params: DatasetParams, context: LoadContext): Promise<Dataset> {
  const { corpus, settings } = resolveCorpus(params);
  const splits = await corpus.load(settings, context);
  for (const [split, samples] of Object.entries(splits)) {
    if (samples.length === 0) throw new UserError(`${corpus.name}, split ${split}`, 'has no samples', 'at least one');
  }
  return { name: corpus.name, task: corpus.task, language: corpus.language, splits };
}

/** The stage's part of the key that parameters and seed do not hold: sha256 of every file read. */
export async function identifyDataset(params: DatasetParams): Promise<Readonly<Record<string, string>>> {
  const { corpus, settings } = resolveCorpus(params);
  return corpus.identify(settings);
}

function resolveCorpus({ name, ...rest }: DatasetParams): { corpus: Corpus; settings: Json } {
  const corpus = lookUp<Corpus>(corpora, name, 'dataset.name');
  const checked = corpus.params.safeParse(rest);
  if (!checked.success) throw new UserError(`dataset ${name}`, z.prettifyError(checked.error));
  return { corpus, settings: checked.data };
}
