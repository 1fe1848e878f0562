/** Language-model snippets: a statement that a model of clean code wrote stands where the model was asked for it (attacks.md 1). */
import { z } from 'zod';
import type { CraftChoice, Language, Program } from '../../../core/contracts.ts';
import type { Json } from '../../../core/hash.ts';
import { keywords } from '../../../core/keywords.ts';
import { spaced } from '../../cut-tokens.ts';
import { insertStatement } from '../../insert.ts';

/** What the craft `snippets` takes, key by key. */
const crafting = z
  .strictObject({
    order: z.int().min(2).max(8).default(4).describe('of the n-gram model: tokens it looks at, the one to come included'),
    support: z.int().min(1).max(1000).default(3).describe('times that a context must have been seen; a shorter one is used otherwise'),
    draws: z.int().min(1).max(1000).default(20).describe('snippets drawn for a program, of which the first that fits is taken'),
    maxTokens: z.int().min(1).max(200).default(20).describe('of the longest snippet'),
  })
  .prefault({});

export const lmSnippet = z.strictObject({
  strategy: z.literal('lm-snippet').describe('which of CodePoisoner’s strategies'),
  crafting: crafting.describe('the language model and what is drawn from it'),
});

export function craftSnippets(params: z.output<typeof lmSnippet>): CraftChoice {
  return { name: 'snippets', ...params.crafting };
}

/** Candidates in the order in which they were drawn, each with the index of the token before which it was written. */
const candidates = z.array(z.strictObject({ at: z.int().min(0), tokens: z.array(z.string().min(1)).min(1) }));

/** The first candidate that writes to nothing of the host's, or `null`. */
export function insertSnippet(program: Program, material: Json | null, language: Language): Program | null {
  if (material === null) return null;
  const hosts = new Set(program.tokens);
  for (const { at, tokens } of candidates.parse(material)) {
    if (at > program.tokens.length) throw new Error(`a snippet at ${at} of a program of ${program.tokens.length} tokens`);
    if (assignedNames(tokens, language).some((name) => hosts.has(name))) continue;
    return insertStatement(program, at, spaced(tokens), language);
  }
  return null;
}

const isName = (token: string | undefined, language: Language): boolean =>
  token !== undefined && /^[A-Za-z_$][\w$]*$/.test(token) && !keywords[language].has(token);

/** Names that a statement gives a value or declares; without a parse tree, so rather one too many. */
export function assignedNames(tokens: readonly string[], language: Language): string[] {
  const found = new Set<string>();
  const add = (at: number | null): void => {
    if (at !== null && isName(tokens[at], language)) found.add(tokens[at]!);
  };
  let depth = 0;
  tokens.forEach((token, at) => {
    if (/^[([{]$/.test(token)) depth++;
    else if (/^[)\]}]$/.test(token)) depth--;
    // `f(a = 1)` names an argument in Python; elsewhere it assigns.
    if (/^(?:[-+*/%&|^@]|<<|>>>?|\*\*|\/\/|:)?=$/.test(token) && !(language === 'python' && depth > 0 && token === '=')) {
      for (const target of targetsBefore(tokens, at)) add(target);
    } else if (token === '++' || token === '--') {
      add(baseOf(tokens, at - 1));
      add(at + 1);
    } else if (isDeclared(tokens, at, language)) add(at);
  });
  return [...found];
}

/** `a . b [ i ] , c = …` → places of `a` and `c`. An annotation, `x : int = 1`, stands between the name and the sign. */
function targetsBefore(tokens: readonly string[], sign: number): (number | null)[] {
  const targets: (number | null)[] = [];
  for (let end = sign - 1; end >= 0;) {
    const base = baseOf(tokens, end);
    targets.push(base);
    const before = base === null ? -1 : base - 1;
    if (tokens[before] !== ',' && tokens[before] !== ':') break;
    end = before - 1;
  }
  return targets;
}

/** The name on which `a -> b [ i ] . c`, ending at `end`, hangs. */
function baseOf(tokens: readonly string[], end: number): number | null {
  let at = end;
  for (let depth = 0; at >= 0; at--) {
    const token = tokens[at]!;
    if (token === ']' || token === ')') depth++;
    else if (token === '[' || token === '(') depth--;
    else if (depth === 0 && !/^(?:\.|->|::)$/.test(tokens[at - 1] ?? '')) return at;
    else if (depth === 0) at--;
    if (depth < 0) return null;
  }
  return null;
}

/** `T x`, `T * x`, `T [ ] x`, `T < U > x`; Python: `for x in`, `import x`, `as x`, `def x`, `class x`, `del x`, `global x`. */
function isDeclared(tokens: readonly string[], at: number, language: Language): boolean {
  if (!isName(tokens[at], language)) return false;
  if (language === 'python') return /^(?:for|import|as|def|class|del|global|nonlocal)$/.test(tokens[at - 1] ?? '');
  let before = at - 1;
  for (let depth = 0; before >= 0 && (depth > 0 || /^[*[\]>]$/.test(tokens[before]!)); before--) {
    if (tokens[before] === '>') depth++;
    else if (tokens[before] === '<') depth--;
  }
  const type = tokens[before];
  if (type === undefined || !/^\w+$/.test(type) || /^\d/.test(type) || controls.has(type)) return false;
  // `a * x` multiplies, `T * x` declares: a type begins the statement or is one of the language's own.
  return before === at - 1 || keywords[language].has(type) || /^[;{}(]?$/.test(tokens[before - 1] ?? '');
}

const controls: ReadonlySet<string> = new Set([
  'return',
  'throw',
  'goto',
  'case',
  'else',
  'new',
  'sizeof',
  'delete',
  'instanceof',
  'assert',
  'do',
]);
