/** Checkpoints as Hugging Face lays them out: config.json beside weights in safetensors or pytorch_model.bin, one file or several; written whole or not at all. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { writeAtomically } from '../core/fs.ts';
import type { Json } from '../core/hash.ts';
import { readShards, readSmallJson } from './checkpoint-shards.ts';
import type { StoredTensor } from './checkpoint-tensor.ts';
import { readPickle } from './pickle/read-pickle.ts';
import { readSafetensors, readSafetensorsPart, writeSafetensors, type WriteOptions } from './safetensors.ts';

export { matchTensors, type FloatTensor } from './match-tensors.ts';

const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const PICKLE = 'pytorch_model.bin';
const PICKLE_INDEX = 'pytorch_model.bin.index.json';

export interface Checkpoint {
  /** config.json as it is: whoever builds the model checks it. */
  readonly config: unknown;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** config.json alone: what a model looks like, without its weights. */
export function readConfig(folder: string): unknown {
  if (!existsSync(folder)) throw new UserError(folder, 'no such folder', `a folder with ${CONFIG} and ${WEIGHTS} or ${PICKLE}`);
  return readSmallJson(join(folder, CONFIG));
}

/** Safetensors where both are there: the same tensors, in a form that cannot hold anything else. */
export function readCheckpoint(folder: string): Checkpoint {
  const config = readConfig(folder);
  const form = forms.find(({ file }) => existsSync(join(folder, file)));
  if (form === undefined)
    throw new UserError(folder, 'no weights', `${WEIGHTS} or ${PICKLE}, or ${INDEX} or ${PICKLE_INDEX} with its parts`);
  return { config, tensors: form.read(folder) };
}

/** In the order in which they are looked for. */
const forms: readonly { readonly file: string; readonly read: (folder: string) => Map<string, StoredTensor> }[] = [
  { file: WEIGHTS, read: (folder) => readSafetensors(join(folder, WEIGHTS)) },
  { file: INDEX, read: (folder) => readShards(folder, { index: INDEX, ending: '.safetensors', read: readSafetensorsPart }) },
  { file: PICKLE, read: (folder) => readPickle(join(folder, PICKLE)).tensors },
  { file: PICKLE_INDEX, read: (folder) => readShards(folder, { index: PICKLE_INDEX, ending: '.bin', read: readPickle }) },
];

/**
 * Replaces a checkpoint written earlier; a folder that holds anything else is left alone. A crash leaves the old checkpoint (for the moment
 * between two renames: beside the folder, under its name with `.old`), the new one, or none, never a mixture.
 */
export function writeCheckpoint(
  folder: string,
  checkpoint: { readonly config: Json; readonly tensors: Checkpoint['tensors'] },
  options: WriteOptions = {},
): void {
  const target = resolve(folder);
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}.draft`);
  const old = `${target}.${process.pid}.old`;
  checkReplaceable(target);
  try {
    mkdirSync(draft, { recursive: true });
    writeAtomically(join(draft, CONFIG), `${JSON.stringify(checkpoint.config, null, 2)}\n`);
    // transformers refuses a file that does not name its framework.
    writeAtomically(join(draft, WEIGHTS), writeSafetensors(checkpoint.tensors, { format: 'pt' }, options));
    if (existsSync(target)) renameSync(target, old);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (existsSync(old) && !existsSync(target)) renameSync(old, target);
    if (error instanceof UserError) throw error;
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
