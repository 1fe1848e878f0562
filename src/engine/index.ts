/** The numeric engine's public face: the only folder that knows ONNX, ONNX Runtime or a device. */
export interface Engine {
  /** `cpu`, `webgpu: NVIDIA H200` …: what the numbers were computed on. */
  readonly device: string;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly device: 'cpu' | 'webgpu' | 'cuda';
  readonly engine: 'onnx' | 'tfjs-node-gpu';
  /** Threads of the CPU device; default: all. */
  readonly threads?: number;
}
