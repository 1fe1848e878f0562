/** Loads tree-sitter grammars, compiled to WebAssembly, out of their npm packages; one parser a language and process. */
import { createRequire } from 'node:module';
import { Language as Grammar, Parser } from 'web-tree-sitter';
import type { Language } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';

const resolve = createRequire(import.meta.url).resolve;

/** Paths inside npm packages. A language without an entry cannot be preprocessed yet. */
const grammars: Partial<Readonly<Record<Language, string>>> = { c: 'tree-sitter-c/tree-sitter-c.wasm' };

const loading = new Map<Language, Promise<Parser>>();

/** The process-wide parser of `language`; its trees must be deleted by whoever makes them, WebAssembly memory is not collected. */
export function loadParser(language: Language): Promise<Parser> {
  const known = loading.get(language);
  if (known !== undefined) return known;
  const parser = openParser(language);
  loading.set(language, parser);
  return parser;
}

async function openParser(language: Language): Promise<Parser> {
  const file = grammars[language];
  if (file === undefined) throw new UserError('preprocessing', `no grammar for ${language}`, Object.keys(grammars).join(', '));
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Grammar.load(resolve(file)));
  return parser;
}
