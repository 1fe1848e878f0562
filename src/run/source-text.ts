/** A sample's programs as source text again, beside the clean ones that they were made from, and whether they still parse. */
import { countErrors } from '../dataset/preprocess/errors.ts';
import { renderSource } from '../dataset/preprocess/layout.ts';
import type { FoundSample } from './inspect.ts';

export interface ProgramText {
  readonly text: string;
  /** ERROR and MISSING nodes of its syntax tree; `null`: its language is unknown. */
  readonly errors: number | null;
  /** The same of the clean program, or `null`: it is clean itself, or that is no longer in the cache. */
  readonly clean: { readonly text: string; readonly errors: number } | null;
}

/** One entry a program. What its dataset no longer says (layout, language) leaves the tokens, joined by blanks. */
export function sourceTexts({ sample, clean, language, attack }: FoundSample): Promise<ProgramText[]> {
  return Promise.all(
    sample.programs.map(async (program, index): Promise<ProgramText> => {
      const source = attack === null ? program : clean?.programs[index];
      if (language === null || source === undefined) return { text: program.tokens.join(' '), errors: null, clean: null };
      const text = renderSource(source, program.tokens, language);
      const errors = await countErrors(text, language);
      if (attack === null) return { text, errors, clean: null };
      const before = renderSource(source, source.tokens, language);
      return { text, errors, clean: { text: before, errors: await countErrors(before, language) } };
    }),
  );
}
