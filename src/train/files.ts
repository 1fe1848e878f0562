/** A victim as files: `model.safetensors` with Hugging Face names, `victim.json` with configuration and history. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { readJson } from '../core/fs.ts';
import { readSafetensors, writeSafetensors } from '../engine/index.ts';
import type { HostTensor, Victim } from './contracts.ts';

const description = z.strictObject({
  model: z.strictObject({
    name: z.enum(['roberta', 't5', 'gpt-bigcode']),
    size: z.enum(['tiny', 'mini', 'small', 'base', '1b']),
    weights: z.string(),
    tokenizer: z.string(),
    maxTokens: z.int(),
    comparedWith: z.enum(['codebert', 'codet5', 'unixcoder', 'starcoder-1b']).nullable(),
  }),
  history: z.array(z.strictObject({ epoch: z.int(), trainLoss: z.number(), validMetric: z.number() })),
  tuned: z.strictObject({ pool: z.int(), victims: z.int(), carriers: z.int(), triggered: z.int() }).exactOptional(),
  pruned: z.strictObject({ units: z.int(), of: z.int() }).exactOptional(),
});

/** Into an existing folder; the caller makes it appear whole. */
export function writeVictim(folder: string, { tensors, ...described }: Victim): void {
  writeFileSync(join(folder, 'victim.json'), `${JSON.stringify(described, null, 2)}\n`);
  writeFileSync(join(folder, 'model.safetensors'), encodeTensors(tensors));
}

export function readVictim(folder: string): Victim {
  const path = join(folder, 'victim.json');
  const parsed = description.safeParse(readJson(path));
  if (!parsed.success) throw new UserError(path, z.prettifyError(parsed.error));
  const file = join(folder, 'model.safetensors');
  return { ...parsed.data, tensors: decodeTensors(readFileSync(file), file) };
}

export function encodeTensors(tensors: ReadonlyMap<string, HostTensor>): Uint8Array {
  return writeSafetensors(new Map([...tensors].map(([name, tensor]) => [name, { dtype: 'F32', ...tensor }])));
}

export function decodeTensors(bytes: Uint8Array, place: string): Map<string, HostTensor> {
  const entries = [...readSafetensors(bytes, place)].map(([name, tensor]) => {
    if (tensor.dtype !== 'F32') throw new UserError(`${place}, ${name}`, `dtype ${tensor.dtype}`, 'F32');
    return [name, { shape: tensor.shape, data: tensor.data }] as const;
  });
  return new Map(entries);
}
