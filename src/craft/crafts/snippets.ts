/** CodePoisoner's language-model snippets: statements that an n-gram model of clean code proposes at random places of a function. */
import { z } from 'zod';
import type { Language, Program } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import type { Json } from '../../core/hash.ts';
import { programKey } from '../../core/program-key.ts';
import type { Rng } from '../../core/rng.ts';
import type { CraftInputs, Snippet } from '../contracts.ts';
import { defineCraft } from '../define-craft.ts';
import { codeText } from '../snippets/code-text.ts';
import { drawStatement } from '../snippets/draw.ts';
import { countNgrams, type Ngrams } from '../snippets/ngrams.ts';

const params = z.strictObject({
  order: z.int().min(2).max(8).default(4).describe('of the n-gram model: tokens it looks at, the one to come included'),
  support: z
    .int()
    .min(1)
    .max(1000)
    .default(3)
    .describe('times that a context of two tokens or more must have been seen; a shorter one is used otherwise'),
  draws: z.int().min(1).max(1000).default(20).describe('statements drawn for a function, some of which come to nothing'),
  maxTokens: z.int().min(1).max(200).default(20).describe('of the longest snippet'),
});

export const snippets = defineCraft({
  name: 'snippets',
  title: 'Language-model snippets',
  cite: 'Li et al., Poison Attack and Poison Detection on Deep Source Code Processing Models, TOSEM 33(3) 62, 2024',
  departures: [
    {
      setting: 'model',
      source: 'CodeGPT',
      ours: 'an n-gram model with back-off, of the clean training functions',
      why: 'no pretrained weights can be had; any causal model of clean code will do (attacks.md 1)',
    },
    {
      setting: 'draws',
      source: 'the last choice is made by hand',
      ours: '20 statements a function in the order in which they were drawn; of the first that parse the attack takes the first that fits',
      why: 'a choice by hand cannot be repeated',
    },
    {
      setting: 'statements',
      source: 'what the model writes',
      ours: 'one simple statement; none that holds a jump (`return`, `break` …) or begins as a part of another statement (`else`, `case` …)',
      why: 'a jump would leave the rest of the function undone',
    },
  ],
  params,
  async craft({ order, support, draws, maxTokens }, { language, clean, hosts, parses }, { rng, signal, progress }) {
    if (clean.length === 0) throw new UserError('craft snippets', 'there is no clean function to learn from');
    const model = countNgrams(
      clean.map((program) => codeText(program, language)),
      { order, support },
    );
    const materials: Record<string, Json> = {};
    for (const [index, host] of hosts.entries()) {
      signal.throwIfAborted();
      const key = programKey(host);
      const drawn = drawSnippets(model, host, { language, draws, maxTokens }, rng.fork(key));
      const fit = await firstThatParse(host, drawn, parses);
      if (fit.length > 0) materials[key] = fit;
      progress({ phase: 'snippets', done: index + 1, total: hosts.length });
    }
    const some = Object.keys(materials).length;
    return { materials, history: [], facts: { 'hosts with snippets': `${some} of ${hosts.length}` } };
  },
});

/** Of those that parse, as many as an attack may have to choose from: it passes over those that assign to the host's names. */
const KEPT = 4;

async function firstThatParse(host: Program, drawn: readonly Snippet[], parses: CraftInputs['parses']): Promise<Json[]> {
  const kept: Json[] = [];
  for (const snippet of drawn) {
    if (await parses(host, snippet)) kept.push({ ...snippet });
    if (kept.length === KEPT) break;
  }
  return kept;
}

/** In the order in which they were drawn, each with the index of the token before which it may stand. */
function drawSnippets(
  model: Ngrams,
  host: Program,
  { language, draws, maxTokens }: { readonly language: Language; readonly draws: number; readonly maxTokens: number },
  rng: Rng,
): Snippet[] {
  if (host.statementEnds.length === 0) return [];
  return Array.from({ length: draws }, (_, index) => rng.fork(index)).flatMap((own) => {
    const at = own.pick(host.statementEnds);
    const tokens = drawStatement(model, codeText(host, language, at), language, maxTokens, own);
    return tokens === null ? [] : [{ at, tokens }];
  });
}
