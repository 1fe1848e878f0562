/** The numeric engine's public face: the only folder that knows ONNX, ONNX Runtime or a device. */
import { UserError } from '../core/errors.ts';
import type { Engine, EngineOptions } from './contracts.ts';
import { openTfjsNodeGpu } from './eager-engine.ts';
import { openOnnxEngine } from './onnx-engine.ts';
import { openWebGpuEngine } from './webgpu/engine.ts';

export type {
  DeviceTensor,
  Engine,
  EngineOptions,
  HostValue,
  KernelTime,
  Program,
  ProgramSource,
  Signature,
  TensorSpec,
} from './contracts.ts';

/** What computes and on which class of device: their rounding differs, so it is part of every key. */
export function deviceClass({ engine, device }: Pick<EngineOptions, 'engine' | 'device'>): string {
  if (engine !== 'traced') return `${engine}/${device}`;
  return device === 'webgpu' ? 'wgsl/webgpu' : `onnx/${device}`;
}

/** What is asked for by name is opened, or there is an error that says what to do; nothing is replaced. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { engine, device } = options;
  if (engine === 'traced') return device === 'webgpu' ? openWebGpuEngine(options) : openOnnxEngine(device, options);
  if (options.device !== 'cuda') {
    throw new UserError(`--device ${options.device}`, '--engine tfjs-node-gpu computes on CUDA devices', '--device cuda');
  }
  return openTfjsNodeGpu();
}
export { adamwUpdate, linearSchedule, stepSize } from './adamw.ts';
export {
  dropoutPlace,
  dropoutPool,
  dropoutSignature,
  makeDropout,
  noDropout,
  planDropout,
  type Dropout,
  type DropoutPlan,
} from './dropout.ts';
export {
  attention,
  feedForward,
  gelu,
  geluTanh,
  layerNorm,
  linear,
  lookUpRows,
  project,
  relu,
  rmsNorm,
  type AttentionOptions,
  type Heads,
} from './ops.ts';
export { isModelFile, modelFilesIn } from './model-files.ts';
export { matchTensors, readCheckpoint, readConfig, writeCheckpoint } from './checkpoint.ts';
export { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors.ts';
export { loadTokenizer, type Tokenizer } from './tokenizer.ts';
