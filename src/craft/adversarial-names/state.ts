/** The crafting model in training: parameters and moments on the device, and as files that a killed run goes on from. */
import type { DeviceTensor, Engine, HostValue } from '../../engine/index.ts';
import type { CraftEpoch } from '../contracts.ts';

const parts = ['theta', 'm', 'v'] as const;
type Part = (typeof parts)[number];

export interface State extends Record<Part, DeviceTensor> {
  /** Updates made. */
  step: number;
  /** Of the epochs that are over. */
  readonly history: CraftEpoch[];
}

export const vector = (data: Float32Array): HostValue => ({ shape: [data.length], dtype: 'float32', data });

/** @param files what `stateFiles` gave, to go on from; `null`: from the start, with moments of 0 */
export async function openState(engine: Engine, files: ReadonlyMap<string, Uint8Array> | null, start: () => Float32Array): Promise<State> {
  if (files === null) {
    const theta = start();
    const [first, m, v] = [theta, new Float32Array(theta.length), new Float32Array(theta.length)].map(vector) as [
      HostValue,
      HostValue,
      HostValue,
    ];
    return { theta: await engine.upload(first), m: await engine.upload(m), v: await engine.upload(v), step: 0, history: [] };
  }
  const { step, history } = JSON.parse(Buffer.from(files.get('place')!).toString()) as Pick<State, 'step' | 'history'>;
  const upload = (part: Part): Promise<DeviceTensor> => engine.upload(vector(new Float32Array(new Uint8Array(files.get(part)!).buffer)));
  return { theta: await upload('theta'), m: await upload('m'), v: await upload('v'), step, history };
}

export function replaceState(state: State, next: Record<Part, DeviceTensor>): void {
  for (const part of parts) {
    state[part].dispose();
    state[part] = next[part];
  }
}

export async function stateFiles(engine: Engine, state: State): Promise<Map<string, Uint8Array>> {
  const { step, history } = state;
  const files = new Map<string, Uint8Array>([['place', Buffer.from(JSON.stringify({ step, history }))]]);
  for (const part of parts) {
    const { buffer, byteOffset, byteLength } = await engine.download(state[part]);
    files.set(part, new Uint8Array(buffer, byteOffset, byteLength));
  }
  return files;
}
