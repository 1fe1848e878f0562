/** Adversarial names for hosts: gradients of a trained crafting model, and the choice they lead to (attacks.md 3, Algorithm 1). */
import type { Language, Program } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import { programKey } from '../../core/program-key.ts';
import type { Rng } from '../../core/rng.ts';
import type { DeviceTensor } from '../../engine/index.ts';
import type { CraftContext } from '../contracts.ts';
import { chooseNames } from './choose.ts';
import { isName } from './entries.ts';
import { gradientsOf } from './gradients.ts';
import { readHost, type Renaming } from './hosts.ts';
import type { ModelShape } from './parameters.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface NamingJob {
  readonly shape: ModelShape;
  readonly theta: DeviceTensor;
  readonly vocabulary: Vocabulary;
  readonly language: Language;
  /** τ as ids. */
  readonly aim: readonly number[];
  readonly gradientTokens: number;
  readonly placeHolders: number;
}

export interface Naming {
  readonly program: Program;
  readonly renaming: Renaming;
  /** New names that a gradient chose; the others were drawn. */
  readonly byGradient: number;
}

/** One for each host that has locals. */
export async function craftNames(job: NamingJob, programs: readonly Program[], context: CraftContext): Promise<Naming[]> {
  const entries = nameEntries(job);
  const hosts = programs.map((program) => readHost(program, job.vocabulary, job)).filter(({ identifiers }) => identifiers.length > 0);
  const namings: Naming[] = [];
  const candidates = entries.map(job.vocabulary.idOf);
  for await (const { host, gradients } of gradientsOf(context.engine, { ...job, candidates }, hosts)) {
    context.signal.throwIfAborted();
    const { program, identifiers } = host;
    const names = chooseNames(gradients, entries, freeIn(program), context.rng.fork('names').fork(programKey(program)));
    const renaming = identifiers.flatMap((old, j) => (names[j] === null ? [] : [[old, names[j]!] as const]));
    if (renaming.length > 0) {
      namings.push({ program, renaming, byGradient: gradients.filter((gradient, j) => gradient !== null && names[j] !== null).length });
    }
    context.progress({ phase: 'names', done: namings.length, total: hosts.length });
  }
  return namings;
}

/** Entries that may name a local in the language, in the vocabulary's order. */
export function nameEntries({ vocabulary, language }: Pick<NamingJob, 'vocabulary' | 'language'>): string[] {
  const entries = vocabulary.words.filter((word) => isName(word, language));
  if (entries.length === 0) {
    throw new UserError('craft adversarial-names', `none of the vocabulary’s ${vocabulary.words.length} words can name a variable`);
  }
  return entries;
}

/** Whether the program leaves a name to be used. */
export function freeIn({ tokens }: Program): (entry: string) => boolean {
  const used = new Set(tokens);
  return (entry) => !used.has(entry);
}

/** Free names drawn at random for the same identifiers: what crafted ones are to be compared with. */
export function randomNames({ program, renaming }: Naming, entries: readonly string[], rng: Rng): Renaming {
  const names = chooseNames(
    renaming.map(() => null),
    entries,
    freeIn(program),
    rng,
  );
  return renaming.flatMap(([old], j) => (names[j] === null ? [] : [[old, names[j]!] as const]));
}
