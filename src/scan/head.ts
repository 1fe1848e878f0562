/**
 * The head of a user's checkpoint as the task's own. With two labels, softmax gives label 1 the probability of a sigmoid of the
 * outputs' difference: rows 1 − 0 are the one row that the task has, and back again row 0 stays and row 1 is row 0 plus the difference.
 */
import { UserError } from '../core/errors.ts';
import { matchTensors, type StoredTensor } from '../engine/index.ts';
import type { HostTensor, Model } from '../train/index.ts';
import { tensorShapes } from '../train/parameters.ts';
import type { HeadForm } from './contracts.ts';

/** A head may stand in the model itself, or in the classifier that the authors' code keeps as its encoder. */
const PREFIXES = ['', 'encoder.'];

export interface FoundHead {
  readonly form: HeadForm;
  /** By the model's names, of the shapes that it has them in. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly names: ReadonlyMap<string, string>;
}

type Shapes = ReadonlyMap<string, readonly number[]>;

export function findHead(folder: string, { task, network }: Model, stored: ReadonlyMap<string, StoredTensor>): FoundHead {
  const wanted = tensorShapes(task.head(network.width));
  if (wanted.size === 0) return { form: 'none', tensors: new Map(), names: new Map() };
  const forms: (readonly [HeadForm, Shapes])[] = [['own', wanted]];
  if (task.classes?.outputs === 1) forms.push(['two-labels', withTwoRows(wanted, task.head(network.width))]);
  const there = PREFIXES.filter((prefix) => [...wanted.keys()].every((name) => stored.has(prefix + name)));
  const fits = there.flatMap((prefix) =>
    forms
      .filter(([, shapes]) => [...shapes].every(([name, shape]) => isShaped(stored.get(prefix + name)!, shape)))
      .map(([form, shapes]) => ({ prefix, form, shapes })),
  );
  const [fit, ...others] = fits;
  if (fit === undefined || others.length > 0) throw new UserError(folder, misfit(task.name, wanted, there, stored), acceptedHeads(forms));
  const own = new Map([...fit.shapes.keys()].map((name) => [name, stored.get(fit.prefix + name)!]));
  const read = matchTensors(fit.shapes, own, { place: folder });
  const fitted = (name: string, tensor: HostTensor): HostTensor => (isShaped(tensor, wanted.get(name)!) ? tensor : singleRow(tensor));
  return {
    form: fit.form,
    tensors: new Map([...read].map(([name, tensor]) => [name, fitted(name, tensor)])),
    names: new Map([...fit.shapes.keys()].map((name) => [name, fit.prefix + name])),
  };
}

/** The output layer with a row for each label. */
function withTwoRows(wanted: Shapes, head: ReturnType<Model['task']['head']>): Shapes {
  const output = new Set(head.filter(({ key }) => key.startsWith('head.output.')).flatMap(({ tensors }) => tensors));
  return new Map([...wanted].map(([name, shape]) => [name, output.has(name) ? [2, ...shape.slice(1)] : shape]));
}

function misfit(task: string, wanted: Shapes, there: readonly string[], stored: ReadonlyMap<string, StoredTensor>): string {
  if (there.length === 0) return `no head for task ${task}: ${[...wanted.keys()].filter((name) => !stored.has(name)).join(', ')} not there`;
  const shapes = there.map((prefix) =>
    [...wanted.keys()].map((name) => `${prefix}${name} [${stored.get(prefix + name)!.shape.join(', ')}]`).join(', '),
  );
  return `its head is not one of task ${task}, or there are two that could be: ${shapes.join('; and ')}`;
}

function acceptedHeads(forms: readonly (readonly [HeadForm, Shapes])[]): string {
  const described = forms.map(([, shapes]) => [...shapes].map(([name, shape]) => `${name} [${shape.join(', ')}]`).join(', '));
  return `one head with ${described.join('; or ')}: one that tells labels 0 and 1 apart`;
}

export const isShaped = (tensor: Pick<HostTensor, 'shape'>, shape: readonly number[]): boolean => tensor.shape.join() === shape.join();

/** Row 1 less row 0 of an output layer's weight or bias. */
export function singleRow({ shape: [, ...rest], data }: HostTensor): HostTensor {
  const half = data.length / 2;
  return { shape: [1, ...rest], data: data.slice(half).map((value, index) => value - data[index]!) };
}

/** The way back. @param stored the two rows as they were */
export function twoRows(single: HostTensor, stored: HostTensor): HostTensor {
  const data = Float32Array.from(stored.data);
  single.data.forEach((value, index) => (data[single.data.length + index] = data[index]! + value));
  return { shape: stored.shape, data };
}
