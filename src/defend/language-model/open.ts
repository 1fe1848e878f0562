/** The language models that a defence may name. */
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { Engine } from '../../engine/index.ts';
import type { LanguageModel, Words } from './contracts.ts';
import { openFileModel } from './file-model.ts';
import type { NgramSettings } from './n-gram.ts';
import { ngramOfWords } from './n-gram-words.ts';
import { openPretrainedModel } from './pretrained-model.ts';

/** What a language model may be made from. */
export interface LanguageSources extends NgramSettings {
  /** Clean programs of the language. */
  readonly clean: readonly Words[];
  /** What a pretrained model computes on; the others need none. */
  readonly engine?: Engine;
}

interface Kind {
  /** How it is written. */
  readonly form: string;
  readonly pattern: RegExp;
  readonly open: (spec: string, sources: LanguageSources) => Promise<LanguageModel>;
}

const kinds: readonly Kind[] = [
  { form: 'n-gram', pattern: /^n-gram$/, open: (_, { clean, ...settings }) => Promise.resolve(ngramOfWords(clean, settings)) },
  { form: 'file:DIR', pattern: /^file:./, open: (spec) => openFileModel(spec) },
  { form: 'pretrained:NAME', pattern: /^pretrained:./, open: (spec, { engine }) => openPretrainedModel(spec, engineOf(spec, engine)) },
];

function engineOf(spec: string, engine: Engine | undefined): Engine {
  if (engine === undefined) throw new Error(`${spec} asked for without an engine`);
  return engine;
}

const accepted = kinds.map(({ form }) => `“${form}”`).join(', ');

export const languageModelName = z
  .string()
  .refine((spec) => kinds.some(({ pattern }) => pattern.test(spec)), { error: `expected ${accepted}` })
  .describe(
    `the language model: ${accepted}; “n-gram” is trained on the clean pool, “pretrained:NAME” is a causal model that “elibadcode pretrain NAME” made, a folder holds a causal model that transformers.js reads`,
  );

export async function openLanguageModel(spec: string, sources: LanguageSources): Promise<LanguageModel> {
  const kind = kinds.find(({ pattern }) => pattern.test(spec));
  if (kind === undefined) throw new UserError('languageModel', `found “${spec}”`, accepted);
  return kind.open(spec, sources);
}
