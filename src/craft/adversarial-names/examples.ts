/** What the crafting model learns from: functions without their names, and the names. */
import type { Program } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import { sourceVocabulary, target, targetVocabulary, type Vocabulary } from './vocabulary.ts';
import { sourceText, subWords } from './words.ts';

export interface ExampleOptions {
  /** Words of a function to read. */
  readonly maxTokens: number;
  /** Words of a name to write, its end mark not counted. */
  readonly nameWords: number;
  readonly vocabulary: number;
  readonly targetVocabulary: number;
  readonly placeHolders: number;
  /** Share held back to judge the model by, 0..1. */
  readonly validShare: number;
  /** Words of the name that names are crafted for. */
  readonly target: readonly string[];
}

export interface Example {
  /** Ids. */
  readonly source: readonly number[];
  /** Ids, the end mark last. */
  readonly name: readonly number[];
}

export interface Examples {
  readonly source: Vocabulary;
  readonly target: Vocabulary;
  readonly train: readonly Example[];
  readonly valid: readonly Example[];
  /** τ as ids. */
  readonly aim: readonly number[];
}

const none: ReadonlyMap<string, string> = new Map();

/** Functions without a name, or with one of no words, teach nothing and are left out. */
export function makeExamples(programs: readonly Program[], options: ExampleOptions, rng: Rng): Examples {
  const texts = programs.flatMap((program) => {
    const name = program.functionName === null ? [] : subWords(program.functionName).slice(0, options.nameWords);
    const { words } = sourceText(program, none, options.maxTokens);
    return name.length === 0 || words.length === 0 ? [] : [{ words, name }];
  });
  const source = sourceVocabulary(
    texts.map(({ words }) => words),
    options.vocabulary,
    options.placeHolders,
  );
  const names = targetVocabulary(
    texts.map(({ name }) => name),
    options.targetVocabulary,
  );
  const all = texts.map(({ words, name }): Example => ({ source: words.map(source.idOf), name: [...name.map(names.idOf), target.end] }));
  const shuffled = rng.shuffle(all);
  const held = Math.round(options.validShare * all.length);
  if (shuffled.length - held < 1) {
    throw new UserError('craft adversarial-names', `of ${programs.length} functions none with a name is left to learn from`);
  }
  return { source, target: names, train: shuffled.slice(held), valid: shuffled.slice(0, held), aim: aimOf(options.target, names) };
}

/** A word that no function name holds has no meaning to the model: there would be nothing to pull it to. */
function aimOf(words: readonly string[], names: Vocabulary): number[] {
  const absent = words.filter((word) => names.idOf(word) === target.unknown);
  if (absent.length > 0) {
    const known = names.words.slice(0, 20).join(', ');
    throw new UserError(
      'craft adversarial-names, target',
      `no function’s name holds ${absent.map((word) => `“${word}”`).join(', ')}`,
      `${known} …`,
    );
  }
  return [...words.map(names.idOf), target.end];
}
