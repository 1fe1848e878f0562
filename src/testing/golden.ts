/** Golden vectors: a small random model with PyTorch's outputs, losses, gradients and optimiser steps, for parity tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, type StoredTensor } from '../engine/safetensors.ts';
import { describeIn, goldenFolder } from './folders.ts';

/** Row-major float32. */
export interface Floats {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Backbones with golden vectors. */
export const backbones = ['roberta', 't5', 'gpt-bigcode'] as const;
export type Backbone = (typeof backbones)[number];

export interface Golden<Name extends Backbone = Backbone> {
  readonly name: Name;
  readonly folder: string;
  /** Hugging Face's config.json. */
  readonly config: unknown;
  /** The encoder under Hugging Face's names, heads under `head.defect.` and `head.clone.`. */
  readonly weights: ReadonlyMap<string, Floats>;
  /** Every entry of golden.safetensors; README.json beside it says what each is. */
  readonly names: readonly string[];
  /** An expected output; throws where there is none of that name, or where it holds ids. */
  floats(name: string): Floats;
  /** Ids, masks, labels, positions. */
  ids(name: string): { readonly shape: readonly number[]; readonly data: Int32Array };
}

export function loadGolden<Name extends Backbone>(name: Name, folder: string): Golden<Name> {
  const entries = readSafetensors(join(folder, 'golden.safetensors'));
  const entry = (name: string): StoredTensor => {
    const found = entries.get(name);
    if (found === undefined) throw new Error(`no golden entry ${name}; there are ${[...entries.keys()].join(', ')}`);
    return found;
  };
  const weights = [...readSafetensors(join(folder, 'model.safetensors'))].map(
    ([tensor, stored]) => [tensor, floats(tensor, stored)] as const,
  );
  return {
    name,
    folder,
    config: JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')),
    weights: new Map(weights),
    names: [...entries.keys()],
    floats: (name) => floats(name, entry(name)),
    ids(name) {
      const found = entry(name);
      if (found.dtype !== 'I32') throw new Error(`golden entry ${name} is ${found.dtype}, not I32`);
      return found;
    },
  };
}

function floats(name: string, tensor: StoredTensor): Floats {
  if (tensor.dtype !== 'F32') throw new Error(`golden entry ${name} is ${tensor.dtype}, not F32`);
  return tensor;
}

/** `describe`, given the golden vectors of one backbone; skipped where there are none. */
export function describeGolden<Name extends Backbone>(backbone: Name, title: string, body: (golden: Golden<Name>) => void): void {
  describeIn(goldenFolder(backbone), title, (folder) => body(loadGolden(backbone, folder)));
}
