/** A victim as files: what was written is what is read; what is damaged is refused with the file's name. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../core/errors.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import type { Victim } from './contracts.ts';
import { decodeTensors, encodeTensors, readVictim, writeVictim } from './files.ts';

const victim: Victim = {
  model: { name: 'roberta', size: 'tiny', weights: 'scratch', tokenizer: 'gpt2', maxTokens: 64, comparedWith: null },
  tensors: tinyModel().tensors,
  history: [
    { epoch: 0, trainLoss: 0.7, validMetric: 0.5 },
    { epoch: 1, trainLoss: 0.1 + 0.2, validMetric: 1 / 3 },
  ],
};

function written(change: (description: Record<string, unknown>) => unknown = (same) => same): string {
  const folder = temporaryFolder();
  writeVictim(folder, victim);
  const path = join(folder, 'victim.json');
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)));
  return folder;
}

test('a victim is read as it was written, every number whole', () => {
  expect(readVictim(written())).toEqual(victim);
  const untrained = { ...victim, history: [] };
  const repaired = { ...victim, tuned: { pool: 9, victims: 5, carriers: 4, triggered: 1 }, pruned: { units: 3, of: 16 } };
  for (const other of [untrained, repaired]) {
    const folder = temporaryFolder();
    writeVictim(folder, other);
    expect(readVictim(folder)).toEqual(other);
  }
});

test('equal victims are equal bytes', () => {
  expect(encodeTensors(victim.tensors)).toEqual(encodeTensors(new Map(victim.tensors)));
});

test.each([
  ['an unknown key', (description: object) => ({ ...description, extra: 1 }), /extra/],
  ['another model', (description: object) => ({ ...description, model: { ...victim.model, name: 'bert' } }), /name/],
  ['no history', ({ model }: Record<string, unknown>) => ({ model }), /history/],
])('a description with %s is refused', (_name, change, problem) => {
  const folder = written(change);
  expect(() => readVictim(folder)).toThrow(UserError);
  expect(() => readVictim(folder)).toThrow(problem);
  expect(() => readVictim(folder)).toThrow(join(folder, 'victim.json'));
});

test('a truncated description or weight file is refused with its name', () => {
  const folder = written();
  for (const name of ['model.safetensors', 'victim.json']) {
    const path = join(folder, name);
    writeFileSync(path, readFileSync(path).subarray(0, -10));
    expect(() => readVictim(folder)).toThrow(UserError);
    expect(() => readVictim(folder)).toThrow(path);
  }
});

test('weights of another type are refused', () => {
  const bytes = encodeTensors(new Map([['x', { shape: [1], data: Float32Array.of(1) }]]));
  const asInteger = Buffer.from(bytes).toString('latin1').replace('"F32"', '"I32"');
  expect(() => decodeTensors(Buffer.from(asInteger, 'latin1'), 'here')).toThrow(/here, x: dtype I32\n.*F32/);
});
