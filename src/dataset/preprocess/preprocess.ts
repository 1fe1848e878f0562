/** Source text to the program that attacks, models and defences see: comments off, tokens, function name, variables. */
import type { Language, Program } from '../../core/contracts.ts';
import { stripComments } from './comments.ts';
import { readProgram } from './leaves.ts';
import { loadParser } from './parser.ts';

/** One function's tokens, name and variables (victims-and-data.md 2). Text that does not parse still has tokens. */
export async function preprocess(source: string, language: Language): Promise<Program> {
  const parser = await loadParser(language);
  const code = stripComments(source, language);
  const tree = parser.parse(code);
  if (tree === null) throw new Error(`tree-sitter gave no tree for ${language} text of ${code.length} characters`);
  try {
    return readProgram(tree, code, language);
  } finally {
    tree.delete();
  }
}
