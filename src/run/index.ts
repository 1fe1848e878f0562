/** The executor's public face. */
export { openEngine, type Engine, type EngineOptions } from '../engine/index.ts';
export { openCache } from './cache.ts';
export type { Observer, Outcome } from './contracts.ts';
export { estimatePlan, type StageEstimate } from './estimate.ts';
export { execute } from './execute.ts';
export { fetchModels, gatherFacts } from './facts.ts';
export { findSamples, type FoundSample, someIds } from './inspect.ts';
export { modelFacts, sizesOf, type TaskFacts, taskFacts } from './model-facts.ts';
export { readOrigin } from './origin.ts';
export { runPretraining } from './pretrain.ts';
export { makeRates, type Rates } from './rates.ts';
export { stages } from './stages.ts';
export { findTriggers, type CorpusTriggers } from './triggers.ts';
export { inversionPasses, type ModelConfig, TRAINING_PASSES } from '../train/index.ts';
