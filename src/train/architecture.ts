/** What an entry of the catalogue of architectures says (models/index.ts). */
import type { Json } from '../core/hash.ts';
import type { Network, Words } from './network.ts';
import type { Task } from './task.ts';

export type SizeName = 'tiny' | 'mini' | 'small' | 'base' | '1b';

/** In an encoder-decoder, `layers` of each. */
export interface Size {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Inner width of the feed-forward layers. */
  readonly feedForward: number;
}

/** A model's measures, from a size or out of a config.json, and the network of these measures. */
export interface Measures {
  readonly size: Size;
  readonly vocabulary: number;
  /** Longest row in sub-tokens; infinite where positions are relative. */
  readonly maxTokens: number;
  readonly network: (special: Pick<Words, 'pad' | 'sep'>) => Network;
}

export interface Architecture {
  /** As in the file's name and in experiments. */
  readonly name: string;
  readonly title: string;
  readonly sizes: Readonly<Partial<Record<SizeName, Size>>>;
  readonly ofSize: (wanted: Omit<Measures, 'network'>) => Measures;
  /** Out of Hugging Face's config.json; one of another architecture is a `UserError`. @param place the file, for messages */
  readonly ofConfig: (config: unknown, place: string) => Measures;
  /** The way back: the config.json of a model of these measures that was pretrained here. Absent: none is. */
  readonly configFor?: (wanted: Omit<Measures, 'network'>, special: Readonly<Record<'cls' | 'pad' | 'sep', number>>) => Json;
  /** Rows that a checkpoint's word table may have beyond the tokenizer's words. */
  readonly spareWords: number;
  /** A task as models of this architecture do it. */
  readonly adapt: (task: Task) => Task;
  readonly checkpoint: {
    /** The first of these that a tensor's name begins with is taken off it; the rest is the parameter's name without `encoder.`. */
    readonly prefixes: readonly string[];
    /** Tensors that may be there and are not read, as `matchTensors` has them. */
    readonly ignore: readonly string[];
  };
}
