/** scan.json: read back for a repair, with what the repair needs of it checked, and what it was made with instead of options. */
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { readJson } from '../core/fs.ts';
import type { EliminateRequest, Scan, ScanRequest } from './contracts.ts';
import { withDefaults } from './scan.ts';

const texts = z.looseObject({ ids: z.array(z.int().nonnegative()), text: z.string() });

const schema = z.looseObject({
  schema: z.literal(2),
  task: z.enum(['defect', 'clone', 'search']),
  language: z.enum(['c', 'java', 'python']),
  seed: z.int(),
  model: z.looseObject({ digest: z.string(), maxTokens: z.int().positive() }),
  samples: z.looseObject({ digest: z.string() }),
  settings: z.looseObject({ iterations: z.int().positive(), perLabel: z.int().positive() }),
  inversion: z.looseObject({
    chosen: z.int().nonnegative(),
    options: z
      .array(
        z.looseObject({
          target: z.int().nullable(),
          query: z.looseObject({ ids: z.array(z.int().nonnegative()), text: z.string(), pieces: z.array(z.string()) }).nullable(),
          best: texts.extend({ loss: z.number() }),
          anchored: texts.extend({ loss: z.number() }),
        }),
      )
      .min(1),
  }),
  verdict: z.looseObject({ verdict: z.enum(['backdoored', 'clean', 'undecidable']), why: z.string() }),
});

export function readScan(path: string): Scan {
  const parsed = schema.safeParse(readJson(path));
  const accepted = 'the scan.json that this version of “elibadcode scan” wrote';
  if (!parsed.success) throw new UserError(path, z.prettifyError(parsed.error), accepted);
  const { chosen, options } = parsed.data.inversion;
  if (chosen >= options.length) throw new UserError(path, `chosen is option ${chosen} of ${options.length}`, accepted);
  // What is read of it from here on is what was checked.
  return parsed.data as unknown as Scan;
}

/** Halves and rows must be those that the trigger was found on: a given value that differs is refused, what is not given is the scan's. */
export function requestFor(request: EliminateRequest): ScanRequest {
  if (request.scanFile === null) return withDefaults(request);
  if (request.references.length > 0 || request.maxLoss !== null) {
    const given = request.maxLoss === null ? '--references' : '--max-loss';
    throw new UserError(given, 'they make a verdict, and --scan brings one', 'a new scan with them, or that scan.json alone');
  }
  const { task, language, seed, model, settings } = readScan(request.scanFile);
  for (const [name, asked, said] of [
    ['--task', request.task, task],
    ['--language', request.language, language],
    ['--seed', request.seed, seed],
    ['--max-tokens', request.maxTokens, model.maxTokens],
    ['--iterations', request.iterations, settings.iterations],
    ['--per-label', request.perLabel, settings.perLabel],
  ] as const) {
    if (asked !== null && asked !== said) throw new UserError(name, `“${asked}”, and ${request.scanFile} is of “${said}”`, String(said));
  }
  return { ...request, seed, maxTokens: model.maxTokens, iterations: settings.iterations, perLabel: settings.perLabel };
}
