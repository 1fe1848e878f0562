/** What a pickle of tensors is made of. Nothing here refers to anything that can be called. */
import type { FileType } from '../checkpoint-tensor.ts';

export type Value = null | boolean | number | bigint | string | Tuple | List | Dict | Global | Storage | Tensor;

export interface Tuple {
  readonly kind: 'tuple';
  readonly items: readonly Value[];
}
export interface List {
  readonly kind: 'list';
  readonly items: Value[];
}
export interface Dict {
  readonly kind: 'dict';
  /** An OrderedDict: the only kind that may bring a state with it. */
  readonly ordered: boolean;
  readonly entries: Map<string | number, Value>;
}

/** The three names that are rebuilt by the reader itself, and the storages' types. */
export type Global =
  | { readonly kind: 'global'; readonly name: string; readonly rebuilds: 'ordered dict' | 'tensor' | 'parameter' }
  | { readonly kind: 'global'; readonly name: string; readonly rebuilds: null; readonly stores: FileType };

/** Elements in a row that tensors are views of. Their bytes lie elsewhere in the file, under `key`. */
export interface Storage {
  readonly kind: 'storage';
  readonly key: string;
  readonly type: FileType;
  readonly elements: number;
}

/** All counted in elements. Checked to lie inside its storage, no element of which it has twice. */
export interface Tensor {
  readonly kind: 'tensor';
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** For messages: never the value itself, which may be as long or as deep as the file. */
export function nameOf(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return value.length <= 40 ? `“${value}”` : `a string of ${value.length} characters`;
  if (typeof value !== 'object') return String(value).slice(0, 40);
  return value.kind === 'global' ? value.name : `a ${value.kind}`;
}

export function isKind<Kind extends Extract<Value, object>['kind']>(
  value: Value | undefined,
  kind: Kind,
): value is Extract<Value, { readonly kind: Kind }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

export function isWhole(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
