/** Checkpoints as Hugging Face lays them out: config.json beside one safetensors file or several; written whole or not at all. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { readJson } from '../core/fs.ts';
import { writeAtomically } from '../core/fs.ts';
import type { Json } from '../core/hash.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors.ts';

export { matchTensors, type FloatTensor } from './match-tensors.ts';

const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const PICKLE = 'pytorch_model.bin';

export interface Checkpoint {
  /** config.json as it is: whoever builds the model checks it. */
  readonly config: unknown;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** config.json alone: what a model looks like, without its weights. */
export function readConfig(folder: string): unknown {
  if (!existsSync(folder)) throw new UserError(folder, 'no such folder', `a folder with ${CONFIG} and ${WEIGHTS}`);
  return readJson(join(folder, CONFIG));
}

export function readCheckpoint(folder: string): Checkpoint {
  const config = readConfig(folder);
  if (existsSync(join(folder, WEIGHTS))) return { config, tensors: readSafetensors(join(folder, WEIGHTS)) };
  if (existsSync(join(folder, INDEX))) return { config, tensors: readShards(folder) };
  if (existsSync(join(folder, PICKLE)))
    throw new UserError(
      join(folder, PICKLE),
      'a PyTorch pickle, which is not read yet',
      `${WEIGHTS}; transformers writes it: python -c "from transformers import AutoModel as M; M.from_pretrained('IN').save_pretrained('OUT', safe_serialization=True)"`,
    );
  throw new UserError(folder, 'no weights', `${WEIGHTS}, or ${INDEX} with its parts`);
}

/**
 * Replaces a checkpoint written earlier; a folder that holds anything else is left alone. A crash leaves the old checkpoint (for the moment
 * between two renames: beside the folder, under its name with `.old`), the new one, or none, never a mixture.
 */
export function writeCheckpoint(folder: string, checkpoint: { readonly config: Json; readonly tensors: Checkpoint['tensors'] }): void {
  const target = resolve(folder);
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}.draft`);
  const old = `${target}.${process.pid}.old`;
  checkReplaceable(target);
  try {
    mkdirSync(draft, { recursive: true });
    writeAtomically(join(draft, CONFIG), `${JSON.stringify(checkpoint.config, null, 2)}\n`);
    // transformers refuses a file that does not name its framework.
    writeAtomically(join(draft, WEIGHTS), writeSafetensors(checkpoint.tensors, { format: 'pt' }));
    if (existsSync(target)) renameSync(target, old);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (existsSync(old) && !existsSync(target)) renameSync(old, target);
    throw new UserError(
      folder,
      `the checkpoint could not be written (${String(error)})`,
      'a folder that can be written, on a disk with room',
    );
  }
  rmSync(old, { recursive: true, force: true });
}

function checkReplaceable(target: string): void {
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory()) throw new UserError(target, 'is a file', 'a new folder, or one that holds a checkpoint');
  const others = readdirSync(target).filter((name) => name !== CONFIG && name !== WEIGHTS);
  if (others.length > 0)
    throw new UserError(target, `holds other files (${others[0]!})`, 'a new folder, or one that holds a checkpoint alone');
}

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/** Every part must hold the tensors that the index gives it, and no others. */
function readShards(folder: string): Map<string, StoredTensor> {
  const place = join(folder, INDEX);
  const index = indexSchema.safeParse(readJson(place));
  if (!index.success) throw new UserError(place, z.prettifyError(index.error), '{"weight_map": {"tensor": "file", …}}');
  const fileOf = new Map(Object.entries(index.data.weight_map));
  const tensors = new Map<string, StoredTensor>();
  for (const file of new Set(fileOf.values())) {
    // An index from elsewhere must not reach out of its folder.
    if (basename(file) !== file || !file.endsWith('.safetensors'))
      throw new UserError(place, `the part “${file}”`, 'names of safetensors files');
    for (const [name, tensor] of readSafetensors(join(folder, file))) {
      const listed = fileOf.get(name);
      if (listed !== file) throw new UserError(join(folder, file), `holds “${name}”, which ${INDEX} gives to ${listed ?? 'no file'}`);
      tensors.set(name, tensor);
    }
  }
  const absent = [...fileOf].find(([name]) => !tensors.has(name));
  if (absent !== undefined) throw new UserError(join(folder, absent[1]), `has no tensor “${absent[0]}”, which ${INDEX} promises`);
  return tensors;
}
