/** Faults of a syntax tree, and whether triggered programs have more of them than clean ones. */
import type { Language, ParseCounts, Program } from '../../core/contracts.ts';
import { renderSource } from './layout.ts';
import { parse } from './parser.ts';
import { rules } from './rules.ts';
import { walk } from './walk.ts';

/** ERROR and MISSING nodes of the text's tree. */
export function countErrors(source: string, language: Language): Promise<number> {
  return parse(source, language, (tree) => {
    if (!tree.rootNode.hasError) return 0;
    let count = 0;
    const ignore = (): void => undefined;
    walk(tree, rules[language], { token: ignore, skip: ignore, enter: ignore, leave: ignore, fault: () => count++ });
    return count;
  });
}

/**
 * How many triggered programs parse no worse than the clean ones at the same place, both rendered the same way; `null` stands for a program
 * that cannot carry the trigger.
 */
export async function parseCounts(
  clean: readonly Program[],
  triggered: readonly (Program | null)[],
  language: Language,
): Promise<ParseCounts> {
  // One function may stand in many samples, clean and triggered.
  const errors = new Map<Program, Map<readonly string[], number>>();
  const errorsOf = async (original: Program, tokens: readonly string[]): Promise<number> => {
    const known = errors.get(original) ?? new Map<readonly string[], number>();
    errors.set(original, known);
    const count = known.get(tokens) ?? (await countErrors(renderSource(original, tokens, language), language));
    known.set(tokens, count);
    return count;
  };
  const counts = { carriers: 0, kept: 0 };
  for (const [index, program] of triggered.entries()) {
    if (program === null) continue;
    const original = clean[index]!;
    counts.carriers++;
    if ((await errorsOf(original, program.tokens)) <= (await errorsOf(original, original.tokens))) counts.kept++;
  }
  return counts;
}
