/** Where models lie that are used by name: `results/models`, or the folder that `ELIBADCODE_MODELS` names. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from './errors.ts';

const ownFolder = fileURLToPath(new URL('../../results/models', import.meta.url));
const PREFIX = 'pretrained:';

export function modelsFolder(): string {
  const said = process.env['ELIBADCODE_MODELS']?.trim() ?? '';
  return said === '' ? ownFolder : resolve(said);
}

export const isPretrained = (weights: string): boolean => weights.startsWith(PREFIX);

/** The folder of `pretrained:NAME`. */
export function pretrainedFolder(weights: string): string {
  const name = weights.slice(PREFIX.length);
  // Neither `..` nor a path.
  if (!isPretrained(weights) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new UserError('weights', `found “${weights}”`, '“pretrained:NAME”, a name of experiments/pretraining');
  }
  return join(modelsFolder(), name);
}
