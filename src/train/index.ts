/** Training's public face. */
import type { ModelConfig } from './contracts.ts';

export type { EpochRecord, HostTensor, LabelledData, ModelConfig, Predictions, TrainingConfig, Victim } from './contracts.ts';
export { readVictim, writeVictim } from './files.ts';
export { compactModel } from './compact.ts';
export { fit, type FitJob, type FitOptions } from './fit.ts';
export { modelDropout } from './dropout-plan.ts';
export { openModel, rowOf, type Model } from './model.ts';
export { lookUpWords } from './models/roberta.ts';
export { flatSize, viewParameters, type Parameter } from './parameters.ts';
export { forward, type RowShape } from './programs.ts';
export { parameterSignature, readParameters, type ParameterInput } from './resident.ts';
export { bucketLength, makeBatch, makeRow, vector } from './rows.ts';
export { openScorer, scorableModel, type Scorer, type TrainingMode } from './scorer.ts';
export { predict, predictVersion, train, trainVersion, triggerVisible } from './train.ts';

/** Model families, by the name a config gives them. */
export const victims: Readonly<Record<ModelConfig['name'], string>> = {
  roberta: 'RoBERTa encoder (CodeBERT’s and UniXcoder’s architecture)',
};

/** Named in the paper, not there yet. */
export const planned: Readonly<Record<string, string>> = {
  codet5: 'it needs a T5 encoder-decoder',
  starcoder: 'it needs GPT-BigCode',
};
