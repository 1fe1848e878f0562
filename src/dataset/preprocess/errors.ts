/** Faults of a syntax tree, and whether triggered programs have more of them than clean ones. */
import type { Language, ParseCounts, Program } from '../../core/contracts.ts';
import { sourceOf } from '../../core/source-of.ts';
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

/** How many triggered programs parse no worse than the clean ones at the same place; `null` stands for one that cannot carry the trigger. */
export async function parseCounts(
  clean: readonly Program[],
  triggered: readonly (Program | null)[],
  language: Language,
): Promise<ParseCounts> {
  // One function may stand in many samples, clean and triggered.
  const errors = new Map<Program, number>();
  const errorsOf = async (program: Program): Promise<number> => {
    const count = errors.get(program) ?? (await countErrors(sourceOf(program), language));
    errors.set(program, count);
    return count;
  };
  const counts = { carriers: 0, kept: 0 };
  for (const [index, program] of triggered.entries()) {
    if (program === null) continue;
    counts.carriers++;
    if ((await errorsOf(program)) <= (await errorsOf(clean[index]!))) counts.kept++;
  }
  return counts;
}
