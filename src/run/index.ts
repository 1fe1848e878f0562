/** The executor's public face. */
export { openEngine, type Engine, type EngineOptions } from '../engine/index.ts';
export { openCache } from './cache.ts';
export type { Observer, Outcome } from './contracts.ts';
export { execute } from './execute.ts';
export { fetchModels, gatherFacts } from './facts.ts';
export { findSamples, type FoundSample, someIds } from './inspect.ts';
export { readOrigin } from './origin.ts';
export { runPretraining } from './pretrain.ts';
export { stages } from './stages.ts';
export { findTriggers, type CorpusTriggers } from './triggers.ts';
