/** The nouns of training: a model's configuration, a trained victim, its predictions. */
import type { Sample, TaskName } from '../core/contracts.ts';

/** Everything that fixes a model's shape and input; part of every key below it. */
export interface ModelConfig {
  readonly name: 'roberta' | 't5' | 'gpt-bigcode';
  /**
   * `tiny` 2 layers x 64, `mini` 4 x 256, `small` 6 x 384, `base` 12 x 768, `1b` 24 x 2048; an architecture may lack some.
   * `as-saved`: what the config.json of `weights` says; never an experiment's, which names sizes.
   */
  readonly size: 'tiny' | 'mini' | 'small' | 'base' | '1b' | 'as-saved';
  /**
   * `scratch`, `file:DIR` with Hugging Face weights and config.json, or `pretrained:NAME` (src/pretrain); a plan has put the folder in
   * place of `hub:OWNER/NAME`.
   */
  readonly weights: string;
  /** `gpt2` (from npm), or `file:DIR` with tokenizer.json or vocab.json and merges.txt. */
  readonly tokenizer: string;
  /** Row length L in sub-tokens, special tokens included. */
  readonly maxTokens: number;
  /** The published row this model stands beside, or `null`. */
  readonly comparedWith: 'codebert' | 'codet5' | 'unixcoder' | 'starcoder-1b' | null;
}

export interface TrainingConfig {
  readonly epochs: number;
  readonly batchSize: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Share of all steps spent warming up linearly, 0..1. */
  readonly warmup: number;
  /** Dropout probability everywhere the architecture has it, 0..1. */
  readonly dropout: number;
  /** Global gradient norm. */
  readonly clipNorm: number;
  /** `random`, as the authors; `by-length` lets rows of like length share a batch (other order, less padding). */
  readonly order: 'random' | 'by-length';
  /** Of the best checkpoint's metric, where a task decides by one. */
  readonly threshold: 'half' | 'best';
  /** Absent: every parameter is trained. Otherwise the head, and of the encoder low-rank additions alone (lora.ts). */
  readonly lora?: { readonly rank: number; readonly alpha: number };
}

/** A float32 tensor on the host, row-major. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface EpochRecord {
  readonly epoch: number;
  readonly trainLoss: number;
  /** The task's clean metric on the validation split. */
  readonly validMetric: number;
}

/** Samples of the clean pool that a defence tuned a model on. */
export interface TuningCounts {
  readonly pool: number;
  /** Samples that the trigger would change, of which a share gets it; 0 without a trigger. */
  readonly victims: number;
  /** Of the share drawn, those that can carry it. */
  readonly carriers: number;
  readonly triggered: number;
}

/** A trained (or repaired) model: names are Hugging Face's, `encoder.` and `classifier.` prefixed. */
export interface Victim {
  readonly model: ModelConfig;
  readonly tensors: ReadonlyMap<string, HostTensor>;
  /** One entry an epoch; empty for an untrained model. */
  readonly history: readonly EpochRecord[];
  /** Of a repaired model: what it was tuned on. */
  readonly tuned?: TuningCounts;
  /** Of a pruned model: units whose outgoing weights are 0, of how many. */
  readonly pruned?: { readonly units: number; readonly of: number };
}

export interface LabelledData {
  readonly task: TaskName;
  readonly train: readonly Sample[];
  readonly valid: readonly Sample[];
}

/** A word of a program that a model reads as something else than its own sub-tokens. */
export interface WordChange {
  /** The program's place in the sample. */
  readonly program: number;
  /** Index among the program's tokens. */
  readonly word: number;
  /** Sub-tokens that stand for the word; none: it is left out. */
  readonly ids: readonly number[];
}
