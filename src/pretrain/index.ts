/** Pretraining's public face. */
export type { DataCounts } from './data.ts';
export { pretrain, pretrainVersion, type CurvePoint, type Pretrained } from './pretrain.ts';
export type { PretrainingSettings } from './settings.ts';
