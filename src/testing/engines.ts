/** Engines a test runs on: the CPU always, WebGPU where `ELIBADCODE_TEST_WEBGPU=1` says that there is an adapter. */
import { describe, it } from 'vitest';
import { openEngine, type Engine, type EngineOptions } from '../engine/index.ts';

const isWanted: Readonly<Record<'cpu' | 'webgpu', boolean>> = { cpu: true, webgpu: process.env['ELIBADCODE_TEST_WEBGPU'] === '1' };

/** Longest wait for a test on WebGPU: a software adapter compiles its shaders for minutes. */
const WEBGPU_TIMEOUT = 900_000;

/**
 * `describe` for each device, in its title; a device that is not there is skipped visibly. Calls of `open` share one engine.
 * @param devices the CPU alone where the same programs are compared on WebGPU elsewhere
 */
export function describeOnDevices(
  title: string,
  body: (open: () => Promise<Engine>, device: EngineOptions['device']) => void,
  devices: readonly (keyof typeof isWanted)[] = ['cpu', 'webgpu'],
): void {
  for (const device of devices) {
    if (!isWanted[device]) {
      describe.skip(`${title}, ${device} (skipped: ELIBADCODE_TEST_WEBGPU is not 1)`, () => it('needs an adapter', () => undefined));
      continue;
    }
    let engine: Promise<Engine> | undefined;
    const open = (): Promise<Engine> => (engine ??= openEngine({ device, engine: 'traced', threads: 2 }));
    describe(`${title}, ${device}`, device === 'webgpu' ? { timeout: WEBGPU_TIMEOUT } : {}, () => body(open, device));
  }
}
