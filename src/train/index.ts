/** Training's public face. */
export type { EpochRecord, HostTensor, LabelledData, ModelConfig, TrainingConfig, TuningCounts, Victim, WordChange } from './contracts.ts';
export { readVictim, writeVictim } from './files.ts';
export { openCausalScorer, type CausalScorer } from './causal-scores.ts';
export { compactModel } from './compact.ts';
export { inversionPasses, longestRows, sampleFlops, stepMemory, TRAINING_PASSES, type StepMemory } from './estimate.ts';
export { fit, type FitJob, type FitOptions } from './fit.ts';
export { modelDropout } from './dropout-plan.ts';
export { chooseTokens } from './layers.ts';
export { openEncoder, type OpenEncoder } from './encoder-outputs.ts';
export { measureRate, probeOf } from './measure-rate.ts';
export { planMemory } from './micro-batch.ts';
export { changedInput, inputsOf, openModel, rowOf, type Model } from './model.ts';
export { architectures } from './models/index.ts';
export type { Architecture, Measures, Size, SizeName } from './architecture.ts';
export type { EncoderInputs, Network, Read, Words } from './network.ts';
export { flatSize, viewParameters, type Parameter, type ParameterTensors } from './parameters.ts';
export { forward } from './programs.ts';
export { nameOf, sampleTokens, tokenSignature, type RowShape, type TokenInput } from './row-shape.ts';
export { openPredictor, predictInputs, type Predictor } from './predictor.ts';
export {
  disposeParameters,
  parameterSignature,
  readParameters,
  uploadParameters,
  type ParameterInput,
  type ResidentParameters,
} from './resident.ts';
export { inputLength, makeBatch, makeRow, padRows, rowLengths, vector } from './rows.ts';
export { openScorer, scorableModel, type ScorableModel, type Scorer, type TrainingMode } from './scorer.ts';
export type { ModelInput } from './task.ts';
export { predict, predictVersion, train, trainVersion, triggerVisible } from './train.ts';
