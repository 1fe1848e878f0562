/** A model on the vocabulary of the rows it is trained on, and the way back: equal numbers, less work (vocabulary.ts). */
import type { HostTensor } from './contracts.ts';
import type { Model } from './model.ts';
import { scorableModel, type ScorableModel } from './scorer.ts';
import { compactParameters, compactRow, compactTensors, expandTensors, vocabularyOf } from './vocabulary.ts';

type Rows = readonly (readonly number[])[];
type Tensors = ReadonlyMap<string, HostTensor>;

export interface CompactModel {
  readonly model: ScorableModel;
  readonly rows: (rows: Rows) => number[][];
  readonly tensors: (full: Tensors) => Tensors;
  /** `full` with the trained tensors put back. */
  readonly expand: (full: Tensors, trained: Tensors) => Tensors;
}

/** @param rows every row that will be trained on or scored */
export function compactModel(model: Model, rows: Rows): CompactModel {
  const { pad } = model.tokenizer.special;
  const vocabulary = vocabularyOf(rows, [pad]);
  const parameters = compactParameters(model.parameters, vocabulary);
  return {
    model: { ...scorableModel(model), parameters, padId: vocabulary.compact.get(pad)! },
    rows: (given) => given.map((row) => compactRow(row, vocabulary)),
    tensors: (full) => compactTensors(model.parameters, full, vocabulary),
    expand: (full, trained) => expandTensors(model.parameters, full, trained, vocabulary),
  };
}
