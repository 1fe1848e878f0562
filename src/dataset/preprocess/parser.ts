/** Loads tree-sitter grammars, compiled to WebAssembly, out of their npm packages; one parser a language and process. */
import { createRequire } from 'node:module';
import { Language as Grammar, Parser, type Tree } from 'web-tree-sitter';
import type { Language } from '../../core/contracts.ts';
import { rules } from './rules.ts';

const resolve = createRequire(import.meta.url).resolve;

/** The process-wide parser of each language. */
const loading = new Map<Language, Promise<Parser>>();

/** What `use` makes of the syntax tree of `text`; the tree is freed afterwards, since WebAssembly memory is not collected. */
export async function parse<Value>(text: string, language: Language, use: (tree: Tree) => Value): Promise<Value> {
  const parser = await loadParser(language);
  const tree = parser.parse(text);
  if (tree === null) throw new Error(`tree-sitter gave no tree for ${language} text of ${text.length} characters`);
  try {
    return use(tree);
  } finally {
    tree.delete();
  }
}

export function loadParser(language: Language): Promise<Parser> {
  const known = loading.get(language);
  if (known !== undefined) return known;
  const parser = openParser(language);
  loading.set(language, parser);
  return parser;
}

async function openParser(language: Language): Promise<Parser> {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Grammar.load(resolve(rules[language].grammar)));
  return parser;
}
