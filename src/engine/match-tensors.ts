/** The tensors a model needs, taken out of a checkpoint by name and shape; everything that does not fit is told at once. */
import { UserError } from '../core/errors.ts';
import type { StoredTensor } from './safetensors.ts';

/** Row-major float32 on the host. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface MatchOptions {
  /** Where the tensors come from, for the message. */
  readonly place: string;
  /** The first of these that a name begins with is taken off it: `roberta.` in checkpoints saved with a head. */
  readonly prefixes?: readonly string[];
  /** Tensors that may be there and are not used: `pooler.` and all others that end in a dot stand for what begins so, `position_ids` for a last part. */
  readonly ignore?: readonly string[];
}

/** How many names of one kind a message lists. */
const LISTED = 12;

/** In the order of `expected`, which maps each name to its shape. Float64 is narrowed; integers are no weights. */
export function matchTensors(
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, StoredTensor>,
  { place, prefixes = [], ignore = [] }: MatchOptions,
): Map<string, FloatTensor> {
  const faults = {
    missing: [] as string[],
    'not expected': [] as string[],
    'of another shape or type': [] as string[],
    'there twice': [] as string[],
  };
  const byName = new Map<string, StoredTensor>();
  for (const [fullName, tensor] of found) {
    const name = fullName.slice(prefixes.find((prefix) => fullName.startsWith(prefix))?.length ?? 0);
    if (byName.has(name)) faults['there twice'].push(`${name}, the second time as ${fullName}`);
    byName.set(name, tensor);
    if (!expected.has(name) && !ignore.some((part) => isNamedBy(name, part)))
      faults['not expected'].push(`${fullName} ${shown(tensor.shape)}`);
  }
  const matched = new Map<string, FloatTensor>();
  for (const [name, shape] of expected) {
    const tensor = byName.get(name);
    const data = tensor === undefined ? null : floatsOf(tensor);
    if (tensor === undefined) faults.missing.push(`${name} ${shown(shape)}`);
    else if (data === null || shown(tensor.shape) !== shown(shape))
      faults['of another shape or type'].push(`${name} ${tensor.dtype} ${shown(tensor.shape)}, expected ${shown(shape)}`);
    else matched.set(name, { shape, data });
  }
  const told = Object.entries(faults).filter(([, names]) => names.length > 0);
  if (told.length === 0) return matched;
  const lines = told.map(([kind, names]) => `\n  ${kind} (${names.length}): ${listed(names)}`);
  throw new UserError(place, `the tensors do not fit the model${lines.join('')}`, `the ${expected.size} tensors of the configured model`);
}

function isNamedBy(name: string, part: string): boolean {
  return part.endsWith('.') ? name.startsWith(part) : name === part || name.endsWith(`.${part}`);
}

function floatsOf(tensor: StoredTensor): Float32Array | null {
  if (tensor.dtype === 'F32') return tensor.data;
  return tensor.dtype === 'F64' ? Float32Array.from(tensor.data) : null;
}

function shown(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

function listed(names: readonly string[]): string {
  const more = names.length - LISTED;
  return names.slice(0, LISTED).join('; ') + (more > 0 ? `; and ${more} more` : '');
}
