/** A sample's programs as source text again, beside the clean ones that they were made from, and whether they still parse. */
import { countErrors } from '../dataset/preprocess/errors.ts';
import { sourceOf } from '../core/source-of.ts';
import type { FoundSample } from './inspect.ts';

export interface ProgramText {
  readonly text: string;
  /** ERROR and MISSING nodes of its syntax tree; `null`: its language is unknown. */
  readonly errors: number | null;
  /** The same of the clean program, or `null`: it is clean itself, or that is no longer in the cache. */
  readonly clean: { readonly text: string; readonly errors: number } | null;
}

/** One entry a program. A dataset that is no longer in the cache leaves the text alone. */
export function sourceTexts({ sample, clean, language, attack }: FoundSample): Promise<ProgramText[]> {
  return Promise.all(
    sample.programs.map(async (program, index): Promise<ProgramText> => {
      const text = sourceOf(program);
      if (language === null) return { text, errors: null, clean: null };
      const errors = await countErrors(text, language);
      const source = attack === null ? undefined : clean?.programs[index];
      if (source === undefined) return { text, errors, clean: null };
      const before = sourceOf(source);
      return { text, errors, clean: { text: before, errors: await countErrors(before, language) } };
    }),
  );
}
