/** An engine that tells which programs it compiled, which tensors it handed out, and what of both has not been freed. */
import type { DeviceTensor, Engine, HostValue, ProgramSource } from '../engine/index.ts';

export interface WatchedEngine {
  readonly engine: Engine;
  /** `+name` for a program compiled, `-name` for one released, in order. */
  readonly log: readonly string[];
  readonly uploads: readonly HostValue[];
  /** Programs and tensors, by name or shape, that are not freed. */
  readonly alive: () => string[];
}

export function watchEngine(engine: Engine, changes: Partial<Pick<Engine, 'memoryBudget'>> = {}): WatchedEngine {
  const log: string[] = [];
  const uploads: HostValue[] = [];
  const held = new Map<object, string>();
  const watch = <T extends DeviceTensor>(tensor: T): T => {
    held.set(tensor, `tensor [${tensor.shape}]`);
    const free = tensor.dispose.bind(tensor);
    tensor.dispose = () => {
      held.delete(tensor);
      free();
    };
    return tensor;
  };

  async function compile<In extends string, Kept extends string, Host extends string>(source: ProgramSource<In, Kept, Host>) {
    const program = await engine.compile(source);
    const start: typeof program.start = async (inputs) => {
      const results = await program.start(inputs);
      for (const name of source.keep) watch(results.kept[name]);
      return results;
    };
    const watched: typeof program = {
      nodeCount: program.nodeCount,
      start,
      async run(inputs) {
        const { kept, fetched } = await start(inputs);
        return { kept, fetched: await fetched };
      },
      async release() {
        log.push(`-${source.name}`);
        held.delete(watched);
        await program.release();
      },
    };
    log.push(`+${source.name}`);
    held.set(watched, source.name);
    return watched;
  }

  async function upload(value: HostValue): Promise<DeviceTensor> {
    uploads.push(value);
    return watch(await engine.upload(value));
  }

  // The rest is the engine's own, methods bound to it.
  const watched = new Proxy(engine, {
    get(target, key: keyof Engine) {
      if (key === 'compile') return compile;
      if (key === 'upload') return upload;
      if (key in changes) return changes[key as keyof typeof changes];
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { engine: watched, log, uploads, alive: () => [...held.values()] };
}
