/** What the lowering of one operator may do. */
import type { Dispatch } from './kernel.ts';
import type { Scalar, Storage, Stored, Tensor } from './tensor.ts';

/** What a run does, in order. Copies and fills are in elements. */
export type Work =
  | Dispatch
  | {
      readonly kind: 'copy';
      readonly from: Storage;
      readonly fromOffset: number;
      readonly to: Storage;
      readonly toOffset: number;
      readonly elements: number;
    }
  | { readonly kind: 'clear'; readonly storage: Storage };

/** A new stored tensor, of working memory unless a role is given. */
export type MakeStored = (shape: readonly number[], scalar?: Scalar) => Stored;

export interface LoweringContext {
  /** The value of that name, as it is known so far. */
  tensor(name: string): Tensor;
  isConstant(name: string): boolean;
  /** The elements of a constant. */
  numbers(name: string): number[];
  readonly make: MakeStored;
  /** The value in memory, at a place that a kernel can be given. */
  store(tensor: Tensor): Stored;
  push(...dispatches: readonly Dispatch[]): void;
  copy(from: Stored, to: Stored, toOffset?: number): void;
  /** Fills a storage with zeros. */
  clear(stored: Stored): void;
  /** Whether no kernel so far has read it. */
  isUnread(storage: Storage): boolean;
  /** Whether `offset` may be the beginning of what a kernel is given. */
  isAligned(offset: number): boolean;
}
