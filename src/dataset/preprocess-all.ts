/** Many functions preprocessed, with progress shown and an ear for Ctrl-C. */
import { setImmediate } from 'node:timers/promises';
import type { Language, Program } from '../core/contracts.ts';
import type { LoadContext } from './corpus.ts';
import { preprocess } from './preprocess/preprocess.ts';

/** Programs of `sources`, in their order; texts are asked for one by one, so they need not all be in memory. */
export async function preprocessAll(
  sources: Iterable<string> | AsyncIterable<string>,
  total: number,
  language: Language,
  phase: string,
  context: LoadContext,
): Promise<Program[]> {
  const programs: Program[] = [];
  for await (const source of sources) {
    // A breath for Ctrl-C: parsing 20,000 functions takes a while, and awaiting a parser that is loaded lets nothing else run.
    if (programs.length % 200 === 0) {
      await setImmediate();
      context.signal?.throwIfAborted();
      context.progress?.({ phase: `preprocessing ${phase}`, done: programs.length, total });
    }
    programs.push(await preprocess(source, language));
  }
  return programs;
}
